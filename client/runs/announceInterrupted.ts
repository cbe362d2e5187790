import { commands, type Disposable, l10n, window, workspace } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { progressText, runName } from '../describe/describeRun.ts'
import { plural } from '../describe/language.ts'

/** Says which runs over files of the folders of this window were interrupted, when a server begins; each interruption once. */
export function announceInterruptedRuns(
  { changes }: Pick<ServerLifetime, 'changes'>,
  log: (line: string) => void,
): Disposable {
  return changes.listen((state) => {
    if (state.kind !== 'running') return
    const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath)
    if (folders.length === 0) return
    announceInterrupted(state.process.api, { folders, runIds: [] }).catch((error: unknown) => {
      log(`interrupted runs were not announced: ${String(error)}`)
    })
  })
}

/** Of these, what nobody was told of yet: how far it came by its journal, and the way on. */
export async function announceInterrupted(
  api: Api,
  wanted: { folders: readonly string[]; runIds: readonly string[] },
): Promise<void> {
  const found = await api.request('run/announceInterrupted', {
    folders: [...wanted.folders],
    runIds: [...wanted.runIds],
  })
  // Not waited for: a message may stay as long as it likes.
  if (found.ok && found.value.length > 0) void offerResume(found.value)
}

async function offerResume(runs: readonly RunView[]): Promise<void> {
  const [first] = runs as [RunView]
  const isOne = runs.length === 1
  const sentence = isOne
    ? l10n.t('Interrupted. {0}: {1}. It can be resumed.', runName(first), progressText(first))
    : plural(
        runs.length,
        '{0} run was interrupted: {1}. It can be resumed.',
        '{0} runs were interrupted: {1}. They can be resumed.',
        runs.map(runName).join(', '),
      )
  const [resume, show] = [isOne ? l10n.t('Resume') : l10n.t('Resume all'), l10n.t('Show results')]
  const chosen = await window.showWarningMessage(sentence, resume, ...(isOne ? [show] : []))
  if (chosen === show) await commands.executeCommand('llmProviders.openResults', first.runId)
  if (chosen !== resume) return
  await Promise.all(runs.map(({ runId }) => commands.executeCommand('llmProviders.resumeRun', runId)))
}
