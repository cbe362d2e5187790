import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { RunView } from '../../protocol/runs.ts'
import { tellAge } from '../parts/age.ts'
import { ConfirmDialog } from '../parts/confirmDialog.tsx'
import { DataTable } from '../parts/dataTable.tsx'
import { Icon } from '../parts/icon.tsx'
import { tellCost } from '../parts/language.ts'
import { LoadingNote } from '../parts/notice.tsx'
import { ReasonNotice } from '../parts/reasonNotice.tsx'
import { useKept } from '../state/kept.ts'
import { Button, Dropdown } from '../toolkit.tsx'
import { Comparison } from './comparison.tsx'
import { useAnswer, useResults } from './resultsContext.ts'
import { tellCounts, tellRunState } from './resultWords.ts'
import { RevisionDiffGrid } from './revisionDiffGrid.tsx'

type Question = { kind: 'keep'; revision: Revision } | { kind: 'undo' }

const KeptPair = z.object({ from: RunId.nullable(), to: RunId.nullable() })
type KeptPair = z.infer<typeof KeptPair>

/** The runs over the same source: which one counts, and how two of them differ. */
export function RevisionsView({ run, version, onRun }: { run: RunView; version: number; onRun(runId: string): void }) {
  const list = useAnswer('revision/list', { runId: run.runId }, version)
  const [question, setQuestion] = useState<Question | null>(null)
  const [failed, setFailed] = useState<Reason | null>(null)
  const { host, announce } = useResults()
  if (list.kind === 'reading') return <LoadingNote />
  if (list.kind === 'failed') return <ReasonNotice reason={list.reason} />
  const revisions = list.value.rows
  if (revisions.length === 0) return <p>{l10n.t('A text that has no file has no revisions.')}</p>

  async function answer(asked: Question): Promise<void> {
    setQuestion(null)
    const kept =
      asked.kind === 'keep'
        ? await host.request('revision/keep', { runId: asked.revision.run.runId })
        : await host.request('revision/undo', { runId: run.runId })
    setFailed(kept.ok ? null : kept.reason)
    if (kept.ok) announce(l10n.t('Revision {0} is the kept one now.', kept.value.number))
  }

  return (
    <>
      {failed ? <ReasonNotice reason={failed} /> : null}
      <RevisionTable
        revisions={revisions}
        shownRun={run.runId}
        onShow={onRun}
        onKeep={(revision) => setQuestion({ kind: 'keep', revision })}
        onRemove={({ run: { runId } }) => void host.command('removeRun', { runId })}
      />
      <div class="actions">
        <Button disabled={revisions.length < 2} onClick={() => setQuestion({ kind: 'undo' })}>
          {l10n.t('Undo: keep the one before again')}
        </Button>
      </div>
      {revisions.length > 1 ? <Pair run={run} revisions={revisions} version={version} /> : null}
      {question ? (
        <KeepDialog question={question} onYes={() => void answer(question)} onNo={() => setQuestion(null)} />
      ) : null}
    </>
  )
}

function KeepDialog({ question, onYes, onNo }: { question: Question; onYes(): void; onNo(): void }) {
  const asked =
    question.kind === 'keep'
      ? l10n.t('Keep revision {0}?', question.revision.number)
      : l10n.t('Keep the revision before again?')
  return (
    <ConfirmDialog
      question={asked}
      confirm={question.kind === 'keep' ? l10n.t('Keep this one') : l10n.t('Undo')}
      onConfirm={onYes}
      onCancel={onNo}
    >
      <p>
        {l10n.t(
          'Its results count from then on, and the results file is written again from it. The others stay as they are.',
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
    { heading: l10n.t('When'), cell: ({ run }: Revision) => tellAge(run.startedAt, now) },
    { heading: l10n.t('State'), cell: ({ run }: Revision) => tellRunState(run) },
    { heading: l10n.t('Items'), cell: ({ run }: Revision) => tellCounts(run.counts) },
    {
      heading: l10n.t('Model'),
      cell: ({ run }: Revision) =>
        [...new Set(run.routes.map(({ provider, model }) => `${provider}, ${model}`))].join('; '),
    },
    {
      heading: l10n.t('Cost'),
      cell: ({ run }: Revision) => (run.spent.calls === 0 ? '–' : tellCost(run.spent)),
      isFigure: true,
    },
    {
      heading: l10n.t('Actions'),
      cell: (revision: Revision) => (
        <span class="row-actions">
          {revision.run.runId === shownRun ? (
            l10n.t('shown')
          ) : (
            <Button label={l10n.t('Show revision {0}', revision.number)} onClick={() => onShow(revision.run.runId)}>
              {l10n.t('Show')}
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

/** Which two are looked at: without a choice, what is shown beside what counts, or beside the one before. */
function Pair({ run, revisions, version }: { run: RunView; revisions: readonly Revision[]; version: number }) {
  const [kept, keepPair] = useKept<KeptPair>(`pair ${run.runId}`, KeptPair, { from: null, to: null })
  const ids = revisions.map(({ run: { runId } }) => runId)
  const known = (id: string | null) => (id !== null && ids.includes(id) ? id : null)
  const to = known(kept.to) ?? run.runId
  const from = known(kept.from) ?? otherThan(to, revisions)
  const options = revisions.map(({ number, isKept, run: { runId } }) => ({
    value: runId,
    label: isKept ? l10n.t('Revision {0}, kept', number) : l10n.t('Revision {0}', number),
  }))
  const dropdown = (name: 'from' | 'to', label: string, value: string) => (
    <Dropdown
      id={`pair-${name}`}
      label={label}
      value={value}
      options={options}
      onInput={(chosen) => keepPair({ from, to, [name]: chosen })}
    />
  )
  return (
    <>
      <h2>{l10n.t('Compare two')}</h2>
      <div class="toolbar">
        {dropdown('from', l10n.t('From'), from)}
        {dropdown('to', l10n.t('To'), to)}
      </div>
      {from === to ? (
        <p>{l10n.t('Choose two different revisions.')}</p>
      ) : (
        <>
          <RevisionDiffGrid key={`diff ${from} ${to}`} from={from} to={to} version={version} />
          <Comparison key={`table ${from} ${to}`} from={from} to={to} version={version} />
        </>
      )}
    </>
  )
}

function otherThan(to: string, revisions: readonly Revision[]): string {
  const others = revisions.filter(({ run }) => run.runId !== to)
  const place = revisions.findIndex(({ run }) => run.runId === to)
  const found = others.find(({ isKept }) => isKept) ?? revisions[place + 1] ?? others[0]
  return found?.run.runId ?? to
}
