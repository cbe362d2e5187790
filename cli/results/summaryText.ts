import type { ResultSummary } from '../../protocol/resultQueries.ts'
import { criterionText } from '../../shared/criteriaText.ts'
import { confidenceTitle } from '../../shared/describe/ask.ts'
import { describeLost } from '../../shared/describe/run.ts'
import { english } from '../../shared/language.ts'
import { costText } from '../describe/usageText.ts'
import { count, duration } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'

interface Bar {
  label: string
  items: number
  most: number
}

const widestBar = 30

/** Figures with bars, and each bar with its number beside it. */
export function summaryText(sink: Sink, summary: ResultSummary): string {
  const { byStatus, reused, spent, latencyMs, meanScore } = summary
  const states = [
    `${figure(byStatus.ok)} ok`,
    `${figure(byStatus.failed)} failed`,
    `${figure(byStatus.skipped)} skipped`,
  ]
  const lines = [
    `${count(summary.items, 'result')}: ${states.join(', ')}${reused > 0 ? `, ${figure(reused)} reused` : ''}`,
    `cost ${costText(spent)}, ${count(spent.calls, 'call')}, ${figure(spent.input)} tokens in, ${figure(spent.output)} out`,
    ...(latencyMs
      ? [`latency ${duration(latencyMs.p50)} in the middle, ${duration(latencyMs.p95)} for the slowest 5 %`]
      : []),
    ...(meanScore === null ? [] : [`mean score ${meanScore.toFixed(1)}${summary.criteria ? '' : ' of 20'}`]),
    ...(summary.confidenceFrom ?? []).map(
      ({ source, items, labels }) =>
        `confidence from ${confidenceTitle(english, source)} for ${count(items, 'result')}, ${labels > 0 ? `corrected by ${count(labels, 'label')}` : 'not corrected: `evaluate` fits that on your labels'}`,
    ),
    ...(summary.second
      ? [
          `a second model was asked about ${count(summary.second.items, 'verdict')}, and differs in ${figure(summary.second.differ)}`,
        ]
      : []),
    ...(summary.inReview === undefined
      ? []
      : [`${count(summary.inReview, 'verdict')} in review: less sure than its category wants, or two models differ`]),
    ...(summary.addressesJudge === undefined
      ? []
      : [`${count(summary.addressesJudge, 'item')} whose text speaks to the judge: --filter addresses-judge=yes`]),
    ...(summary.canaryFollowed === undefined
      ? []
      : [
          `${count(summary.canaryFollowed, 'item')} in calls that may have obeyed one of their items: their canary was judged otherwise than alone`,
        ]),
    ...(summary.unfoundQuotes === undefined
      ? []
      : [`${count(summary.unfoundQuotes, 'item')} with a quote that does not stand in it: it was dropped`]),
    ...[summary.lost ? describeLost(english, summary.lost) : null].filter((sentence) => sentence !== null),
  ]
  const categories = summary.byCategory.map(({ category, items }) => ({ label: category ?? 'no category', items }))
  const scores = summary.scores.map((items, points) => ({
    label: points === 20 ? '20' : `${points}–${points + 1}`,
    items,
  }))
  const confidence = summary.confidence.map((items, tenth) => ({ label: `${tenth / 10}–${(tenth + 1) / 10}`, items }))
  return [
    ...lines,
    ...bars(sink, 'category', categories),
    ...bars(sink, 'score', scores),
    ...bars(sink, 'confidence', confidence),
    ...(summary.criteria ?? []).flatMap(({ name, values }) =>
      bars(
        sink,
        oneLine(name),
        values.map(({ value, items }) => ({ label: criterionText(value), items })),
      ),
    ),
  ].join('\n')
}

function bars(sink: Sink, heading: string, rows: readonly Omit<Bar, 'most'>[]): string[] {
  const most = Math.max(0, ...rows.map(({ items }) => items))
  if (most === 0) return []
  const columns: Column<Bar>[] = [
    { heading, text: ({ label }) => oneLine(label), most: 40 },
    { heading: 'items', text: ({ items }) => figure(items), align: 'right' },
    { heading: '', text: (row) => '█'.repeat(Math.ceil((row.items / row.most) * widestBar)), most: widestBar },
  ]
  return [
    '',
    renderTable(
      sink,
      columns,
      rows.map((row) => ({ ...row, most })),
    ),
  ]
}

function figure(amount: number): string {
  return amount.toLocaleString('en-US')
}
