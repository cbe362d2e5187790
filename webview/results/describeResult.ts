import * as l10n from '@vscode/l10n'
import type { CriteriaValues, Criterion, CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import type { RunItem } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ResultFormat, RunView } from '../../protocol/runs.ts'
import { describeScoreIn } from '../../shared/criteriaText.ts'
import { describeRunProgress } from '../../shared/describe/progress.ts'
import { describeCounts, describeRunState } from '../../shared/describe/run.ts'
import type { IconName } from '../parts/icon.tsx'
import { formatNumber, formatPercent, formatTime, language } from '../parts/language.ts'

export function formatScore(score: number | null): string {
  return score === null ? '–' : formatNumber(score, { least: 1, most: 1 })
}

export function formatShare(share: number | null): string {
  return share === null ? '–' : formatPercent(share)
}

/** Of what was said of criteria; undefined: nothing of this one. */
export function ownValue(values: CriteriaValues | null | undefined, name: string): CriterionValue | undefined {
  return values && Object.hasOwn(values, name) ? values[name] : undefined
}

export function formatValue(value: CriterionValue): string {
  return typeof value === 'boolean' ? (value ? l10n.t('yes') : l10n.t('no')) : String(value)
}

/** All that can be answered, of a scale the highest first. */
export function valuesOf(criterion: Criterion): CriterionValue[] {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion.scale
      return Array.from({ length: to - from + 1 }, (_, step) => to - step)
    }
    case 'boolean':
      return [true, false]
    default:
      return criterion.choices.map(({ name }) => name)
  }
}

/** What counts of one criterion: a person's word before the model's. */
export function formatCriterion({ criteria, human }: Pick<ResultRecord, 'criteria' | 'human'>, name: string): string {
  const value = ownValue(human?.criteria, name) ?? ownValue(criteria, name)
  return value === undefined ? '–' : formatValue(value)
}

/** With what it is made of, where criteria are asked and it is known. */
export function describeScore(score: number | null, parts: RunItem['scoreParts']): string {
  return score === null || !parts ? formatScore(score) : describeScoreIn(language, score, parts)
}

/** Null: not categorized. */
export function formatCategories(categories: readonly string[] | null): string {
  if (categories === null) return '–'
  return categories.length === 0 ? l10n.t('no category') : categories.join(', ')
}

export function formatCategory(category: string | null): string {
  return category ?? l10n.t('no category')
}

type Status = ResultRecord['status']

export function describeStatus(status: Status): string {
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

export function runStateText(run: RunView): string {
  return describeRunState(language, run, formatTime)
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

/** "1,203 ok, 4 failed"; of a run that has not come to its end how far it is, as every surface says it. */
export function runCountsText(run: RunView): string {
  if (run.state !== 'completed') return describeRunProgress(language, run, formatTime)
  return describeCounts(language, { ...run.counts, waiting: 0 })
}

export function describeFormat(format: ResultFormat): string {
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
