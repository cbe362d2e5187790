import * as l10n from '@vscode/l10n'
import { useRef, useState } from 'preact/hooks'
import type { Reason } from '../../protocol/reasons.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { RunView } from '../../protocol/runs.ts'
import { ConfirmDialog } from '../parts/confirmDialog.tsx'
import { DataTable } from '../parts/dataTable.tsx'
import { SearchField } from '../parts/filterFields.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatAge, formatCost, formatInstant } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import type { Answer } from '../state/answer.ts'
import { Button } from '../toolkit.tsx'
import { runCountsText, runStateText } from './describeResult.ts'
import { useAnswer, useResults } from './resultsContext.ts'
import { RevisionPair } from './revisionPair.tsx'

/** So many a page; the others are older, or found by words. */
const pageRows = 50

type Question = { kind: 'keep'; revision: Revision } | { kind: 'undo' }

/** The runs over the same source: which one counts, and how two of them differ. */
export function RevisionsView({ run, version, onRun }: { run: RunView; version: number; onRun(runId: string): void }) {
  const [search, setSearch] = useState('')
  /** Where the pages before this one begin; the last one is where this one does. Empty: it is the first. */
  const [cursors, setCursors] = useState<string[]>([])
  const words = search.trim()
  const asked = { runId: run.runId, ...(words && { search: words }), cursor: cursors.at(-1) ?? null, limit: pageRows }
  const list = useAnswer('revision/list', asked, version)
  const shown = useLastAnswer(list)
  const [question, setQuestion] = useState<Question | null>(null)
  const [failed, setFailed] = useState<Reason | null>(null)
  const { host, announce } = useResults()
  if (list.kind === 'failed') return <ReasonNotice reason={list.reason} />
  if (shown === null) return <LoadingNote />
  const revisions = shown.rows
  const isOnlyOne = revisions.length < 2 && words === '' && cursors.length === 0
  if (revisions.length === 0 && words === '' && cursors.length === 0)
    return <p>{l10n.t('Text without a file has no revisions.')}</p>

  async function answer(asked: Question): Promise<void> {
    setQuestion(null)
    const kept =
      asked.kind === 'keep'
        ? await host.request('revision/keep', { runId: asked.revision.run.runId })
        : await host.request('revision/undo', { runId: run.runId })
    setFailed(kept.ok ? null : kept.reason)
    if (kept.ok) announce(l10n.t('Revision {0} is now kept.', kept.value.number))
  }

  return (
    <>
      {failed ? <ReasonNotice reason={failed} /> : null}
      <RevisionSearch
        search={search}
        onSearch={(next) => {
          setSearch(next)
          setCursors([])
        }}
      />
      {revisions.length === 0 ? <p role="status">{l10n.t('No revision matches.')}</p> : null}
      <RevisionTable
        revisions={revisions}
        shownRun={run.runId}
        onShow={onRun}
        onKeep={(revision) => setQuestion({ kind: 'keep', revision })}
        onRemove={({ run: { runId } }) => void host.command('removeRun', { runId })}
      />
      <Pages
        hasNewer={cursors.length > 0}
        hasOlder={shown.next !== null}
        onNewer={() => setCursors(cursors.slice(0, -1))}
        onOlder={() => setCursors(shown.next === null ? cursors : [...cursors, shown.next])}
      />
      <div class="actions">
        <Button disabled={isOnlyOne} onClick={() => setQuestion({ kind: 'undo' })}>
          {l10n.t('Undo: go back to the previous one')}
        </Button>
      </div>
      <RevisionPair run={run} revisions={revisions} version={version} />
      {question ? (
        <KeepDialog question={question} onYes={() => void answer(question)} onNo={() => setQuestion(null)} />
      ) : null}
    </>
  )
}

function RevisionSearch({ search, onSearch }: { search: string; onSearch(search: string): void }) {
  return (
    <search class="filter" aria-label={l10n.t('Filter of the revisions')}>
      <SearchField
        label={l10n.t('Find a revision')}
        value={search}
        mostCharacters={200}
        placeholder={l10n.t('Number, day such as 2026-11-21, or model')}
        onInput={onSearch}
      />
    </search>
  )
}

