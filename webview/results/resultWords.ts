import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ResultFormat, RunCounts, RunView } from '../../protocol/runs.ts'
import type { IconName } from '../parts/icon.tsx'
import { tellInstant, tellNumber, tellPercent } from '../parts/language.ts'

export function tellScore(score: number | null): string {
  return score === null ? '–' : tellNumber(score, { least: 1, most: 1 })
}

export function tellShare(share: number | null): string {
  return share === null ? '–' : tellPercent(share)
}

/** Null: not categorized. */
export function tellCategories(categories: readonly string[] | null): string {
  if (categories === null) return '–'
  return categories.length === 0 ? l10n.t('no category') : categories.join(', ')
}

export function tellCategory(category: string | null): string {
  return category ?? l10n.t('no category')
}

type Status = ResultRecord['status']

export function tellStatus(status: Status): string {
  switch (status) {
    case 'ok':
      return l10n.t('ok')
    case 'failed':
      return l10n.t('failed')
    case 'skipped':
      return l10n.t('skipped')
    default:
      return assertNever(status)
  }
}

export function statusIcon(status: Status): IconName {
  switch (status) {
    case 'ok':
      return 'pass'
    case 'failed':
      return 'error'
    case 'skipped':
      return 'off'
    default:
      return assertNever(status)
  }
}

export function tellRunState({ state, parkedUntil }: RunView): string {
  switch (state) {
    case 'running':
      return parkedUntil === null ? l10n.t('running') : l10n.t('waiting until {0}', tellInstant(parkedUntil))
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
      return assertNever(state)
  }
}

export function runStateIcon({ state }: RunView): IconName {
  switch (state) {
    case 'running':
    case 'paused':
      return 'info'
    case 'completed':
      return 'pass'
    case 'stopped':
      return 'error'
    case 'cancelled':
    case 'interrupted':
      return 'warning'
    default:
      return assertNever(state)
  }
}

/** "1,203 ok, 4 failed", of a run that has not come to all of them "1,207 of 60,000: …" or "so far 1,207: …" */
export function tellCounts({ total, ok, failed, skipped, waiting }: RunCounts): string {
  const done = ok + failed + skipped
  const parts = [
    l10n.t('{0} ok', tellNumber(ok)),
    ...(failed > 0 ? [l10n.t('{0} failed', tellNumber(failed))] : []),
    ...(skipped > 0 ? [l10n.t('{0} skipped', tellNumber(skipped))] : []),
    ...(waiting > 0 ? [l10n.t('{0} waiting', tellNumber(waiting))] : []),
  ].join(', ')
  if (total === null) return l10n.t('so far {0}: {1}', tellNumber(done), parts)
  return done < total ? l10n.t('{0} of {1}: {2}', tellNumber(done), tellNumber(total), parts) : parts
}

export function tellFormat(format: ResultFormat): string {
  switch (format) {
    case 'jsonl':
      return 'JSON Lines'
    case 'csv':
      return 'CSV'
    case 'json':
      return 'JSON'
    case 'sarif':
      return 'SARIF'
    case 'markdown':
      return l10n.t('Markdown report')
    default:
      return assertNever(format)
  }
}
