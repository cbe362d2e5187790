import { Uri, window, workspace } from 'vscode'
import type { Api } from '../connection/api.ts'
import { type RunParts, startRequest } from './runCommands.ts'

/**
 * The sample that came with the extension, opened and judged by its own profile through the routes as they are.
 * Nothing is written beside it: the folder of an extension is not a place for anybody's results.
 */
export async function trySample(api: Api, parts: RunParts & { samples: Uri }): Promise<void> {
  const issues = Uri.joinPath(parts.samples, 'issues.jsonl')
  await window.showTextDocument(await workspace.openTextDocument(issues), { preview: true })
  await startRequest(
    api,
    {
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [issues.fsPath] },
      profile: { kind: 'file', path: Uri.joinPath(parts.samples, 'profile.yaml').fsPath },
      output: { path: null, format: 'jsonl', none: true },
    },
    parts,
  )
}
