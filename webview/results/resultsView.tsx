import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describeUnsearched } from '../../shared/describe/run.ts'
import { VirtualGrid } from '../grid/virtualGrid.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatNumber, language, plural } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { AskAboutThese } from './askAbout.tsx'
import { CorrectionBar } from './correctionBar.tsx'
import { FilterChips } from './filterChips.tsx'
import { nextSort, type RowQuery } from './filterDraft.ts'
import { ResultDetail } from './resultDetail.tsx'
import { type Chosen, useChoosing } from './useChosen.ts'
import { useGridColumns } from './useGridColumns.tsx'
import type { Layout } from './useLayout.ts'
import { type ResultRows, useResultRows } from './useResultRows.ts'

export interface ResultsViewProps {
  run: RunView
  query: RowQuery
  chosen: Chosen
  layout: Layout
  version: number
  /** Another one when what people say has changed. */
  labels: number
  /** An item that somebody wants to see, until it is seen. */
  target: ShownItem | null
  onSeen(): void
}

/** All results of a run in a table, the one that is looked at, and the keys that correct it. */
export function ResultsView({ run, query, chosen, layout, ...asked }: ResultsViewProps) {
  const rows = useResultRows({
    ...{ runId: run.runId, criteria: run.criteria ?? null, query: query.query },
    ...asked,
  })
  const { pages, total, active, quick } = rows
  const keys = `${useId()}-keys`
  return (
    <>
      <RowNotices rows={rows} isSearch={query.draft.search.trim() !== ''} />
      <div class={rows.shown ? 'split split-open' : 'split'}>
        <ResultGrid run={run} query={query} chosen={chosen} layout={layout} rows={rows} describedBy={keys} />
        <ShownResult rows={rows} />
      </div>
      <div class="grid-line">
        <ShownRows
          runId={run.runId}
          total={pages.total}
          isFiltered={query.query.filter !== undefined}
          chosen={chosen}
        />
        <FilterChips
          draft={query.draft}
          onChange={(draft) => {
            query.setDraft(draft)
            rows.look({ index: 0 })
          }}
        />
        {rows.unsearched > 0 ? (
          <p class="count" role="status">
            <Icon name="warning" /> {describeUnsearched(language, rows.unsearched)}
          </p>
        ) : null}
        {total > 0 ? (
          <CorrectionBar
            id={keys}
            quick={quick}
            row={rows.rowAt(active)}
            onChoose={(place) => quick.choose(place, active)}
          />
        ) : null}
      </div>
    </>
  )
}

interface ShownRowsProps {
  runId: string
  /** Null: not read yet. */
  total: number | null
  isFiltered: boolean
  chosen: Chosen
}

/** How many results there are, or how many of them are chosen, and what is done with them at once. */
function ShownRows({ runId, total, isFiltered, chosen }: ShownRowsProps) {
  const count = chosen.countOf(total ?? 0)
  return (
    <>
      <p class="count" role="status">
        {total === null ? '' : chosen.isEmpty ? describeTotal(total, isFiltered) : describeChosen(count, total)}
        {chosen.isFull ? ` ${l10n.t('No more can be selected one by one. Ctrl+A selects all.')}` : ''}
      </p>
      {total && (chosen.isEmpty || count > 0) ? (
        <AskAboutThese
          runId={runId}
          filter={chosen.filter}
          {...(chosen.isEmpty ? {} : { words: l10n.t('Ask about those selected') })}
        />
      ) : null}
      {chosen.isEmpty ? null : (
        <button
          type="button"
          class="link"
          onClick={() => {
            chosen.clear()
            // The button goes with what it lets go.
            document.querySelector<HTMLElement>('[role=grid]')?.focus()
          }}
        >
          {l10n.t('Clear selection')}
        </button>
      )}
    </>
  )
}

function RowNotices({ rows: { pages, isGone }, isSearch }: { rows: ResultRows; isSearch: boolean }) {
  const isReading = pages.total === null && !pages.failed
  return (
    <>
      {pages.failed ? <ReasonNotice reason={pages.failed} /> : null}
      {isReading ? <LoadingNote>{isSearch ? l10n.t('Searching …') : l10n.t('Reading …')}</LoadingNote> : null}
      {isGone ? <Notice look="warning">{l10n.t('The run has no such result.')}</Notice> : null}
    </>
  )
}

interface ResultGridProps extends Pick<ResultsViewProps, 'run' | 'query' | 'chosen' | 'layout'> {
  rows: ResultRows
  describedBy: string
}

function ResultGrid({ run, query, chosen, layout, rows, describedBy }: ResultGridProps) {
  const { key, pages, look, quick } = rows
  const { draft, sort } = query
  const choose = useChoosing(chosen, { rowAt: (index) => pages.row(index), identify: rows.identify })
  const sortBy = (next: typeof sort) => {
    query.setSort(next)
    look({ index: 0 })
  }
  const { columns, menu } = useGridColumns({
    parts: {
      tasks: run.tasks,
      criteria: run.criteria,
      isSeveral: pages.some(({ source }) => source !== undefined),
    },
    menuParts: {
      ...{ draft, sort, layout, criteria: run.criteria ?? [], categories: rows.categories ?? [], onSort: sortBy },
      onDraft(next) {
        query.setDraft(next)
        look({ index: 0 })
      },
    },
  })
  return (
    <>
      {rows.total > 0 ? (
        <VirtualGrid
          key={key}
          label={l10n.t('Results of {0}', run.source)}
          describedBy={describedBy}
          columns={columns}
          total={rows.total}
          rowAt={rows.rowAt}
          onSeen={rows.onRows}
          active={rows.active}
          onActive={(index) => look({ index })}
          onOpen={(index) => look({ index, isOpen: true })}
          onLeave={() => look({ isOpen: false })}
          onEdit={(index) => {
            look({ index, isOpen: true })
            rows.correct(pages.row(index), true)
          }}
          choosing={{
            isEmpty: chosen.isEmpty,
            isChosen: (index) => chosen.has(pages.row(index)),
            onChoose: choose,
          }}
          onKey={(event, index) => {
            if (event.key !== ' ' || !rows.isOpen) return quick.press(event, index)
            look({ isOpen: false })
            return true
          }}
          sort={sort ?? undefined}
          onSort={(by) => sortBy(nextSort(sort, by))}
          onResize={layout.resize}
        />
      ) : null}
      {menu}
    </>
  )
}

function ShownResult({ rows: { shown, item, isCorrecting, correct, look, show } }: { rows: ResultRows }) {
  if (!shown) return null
  return (
    <ResultDetail
      result={shown}
      item={item}
      isCorrecting={isCorrecting}
      onCorrect={(isOpen) => correct(shown, isOpen)}
      isLeftOut={item !== null && item.offset === null}
      onShow={show}
      onClose={() => look({ isOpen: false })}
    />
  )
}

function describeChosen(count: number, total: number): string {
  return plural(total, '{1} of {0} result selected', '{1} of {0} results selected', formatNumber(count))
}

function describeTotal(total: number, isFiltered: boolean): string {
  if (total === 0) return isFiltered ? l10n.t('Nothing matches the filter.') : l10n.t('There are no results yet.')
  return isFiltered
    ? plural(total, '{0} result matches the filter.', '{0} results match the filter.')
    : plural(total, '{0} result', '{0} results')
}
