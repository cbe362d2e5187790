import * as l10n from '@vscode/l10n'
import type { ComponentProps } from 'preact'
import type { CriterionValue } from '../../protocol/criteria.ts'
import type { ResultFilter, ResultSummary } from '../../protocol/resultQueries.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { BarMenu } from '../parts/barButtons.tsx'
import { BarChart } from '../parts/barChart.tsx'
import { DataTable } from '../parts/dataTable.tsx'
import { type Fact, FactList } from '../parts/factList.tsx'
import { formatCost, formatDuration, formatNumber, plural } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { AskAbout, useAskAbout } from './askAbout.tsx'
import { describeStatus, formatCategory, formatScore, formatShare, formatValue } from './describeResult.ts'
import { FilterChips } from './filterChips.tsx'
import { type FilterDraft, noAnswer, type RowQuery } from './filterDraft.ts'
import { useAnswer } from './resultsContext.ts'

const shownCategories = 12
const statuses = ['ok', 'failed', 'skipped'] as const

interface Bar {
  label: string
  items: number
  onPick?: () => void
  /** What a conversation about its items is about; absent: there is none about them. */
  about?: ComponentProps<typeof AskAbout>['about']
}

interface FiguresViewProps {
  run: RunView
  rows: RowQuery
  version: number
  onShow(): void
}

/** The results that the filter finds, as figures and charts; a bar leads to its items. */
export function FiguresView({ run, rows, version, onShow }: FiguresViewProps) {
  const {
    draft,
    setDraft,
    query: { filter },
  } = rows
  const summary = useAnswer('run/summary', { runId: run.runId, ...(filter && { filter }) }, version)
  const pick = (part: Partial<typeof draft>) => () => {
    setDraft({ ...draft, ...part, criteria: { ...draft.criteria, ...part.criteria } })
    onShow()
  }
  if (summary.kind === 'failed') return <ReasonNotice reason={summary.reason} />
  return (
    <>
      <FilterChips draft={draft} onChange={setDraft} />
      {summary.kind === 'reading' ? (
        <LoadingNote />
      ) : (
        <Figures runId={run.runId} filter={filter} summary={summary.value} pick={pick} />
      )}
    </>
  )
}

interface FiguresProps {
  runId: string
  filter: ResultFilter | undefined
  summary: ResultSummary
  pick(part: Partial<FilterDraft>): () => void
}

function Figures({ runId, filter, summary, pick }: FiguresProps) {
  const { byStatus, byCategory, scores, confidence, meanScore, items, criteria = [] } = summary
  if (items === 0) return <p class="count">{l10n.t('Nothing matches the filter.')}</p>
  const scoreBars = scores.map((count, point) => ({
    label: String(point),
    items: count,
    onPick: pick({ minScore: String(point), maxScore: String(point === 20 ? 20 : point + 0.9) }),
  }))
  const categoryBars = byCategory.map(({ category, items: count }) => ({
    label: formatCategory(category),
    items: count,
    onPick: pick({ categories: [category ?? ''] }),
    about: { runId, filter: { ...filter, categories: [category ?? ''] } },
  }))
  const statusBars = statuses.map((status) => ({
    label: describeStatus(status),
    items: byStatus[status],
    onPick: pick({ status: [status] }),
  }))
  const confidenceBars = confidence.map((count, tenth) => ({ label: formatShare(tenth / 10), items: count }))
  return (
    <>
      <Totals summary={summary} />
      <p class="facts">{l10n.t('A click on a bar shows its items; on a category, it also asks a model about them.')}</p>
      <div class="charts">
        <Distribution
          title={l10n.t('Scores')}
          kind={l10n.t('Score, from')}
          bars={scoreBars}
          note={meanScore === null ? undefined : l10n.t('The mean is {0}.', formatScore(meanScore))}
        />
        <Distribution
          title={l10n.t('Categories')}
          kind={l10n.t('Category')}
          bars={categoryBars}
          most={shownCategories}
          isNamed
        />
        <Distribution title={l10n.t('Status')} kind={l10n.t('Status')} bars={statusBars} isNamed />
        <CriteriaCharts criteria={criteria} pick={pick} />
        <Distribution title={l10n.t('Confidence')} kind={l10n.t('Confidence, from')} bars={confidenceBars} />
      </div>
    </>
  )
}

/** The answers to each criterion of the run's own. */
function CriteriaCharts({
  criteria,
  pick,
}: {
  criteria: NonNullable<ResultSummary['criteria']>
  pick(part: Pick<FilterDraft, 'criteria'>): () => void
}) {
  return criteria.map(({ name, values }) => (
    <Distribution
      key={name}
      title={name}
      kind={l10n.t('Answer')}
      isNamed={values.some(({ value }) => typeof value !== 'number')}
      bars={values.map(({ value, items }) => ({
        label: formatValue(value),
        items,
        onPick: pick({ criteria: { [name]: { ...noAnswer, ...answerDraft(value) } } }),
      }))}
    />
  ))
}

