import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import * as z from 'zod'
import type { PageResult } from '../../../protocol/page.ts'
import type { UsageRequest, UsageRow } from '../../../protocol/usage.ts'
import { BarChart } from '../../parts/barChart.tsx'
import { DataTable } from '../../parts/dataTable.tsx'
import { type Fact, FactList } from '../../parts/factList.tsx'
import { formatCost, formatNumber, formatTime, formatUsd, plural, taskTitle } from '../../parts/language.ts'
import { Notice, Unread } from '../../parts/notice.tsx'
import type { Answer } from '../../state/answer.ts'
import { usePage, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Dropdown } from '../../toolkit.tsx'
import { chartOf, type Grouping, type Measure, sumsOf } from './usageSums.ts'

const Choice = z.object({
  days: z.enum(['7', '30', '90', '365']),
  grouping: z.enum(['provider', 'task', 'model']),
  measure: z.enum(['cost', 'tokens', 'calls', 'items']),
})
type Choice = z.infer<typeof Choice>

/** Tokens and money by day, provider, task and model. */
export function UsagePage() {
  const [choice, setChoice] = usePersistedState<Choice>('usage.choice', Choice, {
    days: '30',
    grouping: 'provider',
    measure: 'cost',
  })
  const reading = useUsage(Number(choice.days), ['day', choice.grouping])
  return (
    <>
      <UsageChoice choice={choice} onChange={setChoice} />
      {reading.kind === 'there' ? <ReadUsage {...reading.value} choice={choice} /> : <Unread answer={reading} />}
    </>
  )
}

function UsageChoice({ choice, onChange }: { choice: Choice; onChange(choice: Choice): void }) {
  const id = useId()
  const dropdown = <Name extends keyof Choice>(
    name: Name,
    label: string,
    labels: Record<Choice[Name] & string, string>,
  ) => (
    <Dropdown
      id={`${id}-${name}`}
      label={label}
      value={choice[name]}
      options={Object.entries<string>(labels).map(([value, text]) => ({ value, label: text }))}
      onInput={(value) => onChange(Choice.parse({ ...choice, [name]: value }))}
    />
  )
  return (
    <search class="toolbar">
      {dropdown('days', l10n.t('Period'), {
        '7': l10n.t('7 days'),
        '30': l10n.t('30 days'),
        '90': l10n.t('90 days'),
        '365': l10n.t('A year'),
      })}
      {dropdown('grouping', l10n.t('Split by'), groupingTitles())}
      {dropdown('measure', l10n.t('Show'), measureTitles())}
    </search>
  )
}

function groupingTitles(): Record<Grouping, string> {
  return { provider: l10n.t('Provider'), task: l10n.t('Task'), model: l10n.t('Model') }
}

function measureTitles(): Record<Measure, string> {
  return { cost: l10n.t('Cost'), tokens: l10n.t('Tokens'), calls: l10n.t('Calls'), items: l10n.t('Items') }
}

function ReadUsage({ rows, total, isCut, choice }: Usage & { choice: Choice }) {
  const { now } = usePage()
  const { grouping } = choice
  if (!total) return <p>{l10n.t('No calls in this period.')}</p>
  const measure = measureFor(choice.measure, total)

  const today = new Date(now).toISOString().slice(0, 10)
  const days = Number(choice.days)
  const chart = chartOf(rows, { measure, grouping, days, today, others: l10n.t('Others') })
  const series = chart.series.map(({ name, values }) => ({ name: describeGroup(grouping, name), values }))
  const format = measure === 'cost' ? formatUsd : formatCount
  const said = l10n.t(
    '{0} by {1}, the last {2} days. The figures are in the table below.',
    measureTitles()[measure],
    groupingTitles()[grouping],
    days,
  )
  return (
    <>
      {isCut ? (
        <Notice look="warning">{l10n.t('There is more data than can be shown. Choose a shorter period.')}</Notice>
      ) : null}
      {measure === choice.measure ? null : <Notice look="info">{describeMissingCost(total, measure)}</Notice>}
      <Totals total={total} />
      <BarChart summary={said} labels={chart.labels} series={series} format={format} isCount={measure !== 'cost'} />
      <UsageTable rows={sumsOf(rows, grouping)} grouping={grouping} />
      <details>
        <summary>{l10n.t('Day by day')}</summary>
        <UsageTable rows={rows} grouping={grouping} byDay />
      </details>
      <p class="facts">
        {l10n.t(
          'Days begin at midnight UTC, which is {0} here. Items that both tasks judged on a day count once.',
          formatTime(`${today}T00:00:00Z`),
        )}{' '}
        {total.unpricedCalls > 0 && total.unpricedCalls < total.calls
          ? plural(
              total.unpricedCalls,
              'Costs do not include {0} call with an unknown price.',
              'Costs do not include {0} calls with an unknown price.',
            )
          : null}
      </p>
    </>
  )
}

