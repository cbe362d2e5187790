import * as l10n from '@vscode/l10n'
import type { RevisionComparison, RevisionFilter } from '../../protocol/revisions.ts'
import { BarChart } from '../parts/barChart.tsx'
import { DataTable } from '../parts/dataTable.tsx'
import { type Fact, FactList } from '../parts/factList.tsx'
import { formatNumber, plural } from '../parts/language.ts'
import { LoadingNote, ReasonNotice, Unread } from '../parts/notice.tsx'
import { type CrossTable, crossTableOf } from './crossTable.ts'
import { formatCategory, formatShare } from './describeResult.ts'
import { useAnswer } from './resultsContext.ts'

export interface ComparisonProps {
  from: string
  to: string
  version: number
  /** Of the cross-table and the shifts; the agreement is that of all items. */
  filter: RevisionFilter
  /** A cell of the cross-table was chosen. */
  onCell(before: string | null, after: string | null): void
}

/** How far two runs agree: the cross-table of their first categories, and how scores have shifted. */
export function Comparison({ from, to, version, filter, onCell }: ComparisonProps) {
  const all = useAnswer('revision/compare', { from, to }, version)
  const wanted = useAnswer('revision/compare', { from, to, ...filter }, version)
  if (all.kind !== 'there') return <Unread answer={all} />
  if (wanted.kind === 'failed') return <ReasonNotice reason={wanted.reason} />
  const isFiltered = Object.keys(filter).length > 0
  return (
    <section aria-label={l10n.t('Agreement')}>
      <h2>{l10n.t('Agreement')}</h2>
      <Agreement comparison={all.value} />
      {wanted.kind === 'reading' ? (
        <LoadingNote />
      ) : (
        <>
          {isFiltered ? (
            <p class="facts">
              {l10n.t(
                'Table and chart are of the items that the filter finds: {0}.',
                formatNumber(wanted.value.items.both),
              )}
            </p>
          ) : null}
          {wanted.value.categories.length > 0 ? (
            <Cross table={crossTableOf(wanted.value)} leftOut={wanted.value.leftOut} onCell={onCell} />
          ) : null}
          <Shift score={wanted.value.score} />
        </>
      )}
    </section>
  )
}

function Agreement({ comparison: { items, agreement, score } }: { comparison: RevisionComparison }) {
  const signed = (value: number | null) =>
    value === null ? '–' : `${value > 0 ? '+' : ''}${formatNumber(value, { least: 2, most: 2 })}`
  const facts: Fact[] = [
    [l10n.t('In both'), formatNumber(items.both)],
    [l10n.t('Same first category'), formatShare(agreement.sameFirst)],
    [l10n.t('Same categories'), formatShare(agreement.sameSet)],
    [
      l10n.t('Beyond chance (kappa)'),
      agreement.kappa === null ? '–' : formatNumber(agreement.kappa, { least: 2, most: 2 }),
    ],
    [l10n.t('Mean shift of the score'), signed(score.mean)],
    [
      l10n.t('Mean size of the shift'),
      score.meanAbsolute === null ? '–' : formatNumber(score.meanAbsolute, { least: 2, most: 2 }),
    ],
  ]
  return <FactList look="totals" facts={facts} />
}

interface CrossProps extends Pick<ComparisonProps, 'onCell'> {
  table: CrossTable
  leftOut: number
}

function Cross({ table: { names, cells, others }, leftOut, onCell }: CrossProps) {
  const caption = l10n.t('Items by their first category: rows before, columns after')
  return (
    <>
      <p class="facts">
        {l10n.t('Rows are the categories before, columns those after. A cell in brackets is unchanged.')}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key. */}
      <section class="table-frame" tabIndex={0} aria-label={caption}>
        <table class="cross">
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{l10n.t('Before')}</th>
              {names.map((name) => (
                <th key={name ?? ''} scope="col" class="figure">
                  {formatCategory(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((before, row) => (
              <tr key={before ?? ''}>
                <th scope="row">{formatCategory(before)}</th>
                {names.map((after, column) => (
                  <td key={after ?? ''} class={row === column ? 'figure same' : 'figure'}>
                    <Cell
                      items={cells[row]?.[column] ?? 0}
                      isSame={row === column}
                      label={l10n.t('Show the items: {0} → {1}', formatCategory(before), formatCategory(after))}
                      onShow={() => onCell(before, after)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {others + leftOut > 0 ? (
        <p class="facts">
          {plural(
            others + leftOut,
            '{0} item is in a rarer category, which the table leaves out.',
            '{0} items are in rarer categories, which the table leaves out.',
          )}
        </p>
      ) : null}
    </>
  )
}

interface CellProps {
  items: number
  isSame: boolean
  label: string
  onShow(): void
}

/** What is unchanged is marked by brackets and words, not by color alone; what moved leads to its items. */
function Cell({ items, isSame, label, onShow }: CellProps) {
  if (isSame) {
    return (
      <>
        [{formatNumber(items)}]<span class="unseen"> {l10n.t('unchanged')}</span>
      </>
    )
  }
  if (items === 0) return <>·</>
  return (
    <button type="button" class="link" aria-label={`${formatNumber(items)}. ${label}`} title={label} onClick={onShow}>
      {formatNumber(items)}
    </button>
  )
}

function Shift({ score }: { score: RevisionComparison['score'] }) {
  if (score.items === 0) return null
  const bars = score.distribution.map((items, index) => ({ points: index - 20, items }))
  const label = (points: number) => (points > 0 ? `+${points}` : String(points))
  return (
    <section aria-label={l10n.t('Shift of scores')}>
      <h3>{l10n.t('Shift of scores')}</h3>
      <BarChart
        summary={l10n.t('Items by how far their score has shifted. The figures are in the table below.')}
        labels={bars.map(({ points }) => label(points))}
        series={[{ name: l10n.t('Items'), values: bars.map(({ items }) => items) }]}
        format={formatNumber}
        isCount
      />
      <details>
        <summary>{l10n.t('Shifts in figures')}</summary>
        <DataTable
          caption={l10n.t('Shift of scores')}
          columns={[
            { heading: l10n.t('Points'), cell: (bar: (typeof bars)[number]) => label(bar.points) },
            { heading: l10n.t('Items'), cell: (bar: (typeof bars)[number]) => formatNumber(bar.items), isFigure: true },
          ]}
          rows={bars.filter(({ items }) => items > 0)}
          keyOf={({ points }) => String(points)}
        />
      </details>
    </section>
  )
}
