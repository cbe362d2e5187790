import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import { readPreferences, savePreferences } from '../store/preferencesTable.ts'
import { findProvider } from '../store/providerTable.ts'
import { loadProfile } from './loadProfile.ts'

type ProfileRequest = Exclude<
  Extract<keyof Handlers, `preferences/${string}` | `profile/${string}`>,
  'profile/propose' | 'profile/planProposal'
>

export function profileHandlers({ store, change, now }: StoredData): Pick<Handlers, ProfileRequest> {
  return {
    'preferences/read': () => succeed(store.read(readPreferences)),
    'preferences/save': (params) =>
      change(['preferences', 'audit'], (database) => {
        const provider = params.active_llm_provider
        if (provider && !findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
        const before = readPreferences(database)
        if (params.ifUpdatedAt !== undefined && params.ifUpdatedAt !== before.updatedAt)
          return fail({ code: 'conflict', what: 'preferences', id: 'preferences' })
        const after = savePreferences(database, params, now())
        recordAudit(database, {
          at: now(),
          what: 'preferences',
          target: 'preferences',
          action: 'change',
          before,
          after,
        })
        return succeed(after)
      }),

    'profile/list': async () => succeed((await import('./presetProfiles.ts')).listPresets()),
    'profile/check': async ({ text, name }) =>
      (await import('./readCategoryList.ts')).readWrittenProfile(text, name ?? 'list'),
    async 'profile/read'(choice) {
      const loaded = await loadProfile(store, choice)
      if (!loaded.ok) return loaded
      const { profile, from } = loaded.value
      return succeed({
        profile,
        from: { origin: from.origin, name: from.name },
        isChosen: from.unchosen === undefined,
      })
    },
    async 'profile/choose'(choice) {
      const { chooseProfile } = await import('./chooseProfile.ts')
      const { diskFiles } = await import('../files/diskFiles.ts')
      return await chooseProfile({ store, change, now }, diskFiles, choice)
    },
  }
}