/** Without a cost there is nothing to see in a chart of it: tokens take its place, and calls where nothing said how many there were. */
function measureFor(chosen: Measure, { costUsd, input, output }: UsageRow): Measure {
  if (chosen !== 'cost' || costUsd > 0) return chosen
  return input + output > 0 ? 'tokens' : 'calls'
}

function describeMissingCost({ unpricedCalls }: UsageRow, measure: Measure): string {
  if (unpricedCalls === 0)
    return measure === 'tokens'
      ? l10n.t('These calls cost nothing, so the chart shows tokens.')
      : l10n.t('These calls cost nothing, so the chart shows calls.')
  return measure === 'tokens'
    ? l10n.t('No price is known for these calls, so the chart shows tokens.')
    : l10n.t('No price is known for these calls, so the chart shows calls.')
}

function Totals({ total }: { total: UsageRow }) {
  const cost: Fact = [l10n.t('Cost'), formatCost(total)]
  const facts: Fact[] = [
    ...(total.costUsd > 0 ? [cost] : []),
    [l10n.t('Tokens in'), formatCount(total.input)],
    [l10n.t('Tokens out'), formatCount(total.output)],
    [l10n.t('Calls'), formatCount(total.calls)],
    [l10n.t('Items'), formatCount(total.items)],
    ...(total.costUsd > 0 ? [] : [cost]),
  ]
  return <FactList look="totals" facts={facts} />
}

function UsageTable({ rows, grouping, byDay }: { rows: readonly UsageRow[]; grouping: Grouping; byDay?: boolean }) {
  const figure = (heading: string, name: 'calls' | 'items' | 'input' | 'output' | 'cached' | 'reasoning') => ({
    heading,
    cell: (row: UsageRow) => formatCount(row[name]),
    isFigure: true,
  })
  const columns = [
    ...(byDay ? [{ heading: l10n.t('Day'), cell: (row: UsageRow) => row.day ?? '' }] : []),
    { heading: groupingTitles()[grouping], cell: (row: UsageRow) => describeGroup(grouping, row[grouping] ?? '') },
    figure(l10n.t('Calls'), 'calls'),
    figure(l10n.t('Items'), 'items'),
    figure(l10n.t('Tokens in'), 'input'),
    figure(l10n.t('Cached'), 'cached'),
    figure(l10n.t('Tokens out'), 'output'),
    figure(l10n.t('Reasoning'), 'reasoning'),
    { heading: l10n.t('Cost'), cell: formatCost, isFigure: true },
  ]
  return (
    <DataTable
      caption={byDay ? l10n.t('Usage day by day') : l10n.t('Usage by {0}', groupingTitles()[grouping])}
      columns={columns}
      rows={rows}
      keyOf={(row) => `${row.day} ${row[grouping]}`}
    />
  )
}

/** Connection tests and probes belong to no task, and cost money all the same. */
function describeGroup(grouping: Grouping, name: string): string {
  if (grouping !== 'task') return name
  if (name === 'test') return l10n.t('Tests')
  if (name === 'embedding') return l10n.t('Embeddings')
  if (name === 'thread') return l10n.t('Conversations')
  if (name === 'thread') return l10n.t('Conversations')
  return name === 'categorization' || name === 'scoring' ? taskTitle(name) : name
}

function formatCount(count: number): string {
  return formatNumber(count)
}

/** `total`: of everything; null: there was nothing. `isCut`: there are more rows than anybody could look at. */
type Usage = { rows: UsageRow[]; total: UsageRow | null; isCut: boolean }

/** A year of a dozen models; the sums of more than these would take seconds to bring. */
const mostPages = 60

/** All rows of one grouping, read again when something was used. */
function useUsage(days: number, groupBy: UsageRequest['groupBy']): Answer<Usage> {
  const { host } = usePage()
  const [reading, setReading] = useState<Answer<Omit<Usage, 'total'>>>({ kind: 'reading' })
  // The sum of everything changes whenever anything does.
  const sum = useReading('usage/read', { days, groupBy: [] })
  const key = JSON.stringify([days, groupBy, sum])
  useEffect(() => {
    const ending = new AbortController()
    const read = async () => {
      const rows: UsageRow[] = []
      let cursor: string | null = null
      for (let pages = 0; pages === 0 || (cursor !== null && pages < mostPages); pages += 1) {
        const page: PageResult<'usage/read'> = await host.request(
          'usage/read',
          { days, groupBy, cursor },
          ending.signal,
        )
        if (ending.signal.aborted) return
        if (!page.ok) return setReading({ kind: 'failed', reason: page.reason })
        rows.push(...page.value.rows)
        cursor = page.value.next
      }
      setReading({ kind: 'there', value: { rows, isCut: cursor !== null } })
    }
    void read()
    return () => ending.abort()
  }, [host, key])
  if (reading.kind !== 'there') return reading
  if (sum.kind !== 'there') return sum
  return { kind: 'there', value: { ...reading.value, total: sum.value.rows[0] ?? null } }
}
