import * as l10n from '@vscode/l10n'
import { useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { RunView } from '../../protocol/runs.ts'
import { formatInstant } from '../parts/language.ts'
import { usePersistedState } from '../state/persistedState.ts'
import { Dropdown } from '../toolkit.tsx'
import { Comparison } from './comparison.tsx'
import { type DiffDraft, noDiffFilter, revisionFilterOf } from './diffFilterBar.tsx'
import { useAnswer } from './resultsContext.ts'
import { RevisionDiffGrid } from './revisionDiffGrid.tsx'

const StoredPair = z.object({ from: RunId.nullable(), to: RunId.nullable() })
type StoredPair = z.infer<typeof StoredPair>

interface RevisionPairProps {
  run: RunView
  /** Those that are listed now; what was chosen stays chosen when others are. */
  revisions: readonly Revision[]
  version: number
}

/** Which two are looked at: without a choice, what is shown beside what counts, or beside the one before. */
export function RevisionPair({ run, revisions, version }: RevisionPairProps) {
  const [pair, setPair] = usePersistedState<StoredPair>(`pair ${run.runId}`, StoredPair, { from: null, to: null })
  /** What was proposed first stays, whatever is listed afterwards. */
  const proposed = useRef<string | null>(null)
  const chosenFrom = useRevision(pair.from ?? proposed.current, revisions, version)
  const chosenTo = useRevision(pair.to ?? run.runId, revisions, version)
  const to = chosenTo?.run.runId ?? run.runId
  const from = chosenFrom?.run.runId ?? otherThan(to, revisions)
  if (from !== to) proposed.current ??= from
  const listed = new Map(
    [...revisions, chosenFrom, chosenTo].flatMap((each) => (each ? [[each.run.runId, each] as const] : [])),
  )
  const options = [...listed.values()]
    .sort((one, other) => other.number - one.number)
    .map((revision) => ({ value: revision.run.runId, label: describeRevision(revision) }))
  if (options.length < 2) return null
  const dropdown = (name: 'from' | 'to', label: string, value: string) => (
    <Dropdown
      id={`pair-${name}`}
      label={label}
      value={value}
      options={options}
      onInput={(chosen) => setPair({ from, to, [name]: chosen })}
    />
  )
  return (
    <>
      <h2>{l10n.t('Compare two')}</h2>
      <p class="facts">{l10n.t('To choose an older revision, list it above first.')}</p>
      <div class="toolbar">
        {dropdown('from', l10n.t('From'), from)}
        {dropdown('to', l10n.t('To'), to)}
      </div>
      {from === to ? (
        <p>{l10n.t('Choose two different revisions.')}</p>
      ) : (
        <Compared key={`${from} ${to}`} from={from} to={to} version={version} />
      )}
    </>
  )
}

/** What changed and how much of it: one filter for both. */
function Compared({ from, to, version }: { from: string; to: string; version: number }) {
  const [draft, setDraft] = useState<DiffDraft>(noDiffFilter)
  return (
    <>
      <RevisionDiffGrid from={from} to={to} version={version} draft={draft} onDraft={setDraft} />
      <Comparison
        from={from}
        to={to}
        version={version}
        filter={revisionFilterOf(draft)}
        onCell={(before, after) =>
          setDraft({ ...noDiffFilter, fromCategories: [before ?? ''], toCategories: [after ?? ''] })
        }
      />
    </>
  )
}

/** One that is not on the page that is listed is asked for. Null: none is chosen, or it is gone. */
function useRevision(runId: string | null, revisions: readonly Revision[], version: number): Revision | null {
  const listed = revisions.find(({ run }) => run.runId === runId)
  const answer = useAnswer('run/get', runId === null || listed ? null : { runId }, version)
  if (listed) return listed
  if (runId === null || answer.kind !== 'there' || answer.value.revision === null) return null
  const { number, isKept } = answer.value.revision
  return { number, isKept, run: answer.value }
}

/** "Revision 12, kept: 21 Nov 2026, 09:30, gpt-5" */
function describeRevision({ number, isKept, run }: Revision): string {
  const models = [...new Set(run.routes.map(({ model }) => model))].join(', ')
  const when = formatInstant(run.startedAt)
  return isKept
    ? l10n.t('Revision {0}, kept: {1}, {2}', number, when, models)
    : l10n.t('Revision {0}: {1}, {2}', number, when, models)
}

function otherThan(to: string, revisions: readonly Revision[]): string {
  const others = revisions.filter(({ run }) => run.runId !== to)
  const place = revisions.findIndex(({ run }) => run.runId === to)
  const found = others.find(({ isKept }) => isKept) ?? revisions[place + 1] ?? others[0]
  return found?.run.runId ?? to
}
