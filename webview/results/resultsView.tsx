import * as l10n from '@vscode/l10n'
import { useCallback, useId, useState } from 'preact/hooks'
import * as z from 'zod'
import { type ResultQuery, ResultSort } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import { ResultFormat, type RunView } from '../../protocol/runs.ts'
import { useRowPages } from '../grid/useRowPages.ts'
import { VirtualGrid } from '../grid/virtualGrid.tsx'
import { plural } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { usePersistedState } from '../state/persistedState.ts'
import { Button, Dropdown } from '../toolkit.tsx'
import { describeFormat } from './describeResult.ts'
import { FilterBar } from './filterBar.tsx'
import { filterOf, nextSort, StoredSort, useFilterDraft } from './filterDraft.ts'
import { resultColumns } from './resultColumns.tsx'
import { ResultDetail } from './resultDetail.tsx'
import { useResults } from './resultsContext.ts'
import { useHeldItem } from './useHeldItem.ts'

const StoredRow = z.object({ index: z.int().nonnegative(), isOpen: z.boolean() })
type StoredRow = z.infer<typeof StoredRow>

export interface ResultsViewProps {
  run: RunView
  version: number
  /** An item that somebody wants to see, until it is seen. */
  target: ShownItem | null
  onSeen(): void
}

/** All results of a run in a table, and the one that is looked at. */
export function ResultsView({ run, version, target, onSeen }: ResultsViewProps) {
  const { host } = useResults()
  const { runId } = run
  const [draft, setDraft, applied] = useFilterDraft(runId)
  const [sort, setSort] = usePersistedState<StoredSort>('sort', StoredSort, null)
  const [row, setRow] = usePersistedState<StoredRow>(`row ${runId}`, StoredRow, { index: 0, isOpen: false })
  const filter = filterOf(applied)
  const query = { ...(filter && { filter }), ...(sort && { sort }) }
  const key = JSON.stringify([runId, query])
  const pages = useRowPages<ResultRecord>(key, version, (offset, limit, signal) =>
    host.request('run/results', { runId, ...query, offset, limit }, signal),
  )
  const seen = useCallback((first: number, last: number) => pages.want(first, last), [pages])
  const total = pages.total ?? 0
  const active = Math.min(row.index, Math.max(0, total - 1))
  const change = (next: Partial<StoredRow>) => setRow({ index: active, isOpen: row.isOpen, ...next })
  const held = useHeldItem({
    runId,
    query,
    version,
    target,
    onSeen,
    onPlace: (index) => setRow({ index, isOpen: true }),
  })
  const [isCorrecting, setIsCorrecting] = useState(false)
  const item = held.found
  const shown = item?.result ?? (row.isOpen ? pages.row(active) : undefined)
  /** Another row is looked at: what was held is let go. */
  const look = (next: Partial<StoredRow>) => {
    held.hold(null)
    setIsCorrecting(false)
    change(next)
  }
  // It is held, since what is said of it may move it.
  const correct = (result: ResultRecord | undefined, isOpen: boolean) => {
    if (!result) return
    held.hold({ id: result.id, inputHash: result.inputHash })
    setIsCorrecting(isOpen)
  }
  const onSort = (by: string) => {
    setSort(nextSort(sort, ResultSort.shape.by.parse(by)))
    look({ index: 0 })
  }
  return (
    <>
      <FilterBar
        run={run}
        version={version}
        draft={draft}
        onChange={(next) => {
          setDraft(next)
          look({ index: 0 })
        }}
      />
      <div class="grid-line">
        <p class="count" role="status">
          {pages.total === null ? '' : describeTotal(pages.total, filter !== undefined)}
        </p>
        <ExportBar runId={runId} query={query} isEmpty={total === 0} />
      </div>
      {pages.failed ? <ReasonNotice reason={pages.failed} /> : null}
      {pages.total === null && !pages.failed ? <LoadingNote /> : null}
      {held.isGone ? <Notice look="warning">{l10n.t('The run has no such result.')}</Notice> : null}
      {total > 0 || shown ? (
        <div class={shown ? 'split split-open' : 'split'}>
          {total > 0 ? (
            <VirtualGrid
              key={key}
              label={l10n.t('Results of {0}', run.source)}
              columns={resultColumns({
                hasTexts: pages.some(({ preview }) => preview !== undefined),
                isSeveral: pages.some(({ source }) => source !== undefined),
              })}
              total={total}
              rowAt={(index) => pages.row(index)}
              onSeen={seen}
              active={active}
              onActive={(index) => look({ index })}
              onOpen={(index) => look({ index, isOpen: true })}
              onLeave={() => look({ isOpen: false })}
              onEdit={(index) => {
                change({ index, isOpen: true })
                correct(pages.row(index), true)
              }}
              sort={sort ?? undefined}
              onSort={onSort}
            />
          ) : null}
          {shown ? (
            <ResultDetail
              result={shown}
              item={item}
              isCorrecting={isCorrecting}
              onCorrect={(isOpen) => correct(shown, isOpen)}
              isLeftOut={item !== null && item.offset === null}
              onClose={() => look({ isOpen: false })}
            />
          ) : null}
        </div>
      ) : null}
    </>
  )
}

function describeTotal(total: number, isFiltered: boolean): string {
  if (total === 0) return isFiltered ? l10n.t('Nothing fits the filter.') : l10n.t('There are no results yet.')
  return isFiltered
    ? plural(total, '{0} result fits the filter.', '{0} results fit the filter.')
    : plural(total, '{0} result', '{0} results')
}

type Writing = { kind: 'idle' } | { kind: 'writing' } | { kind: 'failed'; why: string }

/** Writes what is shown, in its order, to a file that the editor asks for. */
function ExportBar({ runId, query, isEmpty }: { runId: string; query: ResultQuery; isEmpty: boolean }) {
  const { host } = useResults()
  const id = useId()
  const [format, setFormat] = usePersistedState<ResultFormat>('format', ResultFormat, 'csv')
  const [writing, setWriting] = useState<Writing>({ kind: 'idle' })
  const write = async () => {
    setWriting({ kind: 'writing' })
    const why = await host.command('exportResults', { runId, format, ...query })
    setWriting(why === null ? { kind: 'idle' } : { kind: 'failed', why })
  }
  return (
    <>
      <div class="export-bar">
        <Dropdown
          id={`${id}-format`}
          label={l10n.t('Format')}
          value={format}
          options={ResultFormat.options.map((value) => ({ value, label: describeFormat(value) }))}
          onInput={(value) => setFormat(ResultFormat.parse(value))}
        />
        <Button disabled={isEmpty || writing.kind === 'writing'} onClick={() => void write()}>
          {l10n.t('Export …')}
        </Button>
      </div>
      {writing.kind === 'writing' ? <LoadingNote>{l10n.t('Writing …')}</LoadingNote> : null}
      {writing.kind === 'failed' ? <Notice look="error">{writing.why}</Notice> : null}
    </>
  )
}
