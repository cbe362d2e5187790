import { commands, l10n, ProgressLocation, Uri, window, workspace } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunChanges, RunRequest, RunView } from '../../protocol/runs.ts'
import type { LineRange } from '../../protocol/sources.ts'
import { describeReuse, percentOf, progressOf } from '../../shared/describe/progress.ts'
import { describeHint, hintAction, hintLabel } from '../../shared/describe/run.ts'
import type { Api } from '../connection/api.ts'
import type { RunWatch } from '../connection/runWatch.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Settings, SettingValues } from '../connection/settings.ts'
import {
  describeTasks,
  hintCommand,
  isResumable,
  progressText,
  runCountsText,
  stateText,
} from '../describe/describeRun.ts'
import { describeReason, language, reasonAction } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { agreesToRun, agreesToRunAgain } from './agreesToRun.ts'
import { announceInterrupted } from './announceInterrupted.ts'
import { trustedFolder } from './chooseFolder.ts'
import { type ChosenSource, chooseSource } from './chooseSource.ts'
import { findRun } from './findRun.ts'
import { pickRun } from './listedRuns.ts'
import { askCap, askFields, askStopRule, withoutItsRule } from './questions.ts'
import { openResultsFile } from './resultsFile.ts'
import { saveResults } from './saveResults.ts'
import { lacksProfile, type SetupQuestions } from './setupQuestions.ts'
import { settleUnsaved } from './unsavedChanges.ts'

export interface RunParts {
  notifier: Notifier
  watch: RunWatch
  lifetime: Pick<ServerLifetime, 'connect'>
  panels: Pick<Panels, 'openResults' | 'openSetup'>
  settings: Pick<Settings, 'read'>
  questions: Pick<SetupQuestions, 'ask'>
  now: () => number
}

type FollowParts = Omit<RunParts, 'panels' | 'questions'> & { panels: Pick<Panels, 'openResults'> }

/** Categorizes, scores or both, with progress and cancel; then shows what came of it. */
export async function startRun(
  api: Api,
  tasks: Task[],
  from: { clicked: Uri | undefined; selected: readonly Uri[] },
  parts: RunParts,
): Promise<void> {
  const chosen = await chooseSource(from.clicked, from.selected, { api, settings: parts.settings })
  if (!chosen) return
  // Before anything is sent by a list that nobody has chosen, somebody says what these are; the page asks for the fields, too.
  if (await lacksProfile(api, chosen)) return parts.panels.openSetup(parts.questions.ask(tasks, chosen))
  if (!(await askFields(api, chosen.source, parts.notifier))) return
  const request = requestFor(tasks, chosen, parts.settings.read(chosen.near))
  if (await agreesToRun(api, request, parts.notifier)) await startRequest(api, request, parts)
}

/** What is asked of the server for a source. */
export function requestFor(
  tasks: Task[],
  { source, textOnly, near }: ChosenSource,
  settings: SettingValues,
): RunRequest {
  const folder = trustedFolder(near)
  return {
    tasks,
    source,
    output: { path: null, format: 'jsonl', none: textOnly },
    ...(folder === null ? {} : { workspaceFolder: folder }),
    ...limitsOf(settings),
  }
}