/** A number as the range that a person would type, anything else as an answer that is ticked. */
function answerDraft(value: CriterionValue) {
  return typeof value === 'number' ? { min: String(value), max: String(value) } : { values: [value] }
}

function Totals({
  summary: { items, spent, latencyMs, reused, unfoundQuotes, addressesJudge },
}: {
  summary: ResultSummary
}) {
  const facts: Fact[] = [
    [l10n.t('Items'), formatNumber(items)],
    [l10n.t('Cost'), spent.calls === 0 ? l10n.t('nothing') : formatCost(spent)],
    [l10n.t('Tokens in, out'), `${formatNumber(Math.round(spent.input))}, ${formatNumber(Math.round(spent.output))}`],
    [l10n.t('Latency, median'), latencyMs ? formatDuration(latencyMs.p50) : '–'],
    [l10n.t('Latency, 95 %'), latencyMs ? formatDuration(latencyMs.p95) : '–'],
    addressesJudge ? [l10n.t('Texts that speak to the judge'), formatNumber(addressesJudge)] : null,
    unfoundQuotes ? [l10n.t('Quotes dropped'), formatNumber(unfoundQuotes)] : null,
    reused > 0 ? [l10n.t('Reused'), formatNumber(reused)] : null,
  ]
  return <FactList look="totals" facts={facts} />
}

interface DistributionProps {
  title: string
  /** What the first column of the table holds. */
  kind: string
  bars: readonly Bar[]
  /** So many are drawn; all are in the table. */
  most?: number
  /** Bars have names; else they are a scale. */
  isNamed?: boolean
  note?: string | undefined
}

function Distribution({ title, kind, bars, most = bars.length, isNamed = false, note }: DistributionProps) {
  const drawn = bars.slice(0, most)
  const sum = bars.reduce((total, bar) => total + bar.items, 0)
  const { why, ask } = useAskAbout()
  if (sum === 0) return null
  return (
    <section aria-label={title} class="distribution">
      <h2>{title}</h2>
      {note ? <p class="facts">{note}</p> : null}
      {drawn.length < bars.length ? <p class="facts">{describeLeftOut(bars, drawn.length)}</p> : null}
      <BarChart
        summary={l10n.t('{0}: items by {1}. The figures are in the table below.', title, kind)}
        labels={drawn.map(({ label }) => label)}
        series={[{ name: l10n.t('Items'), values: drawn.map(({ items }) => items) }]}
        format={formatNumber}
        isCount
        isNamed={isNamed}
        {...(drawn.some(({ onPick }) => onPick) && { onPick: (index: number) => drawn[index]?.onPick?.() })}
        {...(drawn.some(({ about }) => about) && { menus: drawn.map((bar) => menuOf(bar, ask)) })}
      />
      {why === null ? null : <Notice look="error">{why}</Notice>}
      <details>
        <summary>{l10n.t('{0} in figures', title)}</summary>
        <DataTable
          caption={title}
          columns={[
            { heading: kind, cell: (bar: Bar) => <BarName bar={bar} /> },
            { heading: l10n.t('Items'), cell: (bar: Bar) => formatNumber(bar.items), isFigure: true },
            { heading: l10n.t('Share'), cell: (bar: Bar) => formatShare(bar.items / sum), isFigure: true },
            ...(bars.some(({ about }) => about) ? [{ heading: l10n.t('Conversation'), cell: askAboutBar }] : []),
          ]}
          rows={bars}
          keyOf={({ label }) => label}
        />
      </details>
    </section>
  )
}

/** What a bar leads to, where that is more than its items. */
function menuOf({ label, items, onPick, about }: Bar, ask: (about: NonNullable<Bar['about']>) => void): BarMenu {
  return {
    label: plural(items, '{1}: {0} item', '{1}: {0} items', label),
    entries: [
      ...(onPick ? [{ id: 'show', label: l10n.t('Show the items'), onPick }] : []),
      ...(about ? [{ id: 'ask', label: l10n.t('Ask about these'), onPick: () => ask(about) }] : []),
    ],
  }
}

function askAboutBar({ about, label, items }: Bar) {
  if (!about || items === 0) return null
  return (
    <AskAbout about={about} label={l10n.t('Ask about these: {0}', label)}>
      {l10n.t('Ask about these')}
    </AskAbout>
  )
}

/** A chart that does not say what it leaves out looks like all there is. */
function describeLeftOut(bars: readonly Bar[], drawn: number): string {
  const others = bars.slice(drawn)
  const items = others.reduce((total, bar) => total + bar.items, 0)
  return l10n.t(
    '{0} of {1} categories; {2} more, with {3} results, are in the table below.',
    formatNumber(drawn),
    formatNumber(bars.length),
    formatNumber(others.length),
    formatNumber(items),
  )
}

/** What a click on the bar does, for the keyboard. */
function BarName({ bar: { label, onPick, items } }: { bar: Bar }) {
  if (!onPick || items === 0) return <>{label}</>
  return (
    <button type="button" class="link" onClick={onPick} aria-label={l10n.t('Show the items: {0}', label)}>
      {label}
    </button>
  )
}
