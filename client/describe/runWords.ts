import { env, l10n } from 'vscode'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { RunCounts, RunView } from '../../protocol/runs.ts'
import { plural, tellNumber } from './language.ts'
import { onOneLine } from './plainText.ts'

/** What is done, as the title of a progress and of a result. */
export function tellTasks(tasks: readonly Task[]): { doing: string; done: string } {
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
export function tellCounts({ total, ok, failed, skipped, waiting }: RunCounts): string {
  const done = ok + failed + skipped
  const parts = [
    l10n.t('{0} ok', tellNumber(ok)),
    ...(failed > 0 ? [l10n.t('{0} failed', tellNumber(failed))] : []),
    ...(skipped > 0 ? [l10n.t('{0} skipped', tellNumber(skipped))] : []),
    ...(waiting > 0 ? [l10n.t('{0} waiting', tellNumber(waiting))] : []),
  ].join(', ')
  if (total === null) return plural(done, '{0} item so far: {1}', '{0} items so far: {1}', parts)
  if (done < total) return plural(total, '{2} of {0} item: {1}', '{2} of {0} items: {1}', parts, tellNumber(done))
  return plural(total, '{0} item: {1}', '{0} items: {1}', parts)
}

export function tellState(run: RunView): string {
  switch (run.state) {
    case 'running':
      return run.parkedUntil ? l10n.t('waiting until {0}', tellTime(run.parkedUntil)) : l10n.t('running')
    case 'paused':
      return l10n.t('paused')
    case 'completed':
      return l10n.t('completed')
    case 'stopped':
      return l10n.t('stopped')
    case 'cancelled':
      return l10n.t('cancelled')
    case 'interrupted':
      return l10n.t('interrupted')
    default:
      return assertNever(run.state)
  }
}

export function tellTime(instant: string): string {
  return new Date(instant).toLocaleTimeString(env.language, { hour: '2-digit', minute: '2-digit' })
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
