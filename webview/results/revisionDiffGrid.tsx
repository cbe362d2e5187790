import * as l10n from '@vscode/l10n'
import { useCallback, useState } from 'preact/hooks'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RevisionDiffRow } from '../../protocol/revisions.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import type { GridColumn } from '../grid/gridColumn.ts'
import { useRowPages } from '../grid/useRowPages.ts'
import { VirtualGrid } from '../grid/virtualGrid.tsx'
import { formatNumber, plural } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { describeStatus, formatCategories, formatScore } from './describeResult.ts'
import { type DiffDraft, DiffFilterBar, describeChange, revisionFilterOf } from './diffFilterBar.tsx'
import { ItemCell } from './resultColumns.tsx'
import { useAnswer, useResults } from './resultsContext.ts'

export interface RevisionDiffGridProps {
  from: string
  to: string
  version: number
  draft: DiffDraft
  onDraft(draft: DiffDraft): void
}

/** Items that are not in the two as they were, a page at a time. */
export function RevisionDiffGrid({ from, to, version, draft, onDraft }: RevisionDiffGridProps) {
  const { host } = useResults()
  const [active, setActive] = useState(0)
  const [isOpen, setIsOpen] = useState(false)
  const counts = useAnswer('revision/diff', { from, to, limit: 1 }, version)
  const wanted = draft.search.trim()
  const query = { from, to, ...revisionFilterOf(draft), ...(wanted && { filter: { search: wanted } }) }
  const key = JSON.stringify(query)
  const pages = useRowPages<RevisionDiffRow>(key, version, (offset, limit, signal) =>
    host.request('revision/diff', { ...query, offset, limit }, signal),
  )
  const seen = useCallback((first: number, last: number) => pages.want(first, last), [pages])
  const total = pages.total ?? 0
  const row = isOpen ? pages.row(active) : undefined
  if (counts.kind === 'failed') return <ReasonNotice reason={counts.reason} />
  return (
    <section aria-label={l10n.t('Changes')}>
      {counts.kind === 'reading' ? (
        <LoadingNote />
      ) : (
        <DiffFilterBar
          from={from}
          to={to}
          version={version}
          draft={draft}
          diff={counts.value}
          onDraft={(next) => {
            onDraft(next)
            setActive(0)
          }}
        />
      )}
      <p class="count" role="status">
        {pages.total === null ? '' : describeTotal(pages.total)}
      </p>
      {pages.failed ? <ReasonNotice reason={pages.failed} /> : null}
      {total > 0 ? (
        <VirtualGrid
          key={key}
          label={l10n.t('Changed items')}
          columns={diffColumns()}
          total={total}
          rowAt={(index) => pages.row(index)}
          onSeen={seen}
          active={Math.min(active, total - 1)}
          onActive={setActive}
          onOpen={(index) => {
            setActive(index)
            setIsOpen(true)
          }}
          onLeave={() => setIsOpen(false)}
        />
      ) : null}
      {row ? <BothSides row={row} onClose={() => setIsOpen(false)} /> : null}
    </section>
  )
}

function describeTotal(total: number): string {
  if (total === 0) return l10n.t('No item has changed in this way.')
  return plural(total, '{0} changed item', '{0} changed items')
}

const none = '–'
const categoriesOf = (side: ResultRecord | null) => (side ? formatCategories(correctedResult(side).categories) : none)
const scoreOf = (side: ResultRecord | null) => (side ? formatScore(correctedResult(side).score) : none)

function diffColumns(): GridColumn<RevisionDiffRow>[] {
  return [
    {
      id: 'id',
      heading: l10n.t('Item'),
      width: 'minmax(180px, 2fr)',
      cell: ({ id, before, after }) => <ItemCell id={id} preview={(after ?? before)?.preview} />,
    },
    {
      id: 'change',
      heading: l10n.t('What changed'),
      width: 'minmax(130px, 1fr)',
      cell: ({ changes }) => changes.map(describeChange).join(', '),
    },
    {
      id: 'before',
      heading: l10n.t('Categories before'),
      width: 'minmax(130px, 1.2fr)',
      cell: ({ before }) => categoriesOf(before),
    },
    {
      id: 'after',
      heading: l10n.t('Categories after'),
      width: 'minmax(130px, 1.2fr)',
      cell: ({ after }) => categoriesOf(after),
    },
    {
      id: 'score',
      heading: l10n.t('Score'),
      width: '120px',
      isFigure: true,
      cell: ({ before, after }) => `${scoreOf(before)} → ${scoreOf(after)}`,
    },
    { id: 'shift', heading: l10n.t('Shift'), width: '76px', isFigure: true, cell: formatShift },
  ]
}

function formatShift({ before, after }: RevisionDiffRow): string {
  const [from, to] = [before && correctedResult(before).score, after && correctedResult(after).score]
  if (from === null || to === null) return none
  return `${to > from ? '+' : ''}${formatNumber(to - from, { least: 1, most: 1 })}`
}

function BothSides({ row, onClose }: { row: RevisionDiffRow; onClose(): void }) {
  return (
    <section class="detail" aria-label={l10n.t('The item {0}', row.id)}>
      <div class="detail-head">
        <h3>{row.id}</h3>
        <Button onClick={onClose}>{l10n.t('Close')}</Button>
      </div>
      <div class="sides">
        <Side title={l10n.t('Before')} side={row.before} />
        <Side title={l10n.t('After')} side={row.after} />
      </div>
    </section>
  )
}

function Side({ title, side }: { title: string; side: ResultRecord | null }) {
  return (
    <div>
      <h4>{title}</h4>
      {side === null ? (
        <p>{l10n.t('It was not there.')}</p>
      ) : (
        <>
          <p>{l10n.t('{0}: {1}; score {2}', describeStatus(side.status), categoriesOf(side), scoreOf(side))}</p>
          <p class="reasoning">{side.error?.message ?? side.reasoning ?? l10n.t('No reasoning was given.')}</p>
        </>
      )}
    </div>
  )
}
