import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import type { ResultsPlace, ShownItem } from '../../protocol/resultsPage.ts'
import type { RunView } from '../../protocol/runs.ts'
import { Late, PanelShell } from '../frame/panelShell.tsx'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import type { Answer } from '../state/answer.ts'
import { useStateIn } from '../state/persistedState.ts'
import { ResultsContext, type ResultsFacts, useAnswer, useResults } from './resultsContext.ts'
import { ResultsView } from './resultsView.tsx'
import { LostNotice, RunHead } from './runHead.tsx'

const views = ['results', 'figures', 'revisions'] as const
const View = z.enum(views)
type View = z.infer<typeof View>

const StoredRun = RunId.nullable()

interface Target {
  runId: string
  item: ShownItem
}

export interface ResultsFrameProps {
  context: ResultsFacts
  place: ResultsPlace | null
  announcement: string
}

/** The results of one run: what it was, and three sides of it. */
export function ResultsFrame({ context, place, announcement }: ResultsFrameProps) {
  const { storage, server, now, announce, host } = context
  const [runId, setRunId] = useStateIn<string | null>(storage, 'run', StoredRun, null)
  const [view, setView] = useStateIn<View>(storage, 'view', View, 'results')
  const [target, setTarget] = useState<Target | null>(null)
  useLayoutEffect(() => {
    if (!place) return
    setTarget(place.item ? { runId: place.runId, item: place.item } : null)
    setRunId(place.runId)
    if (place.view) setView(place.view)
    if (place.item) setView('results')
  }, [place])
  const facts = {
    storage,
    server,
    now,
    announce,
    restartServer: () => void host.command('restartServer', {}),
    showLog: () => void host.command('showLog', {}),
    actionOf: ({ action }: { action: { id: string } }) =>
      action.id === 'showLog' ? () => void host.command('showLog', {}) : null,
  }
  return (
    <ResultsContext.Provider value={context}>
      <PanelShell facts={facts} skip={l10n.t('Skip to the results')} announcement={announcement}>
        {runId === null ? (
          <p>{l10n.t('No run is shown. The view "Runs" opens one.')}</p>
        ) : (
          <RunPage
            key={runId}
            runId={runId}
            view={view}
            target={target?.runId === runId ? target.item : null}
            onSeen={() => setTarget(null)}
            onView={setView}
            onRun={setRunId}
          />
        )}
      </PanelShell>
    </ResultsContext.Provider>
  )
}

interface RunPageProps {
  runId: string
  view: View
  /** An item that somebody wants to see, until it is seen. */
  target: ShownItem | null
  onSeen(): void
  onView(view: View): void
  onRun(runId: string): void
}

function RunPage({ runId, view, target, onSeen, onView, onRun }: RunPageProps) {
  const shown = useRun(runId)
  const { run } = shown
  switch (run.kind) {
    case 'reading':
      return <LoadingNote />
    case 'failed':
      return (
        <>
          <h1>{l10n.t('Results')}</h1>
          <ReasonNotice reason={run.reason} />
        </>
      )
    case 'there':
      return (
        <>
          <RunHead run={run.value} />
          <LostNotice run={run.value} version={shown.version + shown.revisions} />
          <Views view={view} onView={onView} />
          <Shown
            view={view}
            run={run.value}
            shown={shown}
            target={target}
            onSeen={onSeen}
            onRun={onRun}
            onView={onView}
          />
        </>
      )
  }
}

function Views({ view, onView }: Pick<RunPageProps, 'view' | 'onView'>) {
  const titles: Record<View, string> = {
    results: l10n.t('Items'),
    figures: l10n.t('Figures'),
    revisions: l10n.t('Revisions'),
  }
  return (
    <nav aria-label={l10n.t('Results')} class="pages">
      {views.map((each) => (
        <button
          key={each}
          type="button"
          class="page-link"
          aria-current={each === view ? 'page' : undefined}
          onClick={() => onView(each)}
        >
          {titles[each]}
        </button>
      ))}
    </nav>
  )
}

interface ShownProps extends Omit<RunPageProps, 'runId'> {
  run: RunView
  shown: ShownRun
}

function Shown({ view, run, shown, target, onSeen, onRun, onView }: ShownProps) {
  switch (view) {
    case 'results':
      return <ResultsView run={run} version={shown.version} target={target} onSeen={onSeen} />
    case 'figures':
      return <Late load={loadFigures} run={run} version={shown.version} onShow={() => onView('results')} />
    case 'revisions':
      return <Late load={loadRevisions} run={run} version={shown.revisions} onRun={onRun} />
  }
}

/** Charts are large, and hardly anybody begins with them. */
const loadFigures = async () => (await import('./figuresView.tsx')).FiguresView
const loadRevisions = async () => (await import('./revisionsView.tsx')).RevisionsView

/** How often new results of a run in progress are shown. */
const restMs = 1_000

interface ShownRun {
  run: Answer<RunView>
  /** Another one when its results are others. */
  version: number
  /** Another one when a revision was kept, added or removed. */
  revisions: number
}

/** A run as it is now, also while it goes on. */
function useRun(runId: string): ShownRun {
  const { listen } = useResults()
  const [version, setVersion] = useState(0)
  const [revisions, setRevisions] = useState(0)
  const [progress, setProgress] = useState<RunView | null>(null)
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null)
  const asked = useAnswer('run/get', { runId }, revisions)
  useEffect(() => {
    setProgress(null)
    const leave = listen((event) => {
      if (event.name === 'data/changed' && event.params.what.includes('runs')) {
        setRevisions((count) => count + 1)
      }
      // What people say is laid over results.
      if (event.name === 'data/changed' && event.params.what.includes('labels')) setVersion((count) => count + 1)
      if (event.name !== 'run/progress' || event.params.runId !== runId) return
      setProgress(event.params)
      waiting.current ??= setTimeout(() => {
        waiting.current = null
        setVersion((count) => count + 1)
      }, restMs)
    })
    return () => {
      leave()
      if (waiting.current !== null) clearTimeout(waiting.current)
      waiting.current = null
    }
  }, [runId, listen])
  // What was asked for last goes before what was progress while it was on its way.
  useEffect(() => setProgress(null), [asked])
  return { run: progress ? { kind: 'there', value: progress } : asked, version, revisions }
}