/** What the settings say of every run; where they say nothing the route and the server decide. */
function limitsOf({
  ask,
  concurrency,
  batchSize,
  separate,
  priority,
  reuseMegabytes,
  maxCostUsd,
}: SettingValues): Partial<RunRequest> {
  return {
    ...(ask === undefined ? {} : { ask }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(separate ? { separate } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(reuseMegabytes === undefined ? {} : { reuseMegabytes }),
    ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
  }
}

async function startRequest(api: Api, request: RunRequest, parts: FollowParts): Promise<void> {
  const started = await follow(api, request.tasks, (token) => api.request('run/start', request, token), parts)
  if (started?.ok !== false) return
  if (started.reason.code !== 'output_invalid') return parts.notifier.showFailure(started.reason)
  const { reason } = started
  const replace = reason.edited ? [l10n.t('Replace it')] : []
  const chosen = await window.showErrorMessage(
    describeReason(reason),
    { modal: true },
    ...replace,
    reasonAction(reason),
  )
  const target = chosen && (replace.includes(chosen) ? Uri.file(reason.path) : await askPlace())
  if (target) await startRequest(api, { ...request, output: { ...request.output, path: target.fsPath } }, parts)
}

function askPlace(): Thenable<Uri | undefined> {
  return window.showSaveDialog({ filters: { 'JSON Lines': ['jsonl'] } })
}

/** Starts what somebody has agreed to already. Answers when it has begun, or why it has not; its end is shown like that of any run. */
export function startAgreed(api: Api, request: RunRequest, parts: FollowParts): Promise<Outcome<RunView>> {
  return new Promise((resolve, reject) => {
    const begin = async (token: Parameters<Api['request']>[2]) => {
      const started = await api.request('run/start', request, token)
      resolve(started)
      return started
    }
    follow(api, request.tasks, begin, parts).catch((error: unknown) => {
      parts.notifier.log(`a run was lost sight of: ${String(error)}`)
      reject(error)
    })
  })
}

/**
 * Judges what has changed in a file since it was judged: what is the same takes its result from before. `lines`: only these rows; null:
 * the run is begun again as it was.
 */
export async function judgeChanged(
  api: Api,
  { uri, runId, lines }: { uri: string; runId: string; lines: LineRange[] | null },
  parts: FollowParts,
): Promise<void> {
  const file = Uri.parse(uri, true)
  if (!(await settleUnsaved([file], parts.settings.read(file).unsavedChanges))) return
  const again = { runId, ...(lines ? { rows: { path: file.fsPath, lines } } : {}) }
  const tasks = (await findRun(api, runId))?.tasks ?? []
  if (!(await agreesToRunAgain(api, again))) return
  const started = await follow(api, tasks, (token) => api.request('run/startAgain', again, token), parts)
  if (started?.ok === false) await parts.notifier.showFailure(started.reason)
}

/** Picks up a run that ended early. */
export async function resumeRun(api: Api, runId: string | undefined, parts: RunParts): Promise<void> {
  const run = runId ? await findRun(api, runId) : await pickRun(api, l10n.t('Resume run'), isResumable, parts.now())
  // One that is gone is reported by the server, which is asked for it.
  const id = run?.runId ?? runId
  if (id === undefined) return
  const maxCostUsd = run ? await askCap(run) : null
  if (maxCostUsd === undefined) return
  const stopWhen = run ? await askStopRule(run) : null
  if (stopWhen === undefined) return
  await goOn(
    api,
    id,
    { ...(maxCostUsd === null ? {} : { maxCostUsd }), ...(stopWhen === null ? {} : { stopWhen }) },
    parts,
  )
}

async function goOn(api: Api, runId: string, changes: RunChanges, parts: FollowParts): Promise<void> {
  parts.watch.forget(runId)
  const resumed = await follow(api, [], () => api.request('run/resume', { runId, ...changes }), parts)
  if (resumed?.ok === false) await parts.notifier.showFailure(resumed.reason)
}

/** Shows progress from the request to the run's end. Null: the end was shown here; else why it did not begin. */
async function follow(
  api: Api,
  tasks: readonly Task[],
  begin: (token: Parameters<Api['request']>[2]) => Promise<Outcome<RunView>>,
  parts: FollowParts,
): Promise<Outcome<RunView> | null> {
  const title = tasks.length > 0 ? describeTasks(tasks).doing : l10n.t('Resuming')
  const end = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const began = await begin(token)
      if (!began.ok) return began
      const { runId } = began.value
      const cancel = () => void api.request('run/cancel', { runId }).catch(() => undefined)
      const listening = token.onCancellationRequested(cancel)
      if (token.isCancellationRequested) cancel()
      let percent = 0
      const run = await parts.watch.untilEnd(began.value, (step) => {
        const reached = percentOf(progressOf(step)) ?? 0
        progress.report({ message: progressText(step), increment: Math.max(0, reached - percent) })
        percent = Math.max(percent, reached)
      })
      listening.dispose()
      return { ok: true as const, value: { runId, run } }
    },
  )
  if (!end.ok) return end
  const { runId, run } = end.value
  if (run && run.state !== 'interrupted') await showEnd(api, run, parts)
  else await showInterrupted(runId, parts)
  return null
}

