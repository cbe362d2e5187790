import { Uri, window, workspace } from 'vscode'
import type { RunRequest } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import { agreesToRun } from './agreesToRun.ts'
import { type RunParts, startRequest } from './runCommands.ts'

/**
 * The sample that came with the extension, opened and judged by its own profile through the routes as they are.
 * Nothing is written beside it: the folder of an extension is not a place for anybody's results.
 */
export async function trySample(api: Api, parts: RunParts & { samples: Uri }): Promise<void> {
  const issues = Uri.joinPath(parts.samples, 'issues.jsonl')
  await window.showTextDocument(await workspace.openTextDocument(issues), { preview: true })
  const request: RunRequest = {
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [issues.fsPath] },
    profile: { kind: 'file', path: Uri.joinPath(parts.samples, 'profile.yaml').fsPath },
    output: { path: null, format: 'jsonl', none: true },
  }
  // Somebody who only looks around may have a route that costs.
  if (await agreesToRun(api, request, parts.notifier, { whenItCosts: true })) await startRequest(api, request, parts)
}
