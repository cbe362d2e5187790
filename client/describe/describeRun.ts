import { l10n } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { RunCounts, RunView } from '../../protocol/runs.ts'
import { describeCounts, describeRunState, type HintAction } from '../../shared/describe/run.ts'
import { formatNumber, formatTime, language, plural } from './language.ts'
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

/** "12 items: 11 ok, 1 failed", of a run that has not come to all of them "8,400 of 60,000 items: …" or "8,400 items so far: …" */
export function runCountsText(counts: RunCounts): string {
  const { total, ok, failed, skipped } = counts
  const done = ok + failed + skipped
  const parts = describeCounts(language, counts)
  if (total === null) return plural(done, '{0} item so far: {1}', '{0} items so far: {1}', parts)
  if (done < total) return plural(total, '{2} of {0} item: {1}', '{2} of {0} items: {1}', parts, formatNumber(done))
  return plural(total, '{0} item: {1}', '{0} items: {1}', parts)
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

/** The editor's commands that carry out what a hint recommends, each with its argument. */
export const hintCommands: Readonly<Record<HintAction, readonly [`llmProviders.${string}`, ...unknown[]]>> = {
  connectModel: ['llmProviders.addProvider'],
  editCategories: ['llmProviders.changeCategories'],
  chooseModel: ['llmProviders.setRoute', 'categorization'],
}
