import { Uri, window, workspace } from 'vscode'
import type { PageCommandResult } from '../../protocol/page.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { reasonSentence } from '../describe/language.ts'

/** The first folder's profile file; in Restricted Mode it has no say, and so there is none. */
export async function findWorkspaceProfile(lifetime: ServerLifetime): Promise<PageCommandResult<'workspaceProfile'>> {
  const api = workspace.isTrusted ? await lifetime.connect() : null
  if (!api) return null
  for (const { uri } of workspace.workspaceFolders ?? []) {
    if (uri.scheme !== 'file') continue
    const read = await api.request('profile/read', { workspaceFolder: uri.fsPath })
    if (!read.ok && read.reason.code === 'profile_invalid')
      return { path: read.reason.file, problem: reasonSentence(read.reason) }
    if (read.ok && read.value.from.origin === 'workspace') return { path: read.value.from.name ?? '', problem: null }
  }
  return null
}

export async function openWorkspaceProfile(lifetime: ServerLifetime): Promise<null> {
  const found = await findWorkspaceProfile(lifetime)
  if (found) await window.showTextDocument(Uri.file(found.path))
  return null
}
