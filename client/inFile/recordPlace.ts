import { l10n, Uri, window } from 'vscode'
import type { Params } from '../../protocol/contract.ts'
import type { DocumentItem } from '../../protocol/documents.ts'
import type { Api } from '../connection/api.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'

/** The record that a hint, a lens or a quick fix means. */
export interface RecordPlace {
  uri: string
  key: string
}

export interface FoundItem {
  uri: Uri
  item: DocumentItem
}

/** Shows the record's result in the results panel, wherever it stands there. */
export async function openResult(
  api: Api,
  place: RecordPlace | null,
  { notifier, panels }: { notifier: Notifier; panels: Pick<Panels, 'openResults'> },
): Promise<void> {
  const found = await findItem(api, place, notifier)
  if (!found) return
  const { runId, result } = found.item
  panels.openResults({ runId, item: { id: result.id, inputHash: result.inputHash } })
}

/** Without a place, the record at the cursor. Null: there is none, which was said. */
export async function findItem(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<FoundItem | null> {
  const wanted = place ? { uri: place.uri, at: { key: place.key } } : atCursor()
  const answer = wanted && (await api.request('document/item', wanted))
  if (answer?.ok === false) await notifier.showFailure(answer.reason)
  if (answer?.ok === false) return null
  if (wanted && answer?.value) return { uri: Uri.parse(wanted.uri, true), item: answer.value }
  void window.showInformationMessage(l10n.t('There is no result at this place.'))
  return null
}

function atCursor(): Params<'document/item'> | null {
  const editor = window.activeTextEditor
  if (!editor) return null
  const { line, character } = editor.selection.active
  return { uri: editor.document.uri.toString(), at: { line, character } }
}
