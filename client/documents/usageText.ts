import { l10n } from 'vscode'
import type { UsageRequest, UsageRow, UsageTask } from '../../protocol/usage.ts'
import { plural, taskTitle, tellCost, tellNumber } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { plainTable } from '../evaluation/plainTable.ts'

export type UsageGroup = UsageRequest['groupBy'][number]

/** Rows of one grouping, in the order in which they are shown. `isCut`: there are more. */
export interface UsageTable {
  group: UsageGroup
  rows: readonly UsageRow[]
  isCut: boolean
}

/** Tokens and money of the last days, summed in several ways, as a page of plain text. */
export function usageText(days: number, tables: readonly UsageTable[], at: string): string {
  const isEmpty = tables.every(({ rows }) => rows.length === 0)
  const lines = [
    plural(days, 'LLM Providers usage: the last day', 'LLM Providers usage: the last {0} days'),
    ...(isEmpty ? ['', `  ${l10n.t('No call was made in these days.')}`] : tables.flatMap(tableLines)),
    '',
    `  ${l10n.t('Days are those of UTC. A price that is not known is told as unknown; it is not in the sums.')}`,
    `  ${l10n.t('Read at {0}.', at)}`,
  ]
  return `${lines.join('\n')}\n`
}

function tableLines({ group, rows, isCut }: UsageTable): string[] {
  const cells = [headings(group), ...rows.map((row) => rowCells(group, row))]
  return ['', ...plainTable(cells), ...(isCut ? [`  ${l10n.t('… and more')}`] : [])]
}

function headings(group: UsageGroup): string[] {
  const figures = [
    l10n.t('calls'),
    l10n.t('items'),
    l10n.t('tokens in'),
    l10n.t('cached'),
    l10n.t('tokens out'),
    l10n.t('reasoning'),
    l10n.t('cost'),
  ]
  const names = {
    day: l10n.t('By day'),
    provider: l10n.t('By provider'),
    model: l10n.t('By model'),
    task: l10n.t('By task'),
  }
  return [names[group], ...figures]
}

function rowCells(group: UsageGroup, row: UsageRow): string[] {
  const figures = [row.calls, row.items, row.input, row.cached, row.output, row.reasoning]
  return [keyWords(group, row), ...figures.map((figure) => tellNumber(figure)), tellCost(row)]
}

function keyWords(group: UsageGroup, row: UsageRow): string {
  if (group === 'task') return row.task === null ? '' : taskWords(row.task)
  const words = onOneLine(row[group] ?? '')
  return words.length > 40 ? `${words.slice(0, 39)}…` : words
}

/** Connection tests and probes are nobody's task, and cost money all the same. */
function taskWords(task: UsageTask): string {
  return task === 'test' ? l10n.t('Tests') : taskTitle(task)
}
