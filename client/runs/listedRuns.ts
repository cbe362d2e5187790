import { l10n, window } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import { describeTasks, isCancellable, isPausable, runCountsText, runName, stateText } from '../describe/describeRun.ts'
import { formatAge } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { pick } from '../forms/pick.ts'
import { listRuns } from './findRun.ts'
import { openResultsFile, writeResultsFile } from './resultsFile.ts'

interface ListedParts {
  notifier: Notifier
  panels: Pick<Panels, 'openResults'>
  hidden: { has(runId: string): boolean; hide(runId: string): Promise<void> }
  now: () => number
}

export async function cancelRun(api: Api, runId: string | undefined, { notifier, now }: ListedParts): Promise<void> {
  const run = await askRun(api, runId, l10n.t('Cancel run'), isCancellable, now())
  if (run === undefined) return
  const cancelled = await api.request('run/cancel', { runId: run })
  if (!cancelled.ok) await notifier.showFailure(cancelled.reason)
}

/** Paused, it keeps what it has, and goes on when it is resumed, by any window. */
export async function pauseRun(api: Api, runId: string | undefined, { notifier, now }: ListedParts): Promise<void> {
  const run = await askRun(api, runId, l10n.t('Pause run'), isPausable, now())
  if (run === undefined) return
  const paused = await api.request('run/pause', { runId: run })
  if (!paused.ok) await notifier.showFailure(paused.reason)
}

export async function openResults(api: Api, runId: string | undefined, parts: ListedParts): Promise<void> {
  // What was judged for a comparison is opened from there: a person who looks for results looks for their own.
  const isWanted = ({ runId: id, evaluation }: RunView) => (runId ? id === runId : evaluation === undefined)
  const run = await pickRun(api, l10n.t('Open results'), isWanted, parts.now())
  if (run) parts.panels.openResults({ runId: run.runId })
}

export async function openFileOfRun(api: Api, runId: string | undefined, parts: ListedParts): Promise<void> {
  const run = await pickRun(api, l10n.t('Open results file'), hasFile(runId), parts.now())
  if (run) await openResultsFile(api, run, parts.notifier)
}

export async function writeFileOfRun(api: Api, runId: string | undefined, parts: ListedParts): Promise<void> {
  const run = await pickRun(api, l10n.t('Write results file again'), hasFile(runId), parts.now())
  if (run) await writeResultsFile(api, run, parts.notifier)
}

/** The one that is meant, else all that have a file. */
function hasFile(wanted: string | undefined): (run: RunView) => boolean {
  return ({ runId, resultsPath, state, evaluation }) =>
    wanted === undefined ? resultsPath !== null && state !== 'running' && evaluation === undefined : runId === wanted
}

/** Forgets the run after asking: its results file stays where it is. */
export async function removeRun(api: Api, runId: string | undefined, { notifier, now }: ListedParts): Promise<void> {
  const isEnded = (run: RunView) =>
    run.state !== 'running' && (runId ? run.runId === runId : run.evaluation === undefined)
  const run = await pickRun(api, l10n.t('Delete run'), isEnded, now())
  if (!run) return
  const remove = l10n.t('Delete')
  const question = l10n.t('Delete the run over "{0}"?', runName(run))
  const detail = [
    `${describeTasks(run.tasks).done}. ${runCountsText(run)}.`,
    run.resultsPath
      ? l10n.t('Its stored data is deleted, and it cannot be resumed. The results file {0} stays.', run.resultsPath)
      : l10n.t('Its results are in no file: they are deleted with it.'),
  ].join('\n')
  if ((await window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
  const removed = await api.request('run/remove', { runId: run.runId })
  if (!removed.ok) await notifier.showFailure(removed.reason)
}

/** Out of sight, and nothing else. */
export async function hideRun(api: Api, runId: string | undefined, { hidden, now }: ListedParts): Promise<void> {
  const isOffered = (run: RunView) => run.state !== 'running' && run.evaluation === undefined && !hidden.has(run.runId)
  const run = await askRun(api, runId, l10n.t('Remove run from the list'), isOffered, now())
  if (run !== undefined) await hidden.hide(run)
}

async function askRun(
  api: Api,
  runId: string | undefined,
  title: string,
  matches: (run: RunView) => boolean,
  now: number,
): Promise<string | undefined> {
  return runId ?? (await pickRun(api, title, matches, now))?.runId
}

/** The only one that matches, else the one that the person chooses; undefined: there is none, or the person left. */
export async function pickRun(
  api: Api,
  title: string,
  matches: (run: RunView) => boolean,
  now: number,
): Promise<RunView | undefined> {
  const found = await listRuns(api, matches, 50)
  if (found.length === 0) {
    void window.showInformationMessage(l10n.t('{0}: there is no such run.', title))
    return undefined
  }
  if (found.length === 1) return found[0]
  return pick(
    title,
    l10n.t('Which run?'),
    found.map((run) => ({
      label: runName(run),
      description: [stateText(run), formatAge(run.startedAt, now), ...(run.folder ? [run.folder] : [])].join(' · '),
      detail: `${describeTasks(run.tasks).done}. ${runCountsText(run)}`,
      value: run,
    })),
  )
}
