import { commands, l10n, type Memento, window } from 'vscode'
import type { Snapshot } from '../connection/snapshot.ts'
import { findPlaintextKeys } from './plaintextKeys.ts'

const offeredKey = 'llmProviders.plaintextKeysTold'
/** Instead of names: nothing is offered any more. */
const never = 'never'

/** Tells once of each key in plain text that could be moved, until the person does not want to hear of it. */
export async function offerMove(snapshot: Snapshot, memory: Memento): Promise<void> {
  const offered = memory.get<string[] | typeof never>(offeredKey) ?? []
  if (offered === never) return
  const found = (await findPlaintextKeys(snapshot)).filter(({ kind }) => kind !== null)
  const names = found.map(({ name, where }) => `${where}: ${name}`)
  if (names.every((name) => offered.includes(name))) return
  await memory.update(offeredKey, [...new Set([...offered, ...names])])
  const [move, silence] = [l10n.t('Show them'), l10n.t("Don't show again")]
  const [first = ''] = names
  const sentence =
    names.length === 1
      ? l10n.t('A provider’s key stands in plain text ({0}). It can be moved into the secret store.', first)
      : l10n.t('{0} keys of providers stand in plain text. They can be moved into the secret store.', names.length)
  const chosen = await window.showInformationMessage(sentence, move, silence)
  if (chosen === move) await commands.executeCommand('llmProviders.moveKeys')
  if (chosen === silence) await memory.update(offeredKey, never)
}
