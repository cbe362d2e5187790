import type { ResultRecord } from '../../protocol/results.ts'
import type {
  KeptRevision,
  Revision,
  RevisionComparison,
  RevisionDiff,
  RevisionDiffRow,
} from '../../protocol/revisions.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count, localTime } from '../terminal/format.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'

export function revisionsText(sink: Sink, revisions: readonly Revision[]): string {
  if (revisions.length === 0) return 'There is no run over it yet.'
  return renderTable(sink, revisionColumns, revisions)
}

const revisionColumns: Column<Revision>[] = [
  { heading: 'no', text: ({ number }) => String(number), align: 'right' },
  {
    heading: 'kept',
    text: ({ isKept }) => (isKept ? 'kept' : ''),
    paint: (text, _, colours) => colours.good(text),
  },
  { heading: 'run', text: ({ run }) => run.runId },
  { heading: 'started', text: ({ run }) => localTime(run.startedAt) },
  { heading: 'state', text: ({ run }) => run.state },
  { heading: 'ok', text: ({ run }) => run.counts.ok.toLocaleString('en-US'), align: 'right' },
  { heading: 'failed', text: ({ run }) => run.counts.failed.toLocaleString('en-US'), align: 'right' },
  { heading: 'judged by', text: ({ run }) => judges(run.routes), share: 1 },
]

function judges(routes: Revision['run']['routes']): string {
  return [...new Set(routes.map(({ provider, model }) => `${provider}/${model}`))].join(', ')
}

export function keptText({ number, run, resultsPath }: KeptRevision): string {
  const file = resultsPath === null ? 'It has no results file.' : `Its results are in ${resultsPath} again.`
  return `Revision ${number} of ${run.source} (${run.runId}) is kept. ${file}`
}

export function diffText(sink: Sink, { rows, counts, same, total }: RevisionDiff): string {
  const told = Object.entries(counts)
    .filter(([, items]) => items > 0)
    .map(([change, items]) => `${items.toLocaleString('en-US')} ${changeWords[change as keyof typeof counts]}`)
  const sum = [...told, `${same.toLocaleString('en-US')} as they were`].join(', ')
  if (rows.length === 0) return total === 0 ? sum : `${sum}\nThere are only ${count(total, 'difference')}.`
  return `${renderTable(sink, diffColumns, rows)}\n${coloursFor(sink).heading(sum)}`
}

const changeWords = {
  new: 'new',
  gone: 'gone',
  status: 'with another status',
  labels: 'with other categories',
  score: 'with another score',
  text: 'with another text',
}

const diffColumns: Column<RevisionDiffRow>[] = [
  { heading: 'id', text: ({ id }) => id, most: 28 },
  { heading: 'change', text: ({ changes }) => changes.join(', ') },
  { heading: 'before', text: ({ before }) => verdict(before), share: 1 },
  { heading: 'after', text: ({ after }) => verdict(after), share: 1 },
]

function verdict(result: ResultRecord | null): string {
  if (result === null) return ''
  if (result.status !== 'ok') return `${result.status}: ${result.error?.message ?? ''}`
  const { categories, score } = result
  const labels = categories === null ? [] : [categories.length === 0 ? 'no category' : categories.join(', ')]
  return [...labels, ...(score === null ? [] : [score.toFixed(1)])].join(' · ')
}

const cellsShown = 20

export function comparisonText(sink: Sink, comparison: RevisionComparison): string {
  const { items, agreement, score, categories } = comparison
  const lines = [
    `${figure(items.from)} items before, ${figure(items.to)} after, ${figure(items.both)} in both`,
    ...(agreement.items === 0
      ? []
      : [
          `the same first category: ${percent(agreement.sameFirst)} (${figure(agreement.moved)} moved), the same categories: ${percent(agreement.sameSet)}, kappa ${agreement.kappa?.toFixed(2) ?? 'not defined'}`,
        ]),
    ...(score.mean === null
      ? []
      : [
          `score ${signed(score.mean)} on average, ${score.meanAbsolute?.toFixed(2)} in either direction, over ${count(score.items, 'item')}`,
        ]),
  ]
  const moved = categories.filter(({ from, to }) => from !== to).slice(0, cellsShown)
  if (moved.length === 0) return lines.join('\n')
  return `${lines.join('\n')}\n\n${renderTable(sink, cellColumns, moved)}`
}

const cellColumns: Column<RevisionComparison['categories'][number]>[] = [
  { heading: 'from', text: ({ from }) => from ?? 'no category', most: 40 },
  { heading: 'to', text: ({ to }) => to ?? 'no category', most: 40 },
  { heading: 'items', text: ({ items }) => figure(items), align: 'right' },
]

function figure(amount: number): string {
  return amount.toLocaleString('en-US')
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${(share * 100).toFixed(1)} %`
}

function signed(amount: number): string {
  return `${amount > 0 ? '+' : ''}${amount.toFixed(2)}`
}
