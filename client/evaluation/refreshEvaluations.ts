import { type Uri, workspace } from 'vscode'
import type { DataKind } from '../../protocol/contract.ts'

/** Comparisons that are open as pages are read again when one has ended or was removed, in this window or in another one. */
export function refreshEvaluations(what: readonly DataKind[], scheme: string, readAgain: (page: Uri) => void): void {
  if (!what.includes('evaluations')) return
  for (const { uri } of workspace.textDocuments) if (uri.scheme === scheme) readAgain(uri)
}
