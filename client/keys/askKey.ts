import { l10n, window } from 'vscode'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'
import type { Api } from '../connection/api.ts'
import { keyProblem, type Secrets } from '../connection/secrets.ts'
import { pick } from '../forms/pick.ts'

/**
 * Asks for the key of a provider and keeps it for the origin of its endpoint; false: the person left.
 * A key that was entered for another origin goes to the new one only when that is confirmed here.
 */
export async function askKey(api: Api, view: ProviderView, kind: KindInfo, secrets: Secrets): Promise<boolean> {
  if (view.endpoint === null) return false
  const origin = new URL(view.endpoint).origin
  const boundTo = await secrets.boundTo(view.provider)
  const action =
    boundTo === null ? 'type' : await askWhatToDo(view.provider, boundTo, origin, await secrets.endingOf(view.provider))
  if (action === undefined) return false
  if (action === 'remove') await secrets.remove(view.provider)
  else if (action === 'rebind') await secrets.rebind(view.provider, origin)
  else {
    const key = await typeKey(view.provider, origin, kind)
    if (key === undefined) return false
    // Empty is a valid answer only where a key is optional.
    if (key !== '') await secrets.store(view.provider, key, origin)
  }
  await api.notify('secret/changed', { provider: view.provider })
  return true
}

function askWhatToDo(
  provider: string,
  boundTo: string,
  origin: string,
  ending: string | null,
): Promise<'type' | 'rebind' | 'remove' | undefined> {
  const rebind = {
    label: l10n.t('$(check) Send the stored key to {0}', origin),
    detail: l10n.t('It was entered for {0}. Confirm only if you trust the new address with it.', boundTo),
    value: 'rebind' as const,
  }
  return pick(l10n.t('Key of "{0}"', provider), storedWords(boundTo, ending), [
    { label: l10n.t('$(key) Enter another key'), value: 'type' as const },
    ...(boundTo === origin ? [] : [rebind]),
    { label: l10n.t('$(trash) Remove the key'), value: 'remove' as const },
  ])
}

function storedWords(boundTo: string, ending: string | null): string {
  return ending === null
    ? l10n.t('A key is stored for {0}', boundTo)
    : l10n.t('The key {0} is stored for {1}', ending, boundTo)
}

async function typeKey(provider: string, origin: string, kind: KindInfo): Promise<string | undefined> {
  const isOptional = kind.key.need === 'optional'
  const where = kind.key.obtainAt ? ` ${l10n.t('Keys are made at {0}.', kind.key.obtainAt)}` : ''
  const none = isOptional ? ` ${l10n.t('Leave it empty if it needs none.')}` : ''
  const typed = await window.showInputBox({
    title: l10n.t('Key of "{0}"', provider),
    prompt: l10n.t('Kept in the editor’s secret store and sent to {0} only.', origin) + where + none,
    password: true,
    // The key has to be fetched from somewhere: looking there must not lose what was begun.
    ignoreFocusOut: true,
    validateInput: (value) => describeKeyProblem(value, isOptional),
  })
  if (typed === undefined) return undefined
  const { key, removed } = cleanPastedKey(typed)
  if (removed.length > 0) {
    void window.showInformationMessage(
      l10n.t(
        'What stood around the key when it was pasted (a name, quotation marks, "Bearer") is no part of it and was left out.',
      ),
    )
  }
  return key
}

/** What is wrong with a key that was typed, in words that do not repeat it; null: it can be sent. */
export function describeKeyProblem(typed: string, isOptional = false): string | null {
  switch (keyProblem(typed)) {
    case null:
      return null
    case 'empty':
      return isOptional ? null : l10n.t('A key is needed.')
    case 'too_long':
      return l10n.t('This is too long to be a key.')
    case 'characters':
      return l10n.t('This holds spaces, line breaks or letters that keys do not have.')
  }
}
