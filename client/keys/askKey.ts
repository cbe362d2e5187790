import { l10n, window } from 'vscode'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'
import type { Api } from '../connection/api.ts'
import { keyProblem, type Secrets } from '../connection/secrets.ts'

/**
 * Asks for the key of a provider in a masked box, at once and without a list before it, and keeps it for the origin of its endpoint;
 * false: the person left. Left empty, a key that was entered for another origin goes to the new one: that is what the box says then.
 */
export async function askKey(api: Api, view: ProviderView, kind: KindInfo, secrets: Secrets): Promise<boolean> {
  const { provider } = view
  if (view.endpoint === null) return false
  const origin = new URL(view.endpoint).origin
  const boundTo = await secrets.boundTo(provider)
  const isElsewhere = boundTo !== null && boundTo !== origin
  const typed = await typeKey({
    title: l10n.t('Key of "{0}"', provider),
    prompt: [
      l10n.t('Kept in the editor’s secret store and sent to {0} only.', origin),
      ...(isElsewhere
        ? [describeMove(boundTo, origin, await secrets.endingOf(provider))]
        : whereToGetIt(kind, boundTo)),
    ].join(' '),
    mayBeEmpty: kind.key.need === 'optional' || isElsewhere,
  })
  if (typed === undefined) return false
  if (typed !== '') await secrets.store(provider, typed, origin)
  else if (isElsewhere) await secrets.rebind(provider, origin)
  await api.notify('secret/changed', { provider })
  return true
}

function describeMove(boundTo: string, origin: string, ending: string | null): string {
  return ending === null
    ? l10n.t('The stored key was entered for {0}. Leave this empty to send it to {1} from now on.', boundTo, origin)
    : l10n.t(
        'The key {0} was entered for {1}. Leave this empty to send it to {2} from now on.',
        ending,
        boundTo,
        origin,
      )
}

/** What a person without a key needs to know; who has one stored only replaces it. */
function whereToGetIt({ key }: KindInfo, boundTo: string | null): string[] {
  return [
    ...(key.obtainAt && boundTo === null ? [l10n.t('Keys are made at {0}.', key.obtainAt)] : []),
    ...(key.need === 'optional' && boundTo === null ? [l10n.t('Leave it empty if it needs none.')] : []),
  ]
}

/** The masked box: the only place where a key is entered. Undefined: the person left. */
export async function typeKey(box: {
  title: string
  prompt: string
  mayBeEmpty?: boolean
}): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title: box.title,
    prompt: box.prompt,
    password: true,
    // The key has to be fetched from somewhere: looking there must not lose what was begun.
    ignoreFocusOut: true,
    validateInput: (value) => describeKeyProblem(value, box.mayBeEmpty === true),
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
function describeKeyProblem(typed: string, mayBeEmpty: boolean): string | null {
  switch (keyProblem(typed)) {
    case null:
      return null
    case 'empty':
      return mayBeEmpty ? null : l10n.t('A key is needed.')
    case 'too_long':
      return l10n.t('This is too long to be a key.')
    case 'characters':
      return l10n.t('This holds spaces, line breaks or letters that keys do not have.')
  }
}
