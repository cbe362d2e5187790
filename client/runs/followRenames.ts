import { type Disposable, workspace } from 'vscode'
import type { ServerLifetime } from '../connection/serverLifetime.ts'

/** What is renamed in the editor takes its results along; a file that is renamed elsewhere is known by what it holds. */
export function followRenames(lifetime: Pick<ServerLifetime, 'connect'>, log: (line: string) => void): Disposable {
  return workspace.onDidRenameFiles(async ({ files }) => {
    const api = await lifetime.connect()
    for (const { oldUri, newUri } of files) {
      if (oldUri.scheme !== 'file' || newUri.scheme !== 'file') continue
      const moved = await api?.request('source/moved', { from: oldUri.fsPath, to: newUri.fsPath })
      if (moved?.ok === false) log(`results did not follow ${newUri.fsPath}: ${moved.reason.message}`)
    }
  })
}
