import { type Uri, workspace } from 'vscode'

/** The open folder whose profile counts for a file, as a path. Null: there is none, or it is not trusted, so that it has no say. */
export function trustedFolder(near: Uri | null): string | null {
  if (!workspace.isTrusted || near === null) return null
  return workspace.getWorkspaceFolder(near)?.uri.fsPath ?? null
}
