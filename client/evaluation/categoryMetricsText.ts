import { l10n } from 'vscode'
import type { CategoryMetrics } from '../../protocol/evaluation.ts'
import { formatNumber } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { plainTable } from './plainTable.ts'

const widestBar = 20
/** A matrix of more than these would be wider than a page; the rarest are put together. */
const namesShown = 12

/** Category by category, then what was taken for what. */
export function categoryLines(metrics: CategoryMetrics): string[] {
  const { kappaByLabel } = metrics
  return [
    '',
    ...labelLines(metrics),
    ...(kappaByLabel === null
      ? []
      : ['', `  ${l10n.t('Kappa by category, on average: {0}', formatShare(kappaByLabel))}`]),
    '',
    ...matrixLines(metrics),
  ]
}

function labelLines({ labels }: CategoryMetrics): string[] {
  const heading = [
    l10n.t('category'),
    l10n.t('yours'),
    l10n.t('given'),
    l10n.t('precision'),
    l10n.t('recall'),
    l10n.t('F1'),
    l10n.t('kappa'),
    l10n.t('F1').padEnd(widestBar),
  ]
  const rows = labels.map(({ label, support, given, precision, recall, f1, kappa }) => [
    shorten(label),
    formatNumber(support),
    formatNumber(given),
    formatShare(precision),
    formatShare(recall),
    formatShare(f1),
    formatShare(kappa),
    // Thin ones: whole blocks run together to one grey area.
    '━'.repeat(Math.round((f1 ?? 0) * widestBar)).padEnd(widestBar),
  ])
  return plainTable([heading, ...rows]).map((line) => line.trimEnd())
}

type Cell = CategoryMetrics['confusion'][number]

/** Rows are what the person said, columns what was given, numbered, since names side by side are too wide. */
function matrixLines({ confusion, items }: CategoryMetrics): string[] {
  const right = confusion.filter(isRight).reduce((sum, cell) => sum + cell.items, 0)
  const sum = `  ${l10n.t('First category right: {0} of {1}. Rows are yours, columns what was given.', formatNumber(right), formatNumber(items))}`
  const names = namesOf(confusion)
  const placeOf = (name: string | null) => {
    const place = names.indexOf(name)
    return place === -1 ? names.length : place
  }
  const isFolded = confusion.some(({ expected, given, failed }) =>
    [expected, ...(failed ? [] : [given])].some((name) => !names.includes(name)),
  )
  const titles = [...names.map(titleOf), ...(isFolded ? [l10n.t('all others')] : [])]
  const failedColumn = titles.length
  const counts = titles.map(() => new Array<number>(titles.length + 1).fill(0))
  for (const cell of confusion) {
    const row = counts[placeOf(cell.expected)]
    const column = cell.failed ? failedColumn : placeOf(cell.given)
    if (row) row[column] = (row[column] ?? 0) + cell.items
  }
  // Not empty: the editor draws its lines of indentation into what begins with spaces.
  const heading = [l10n.t('yours'), ...titles.map((_, place) => String(place + 1)), l10n.t('failed')]
  const rows = counts.map((row, place) => [
    `${String(place + 1).padEnd(2)} ${titles[place]}`,
    // An empty field is read faster than a zero.
    ...row.map((amount) => (amount === 0 ? '·' : formatNumber(amount))),
  ])
  return [sum, '', ...plainTable([heading, ...rows])]
}

function isRight({ expected, given, failed }: Cell): boolean {
  return !failed && expected === given
}

/** The most frequent first, as people said them and as they were given. */
function namesOf(confusion: readonly Cell[]): (string | null)[] {
  const seen = new Map<string | null, number>()
  for (const { expected, given, failed, items } of confusion) {
    for (const name of failed ? [expected] : [expected, given]) seen.set(name, (seen.get(name) ?? 0) + items)
  }
  const sorted = [...seen].sort(([, one], [, other]) => other - one).map(([name]) => name)
  return sorted.slice(0, namesShown)
}

function titleOf(name: string | null): string {
  return name === null ? l10n.t('no category') : shorten(name)
}

function shorten(name: string): string {
  const words = onOneLine(name)
  return words.length > 36 ? `${words.slice(0, 35)}…` : words
}

export function formatShare(value: number | null | undefined): string {
  return value == null ? '–' : formatNumber(value, { least: 2 })
}