interface PagesProps {
  hasNewer: boolean
  hasOlder: boolean
  onNewer(): void
  onOlder(): void
}

function Pages({ hasNewer, hasOlder, onNewer, onOlder }: PagesProps) {
  if (!hasNewer && !hasOlder) return null
  return (
    <div class="actions">
      <Button disabled={!hasNewer} onClick={onNewer}>
        {l10n.t('Newer revisions')}
      </Button>
      <Button disabled={!hasOlder} onClick={onOlder}>
        {l10n.t('Older revisions')}
      </Button>
    </div>
  )
}

/** What is shown stays until another page is there. */
function useLastAnswer<Value>(answer: Answer<Value>): Value | null {
  const last = useRef<Value | null>(null)
  if (answer.kind === 'there') last.current = answer.value
  return last.current
}

function KeepDialog({ question, onYes, onNo }: { question: Question; onYes(): void; onNo(): void }) {
  const asked =
    question.kind === 'keep'
      ? l10n.t('Keep revision {0}?', question.revision.number)
      : l10n.t('Go back to the revision kept before?')
  return (
    <ConfirmDialog
      question={asked}
      confirm={question.kind === 'keep' ? l10n.t('Keep this one') : l10n.t('Undo')}
      onConfirm={onYes}
      onCancel={onNo}
    >
      <p>
        {l10n.t(
          'Its results count from now on, and the results file is rewritten from it. The other revisions stay as they are.',
        )}
      </p>
    </ConfirmDialog>
  )
}

interface RevisionTableProps {
  revisions: readonly Revision[]
  shownRun: string
  onShow(runId: string): void
  onKeep(revision: Revision): void
  onRemove(revision: Revision): void
}

function RevisionTable({ revisions, shownRun, onShow, onKeep, onRemove }: RevisionTableProps) {
  const { now } = useResults()
  const columns = [
    { heading: l10n.t('Revision'), cell: ({ number }: Revision) => String(number) },
    {
      heading: l10n.t('Kept'),
      cell: ({ isKept }: Revision) =>
        isKept ? (
          <span class="state">
            <Icon name="pass" /> {l10n.t('kept')}
          </span>
        ) : (
          l10n.t('no')
        ),
    },
    {
      heading: l10n.t('When'),
      cell: ({ run }: Revision) => <span title={formatAge(run.startedAt, now)}>{formatInstant(run.startedAt)}</span>,
    },
    { heading: l10n.t('State'), cell: ({ run }: Revision) => runStateText(run) },
    { heading: l10n.t('Items'), cell: ({ run }: Revision) => runCountsText(run) },
    {
      heading: l10n.t('Model'),
      cell: ({ run }: Revision) =>
        [...new Set(run.routes.map(({ provider, model }) => `${provider}, ${model}`))].join('; '),
    },
    {
      heading: l10n.t('Cost'),
      cell: ({ run }: Revision) => (run.spent.calls === 0 ? '–' : formatCost(run.spent)),
      isFigure: true,
    },
    {
      heading: l10n.t('Actions'),
      cell: (revision: Revision) => (
        <span class="row-actions">
          {revision.run.runId === shownRun ? (
            l10n.t('shown')
          ) : (
            <Button label={l10n.t('Show it: revision {0}', revision.number)} onClick={() => onShow(revision.run.runId)}>
              {l10n.t('Show it')}
            </Button>
          )}
          {revision.isKept || revision.run.state === 'running' ? null : (
            <Button label={l10n.t('Keep this one: revision {0}', revision.number)} onClick={() => onKeep(revision)}>
              {l10n.t('Keep this one')}
            </Button>
          )}
          {revision.run.state === 'running' ? null : (
            <Button label={l10n.t('Remove … revision {0}', revision.number)} onClick={() => onRemove(revision)}>
              {l10n.t('Remove …')}
            </Button>
          )}
        </span>
      ),
    },
  ]
  return (
    <DataTable
      caption={l10n.t('Revisions of these results')}
      columns={columns}
      rows={revisions}
      keyOf={({ run }) => run.runId}
    />
  )
}
