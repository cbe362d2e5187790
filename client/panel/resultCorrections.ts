import { l10n, Uri } from 'vscode'
import type { Params } from '../../protocol/contract.ts'
import type { ItemRequest } from '../../protocol/resultQueries.ts'
import type { Api } from '../connection/api.ts'
import { reasonSentence } from '../describe/language.ts'
import { mayCorrect } from '../inFile/middleware.ts'

type Said = Pick<Params<'label/save'>['label'], 'categories' | 'interest' | 'quality'>

/** Null: what a person says of the result can be kept; else why not, in a sentence. */
export async function whyNotCorrected(api: Api, item: ItemRequest): Promise<string | null> {
  const found = await folderOf(api, item)
  return 'why' in found ? found.why : null
}

/** Keeps what a person says of a result, exactly as the correction in the file does. Null: it is kept. */
export async function saveCorrection(api: Api, item: ItemRequest, said: Said): Promise<string | null> {
  const found = await folderOf(api, item)
  if ('why' in found) return found.why
  const label = { ...item, ...said }
  const saved = await api.request('label/save', { workspaceFolder: found.folder, label })
  return saved.ok ? null : reasonSentence(saved.reason)
}

export async function removeCorrection(api: Api, item: ItemRequest): Promise<string | null> {
  const found = await folderOf(api, item)
  if ('why' in found) return found.why
  const { inputHash } = item
  const removed = await api.request('label/remove', { workspaceFolder: found.folder, inputHash })
  return removed.ok ? null : reasonSentence(removed.reason)
}

/** Results show what is said in the folder that their run was started in: only there a correction would be seen. */
async function folderOf(api: Api, item: ItemRequest): Promise<{ folder: string } | { why: string }> {
  const found = await api.request('run/item', item)
  if (!found.ok) return { why: reasonSentence(found.reason) }
  if (found.value === null) return { why: l10n.t('The run has no such result.') }
  const folder = found.value.workspaceFolder
  if (folder !== null && mayCorrect(Uri.file(folder))) return { folder }
  return {
    why: l10n.t('Corrections are kept in the folder that the run was started in: open it here, and trust it.'),
  }
}
