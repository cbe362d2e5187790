import { l10n } from 'vscode'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describeReuse, describeRunProgress, describeSpent, progressOf } from '../../shared/describe/progress.ts'
import { describeCounts, describeRunState, type HintAction } from '../../shared/describe/run.ts'
import { formatTime, language, plural } from './language.ts'
import { onOneLine } from './plainText.ts'

/** What is done, as the title of a progress and of a result. */
export function describeTasks(tasks: readonly Task[]): { doing: string; done: string } {
  const categorize = tasks.includes('categorization')
  if (categorize && tasks.includes('scoring')) {
    return { doing: l10n.t('Categorizing and scoring'), done: l10n.t('Categorized and scored') }
  }
  return categorize
    ? { doing: l10n.t('Categorizing'), done: l10n.t('Categorized') }
    : { doing: l10n.t('Scoring'), done: l10n.t('Scored') }
}

/** What was judged; of a comparison of models who judged, since what they judge is always the corrections. */
export function runName({ source, evaluation, routes }: Pick<RunView, 'source' | 'evaluation' | 'routes'>): string {
  if (evaluation === undefined) return onOneLine(source)
  const names = new Set(routes.map(({ provider, model }) => `${provider}/${model}`))
  return l10n.t('Comparison of models: {0}', onOneLine([...names].join(' + ')))
}

/** Beside it stands how far the run is, which is what a row is looked at for. */
const mostOfName = 32

/** The name as long as it fits a row of a narrow view: what makes it this file stands at its beginning and its end. */
export function rowName(run: Parameters<typeof runName>[0]): string {
  const letters = [...runName(run)]
  if (letters.length <= mostOfName) return letters.join('')
  const half = (mostOfName - 1) / 2
  return `${letters.slice(0, Math.ceil(half)).join('')}…${letters.slice(-Math.floor(half)).join('')}`
}

/** `575 of 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04` */
export function progressText(run: RunView): string {
  return describeRunProgress(language, run, formatTime)
}

/** What the calls of a run cost, or where that is not known their tokens; null: nothing. */
export function spentText(run: RunView): string | null {
  return describeSpent(language, progressOf(run))
}

/** "12 items: 11 ok, 1 failed"; of a run that has not come to its end how far it is. */
export function runCountsText(run: RunView): string {
  const { counts } = run
  if (run.state !== 'completed') return progressText(run)
  const done = counts.ok + counts.failed + counts.skipped
  return plural(done, '{0} item: {1}', '{0} items: {1}', describeCounts(language, { ...counts, waiting: 0 }))
}

/** What came of a run; what cost nothing, because it was there already, is said first. */
export function runEndText(run: RunView): string {
  const reuse = run.state === 'completed' ? describeReuse(language, run.counts) : null
  return reuse === null ? runCountsText(run) : `${reuse} · ${runCountsText(run)}`
}

export function stateText(run: RunView): string {
  return describeRunState(language, run, formatTime)
}

export function isResumable(run: RunView): boolean {
  return run.state === 'paused' || run.state === 'stopped' || run.state === 'cancelled' || run.state === 'interrupted'
}

export function isCancellable(run: RunView): boolean {
  return run.state === 'running' || run.state === 'paused'
}

export function isPausable(run: RunView): boolean {
  return run.state === 'running'
}

/** The editor's command that carries out what a hint of the run recommends, with its argument. */
export function hintCommand(action: HintAction, runId: string): readonly [`llmProviders.${string}`, ...unknown[]] {
  switch (action) {
    case 'connectModel':
      return ['llmProviders.addProvider']
    case 'editCategories':
      return ['llmProviders.changeCategories', runId]
    case 'chooseModel':
      return ['llmProviders.setRoute', 'categorization']
    default:
      return assertNever(action)
  }
}
