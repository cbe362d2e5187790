import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import { type PreferencesChange, readPreferences, savePreferences } from '../store/preferencesTable.ts'
import { findProvider } from '../store/providerTable.ts'
import { loadProfile } from './loadProfile.ts'
import { findStoredProblems } from './storedProblems.ts'

type ProfileRequest = Exclude<
  Extract<keyof Handlers, `preferences/${string}` | `profile/${string}`>,
  'profile/propose' | 'profile/planProposal' | 'profile/advise'
>

/** The range of the score belongs to the criteria. */
function withScoreGone(said: PreferencesChange): PreferencesChange {
  return said.criteria === null && said.score === undefined ? { ...said, score: null } : said
}

export function profileHandlers({ store, change, now }: StoredData): Pick<Handlers, ProfileRequest> {
  return {
    'preferences/read': () => succeed(store.read(readPreferences)),
    'preferences/save': (params) =>
      change(['preferences', 'audit'], (database) => {
        const { ifUpdatedAt, ...said } = params
        const provider = params.active_llm_provider
        if (provider && !findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
        const before = readPreferences(database)
        if (ifUpdatedAt !== undefined && ifUpdatedAt !== before.updatedAt)
          return fail({ code: 'conflict', what: 'preferences', id: 'preferences' })
        const after = savePreferences(database, withScoreGone(said), now())
        const invalid = findStoredProblems(database)
        if (invalid) return invalid
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
    'profile/criteria': async () => succeed((await import('./readyMadeCriteria.ts')).listReadyMadeCriteria()),
    'profile/checkCriteria': async ({ text, name }) =>
      (await import('./readProfile.ts')).readCriteria(text, name ?? 'criteria'),
    'profile/score': async (params) => (await import('./exampleScore.ts')).exampleScore(params),
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
