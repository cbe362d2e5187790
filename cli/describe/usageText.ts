import type { UsageRow } from '../../protocol/usage.ts'
import { formatCostIn, formatUsdIn } from '../../shared/format.ts'
import { english } from '../../shared/language.ts'
import { totalOf } from '../../shared/usageSums.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count } from '../terminal/format.ts'
import { type Column, renderTable } from '../terminal/table.ts'

type Group = 'day' | 'provider' | 'model' | 'task'

/** Rows as a table, and their sum in a sentence. */
export function usageText(
  { terminal: { stdout } }: Pick<Invocation, 'terminal'>,
  by: readonly Group[],
  rows: readonly UsageRow[],
): string {
  const total = totalOf(rows)
  if (total === null) return 'No calls in this period.'
  const table = renderTable(stdout, [...by.map(groupColumn), ...figureColumns], rows)
  return `${table}\n${coloursFor(stdout).heading(sumText(total))}`
}

function groupColumn(group: Group): Column<UsageRow> {
  return { heading: group, text: (row) => row[group] ?? '', ...(group === 'model' ? { most: 40 } : { most: 24 }) }
}

function figureColumn(name: 'calls' | 'items' | 'input' | 'output' | 'cached' | 'reasoning'): Column<UsageRow> {
  return { heading: name, text: (row) => row[name].toLocaleString('en-US'), align: 'right' }
}

const figureColumns: Column<UsageRow>[] = [
  figureColumn('calls'),
  figureColumn('items'),
  figureColumn('input'),
  figureColumn('cached'),
  figureColumn('output'),
  figureColumn('reasoning'),
  {
    heading: 'cost',
    text: costText,
    paint: (text, row, colours) => (row.unpricedCalls > 0 ? colours.careful(text) : text),
    align: 'right',
  },
]

export function costText(sum: Parameters<typeof formatCostIn>[1]): string {
  return formatCostIn(english, sum)
}

export function usd(amount: number): string {
  return formatUsdIn(english, amount)
}

function sumText(all: UsageRow): string {
  const unpriced = all.unpricedCalls === 0 ? '' : ` (the price of ${count(all.unpricedCalls, 'call')} is not known)`
  return `In all ${count(all.calls, 'call')}, ${count(all.input + all.output, 'token')}, ${costText(all)}${unpriced}`
}
