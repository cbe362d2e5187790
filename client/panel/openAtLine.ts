import { stat } from 'node:fs/promises'
import { commands, l10n, Range, Uri } from 'vscode'

/** Opens a file at a line, counted from 1; null: at its beginning. A folder is shown among the files. Null: it is open; else why not. */
export async function openAtLine(file: string, line: number | null): Promise<string | null> {
  const found = await stat(file).catch(() => null)
  if (found === null) return l10n.t('The file {0} no longer exists.', file)
  if (found.isDirectory()) {
    await commands.executeCommand('revealInExplorer', Uri.file(file))
    return null
  }
  const at = Math.max(0, (line ?? 1) - 1)
  // The editor itself opens it: a file that is too large for extensions is no failure then.
  await commands.executeCommand('vscode.open', Uri.file(file), { selection: new Range(at, 0, at, 0) })
  return null
}
