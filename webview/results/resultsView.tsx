import * as l10n from '@vscode/l10n'
import { useCallback } from 'preact/hooks'
import * as z from 'zod'
import { ResultSort } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import { useRowPages } from '../grid/useRowPages.ts'
import { VirtualGrid } from '../grid/virtualGrid.tsx'
import { tellNumber } from '../parts/language.ts'
import { LoadingNote } from '../parts/notice.tsx'
import { ReasonNotice } from '../parts/reasonNotice.tsx'
import { useKept } from '../state/kept.ts'
import { ExportBar } from './exportBar.tsx'
import { FilterBar } from './filterBar.tsx'
import { filterOf, KeptSort, nextSort } from './filterDraft.ts'
import { resultColumns } from './resultColumns.tsx'
import { ResultDetail } from './resultDetail.tsx'
import { useResults } from './resultsContext.ts'
import { useFilterDraft } from './useFilterDraft.ts'

const KeptRow = z.object({ index: z.int().nonnegative(), isOpen: z.boolean() })
type KeptRow = z.infer<typeof KeptRow>

/** All results of a run in a table, and the one that is looked at. */
export function ResultsView({ run, version }: { run: RunView; version: number }) {
  const { host } = useResults()
  const { runId } = run
  const [draft, keepDraft, applied] = useFilterDraft(runId)
  const [sort, keepSort] = useKept<KeptSort>('sort', KeptSort, null)
  const [row, keepRow] = useKept<KeptRow>(`row ${runId}`, KeptRow, { index: 0, isOpen: false })
  const filter = filterOf(applied)
  const query = { ...(filter && { filter }), ...(sort && { sort }) }
  const key = JSON.stringify([runId, query])
  const pages = useRowPages<ResultRecord>(key, version, (offset, limit, signal) =>
    host.request('run/results', { runId, ...query, offset, limit }, signal),
  )
  const seen = useCallback((first: number, last: number) => pages.want(first, last), [pages])
  const total = pages.total ?? 0
  const active = Math.min(row.index, Math.max(0, total - 1))
  const shown = row.isOpen ? pages.row(active) : undefined
  const change = (next: Partial<KeptRow>) => keepRow({ index: active, isOpen: row.isOpen, ...next })
  const onSort = (by: string) => {
    keepSort(nextSort(sort, ResultSort.shape.by.parse(by)))
    change({ index: 0 })
  }
  return (
    <>
      <FilterBar
        run={run}
        version={version}
        draft={draft}
        onChange={(next) => {
          keepDraft(next)
          change({ index: 0 })
        }}
      />
      <div class="grid-line">
        <p class="count" role="status">
          {pages.total === null ? '' : tellTotal(pages.total, filter !== undefined)}
        </p>
        <ExportBar runId={runId} query={query} isEmpty={total === 0} />
      </div>
      {pages.failed ? <ReasonNotice reason={pages.failed} /> : null}
      {pages.total === null && !pages.failed ? <LoadingNote /> : null}
      {total > 0 ? (
        <div class={shown ? 'split split-open' : 'split'}>
          <VirtualGrid
            key={key}
            label={l10n.t('Results of {0}', run.source)}
            columns={resultColumns()}
            total={total}
            rowAt={pages.row}
            onSeen={seen}
            active={active}
            onActive={(index) => change({ index })}
            onOpen={(index) => change({ index, isOpen: true })}
            onLeave={() => change({ isOpen: false })}
            sort={sort ?? undefined}
            onSort={onSort}
          />
          {shown ? <ResultDetail result={shown} onClose={() => change({ isOpen: false })} /> : null}
        </div>
      ) : null}
    </>
  )
}

function tellTotal(total: number, isFiltered: boolean): string {
  if (total === 0) return isFiltered ? l10n.t('Nothing fits the filter.') : l10n.t('There are no results yet.')
  if (total === 1) return isFiltered ? l10n.t('1 result fits the filter.') : l10n.t('1 result')
  return isFiltered
    ? l10n.t('{0} results fit the filter.', tellNumber(total))
    : l10n.t('{0} results', tellNumber(total))
}