/** The server went: how far the run came stands in its journal, which the next one reads. Where there is none, a later one tells it. */
async function showInterrupted(runId: string, { lifetime }: Pick<RunParts, 'lifetime'>): Promise<void> {
  const api = await lifetime.connect()
  if (api) await announceInterrupted(api, { folders: [], runIds: [runId] })
}

/** The results in their panel, unless the person wants none, and one message with the counts and what can be done next. */
async function showEnd(api: Api, run: RunView, parts: FollowParts): Promise<void> {
  const isOpened = parts.settings.read().openWhenDone
  if (isOpened) parts.panels.openResults({ runId: run.runId })
  // Not waited for: the message may stay as long as it likes, the command is done.
  void offerNext(api, run, parts)
}

async function offerNext(api: Api, run: RunView, parts: FollowParts): Promise<void> {
  const [resume, open, save, show] = [
    l10n.t('Resume'),
    l10n.t('Open results file'),
    l10n.t('Save results'),
    l10n.t('Show results'),
  ]
  const file = run.resultsPath
  if (run.state === 'stopped' && run.reason) {
    parts.notifier.log(`run ${run.runId} stopped: ${run.reason.code}`)
    const { choices, act } = parts.notifier.choicesFor(run.reason)
    const sentence = l10n.t('Stopped. {0} {1}.', describeReason(run.reason), progressText(run))
    const without = withoutItsRule(run)
    const freely = l10n.t('Continue without this rule')
    const buttons = [...choices, resume, ...(without ? [freely] : [])]
    const chosen = await parts.notifier.showError(run.reason, sentence, ...buttons)
    if (without && chosen === freely) await goOn(api, run.runId, { stopWhen: without }, parts)
    else if (chosen === resume) await commands.executeCommand('llmProviders.resumeRun', run.runId)
    else if (chosen) await act(chosen)
    return
  }
  if (run.state !== 'completed') {
    const sentence = l10n.t('{0}. {1}. It can be resumed.', sentenceCase(stateText(run)), progressText(run))
    const chosen = await window.showWarningMessage(sentence, resume)
    if (chosen) await commands.executeCommand('llmProviders.resumeRun', run.runId)
    return
  }
  const { hint } = run
  const doubts = hint ? ` ${describeHint(language, hint)}` : ''
  const reuse = describeReuse(language, run.counts)
  const sentence = `${reuse ? `${reuse}. ` : ''}${describeTasks(run.tasks).done}. ${runCountsText(run)}.${doubts}`
  const message = run.counts.failed > 0 || hint ? window.showWarningMessage : window.showInformationMessage
  const shown = parts.settings.read().openWhenDone
  const helps = hint ? hintAction(hint, run) : null
  const label = helps ? hintLabel(language, helps) : null
  const chosen = await message(sentence, ...(label ? [label] : []), ...(shown ? [] : [show]), file ? open : save)
  if (helps && chosen === label) await commands.executeCommand(...hintCommand(helps, run.runId))
  if (chosen === show) parts.panels.openResults({ runId: run.runId })
  if (chosen === open && file) await openResultsFile(api, run, parts.notifier)
  if (chosen === save) await saveResults(api, run, parts.notifier)
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/**
 * The sample that came with the extension, opened and judged by its own profile through the routes as they are.
 * Nothing is written beside it: the folder of an extension is not a place for anybody's results.
 */
export async function trySample(api: Api, parts: FollowParts & { samples: Uri }): Promise<void> {
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
