import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ResultsPlace, ShownItem } from '../../protocol/resultsPage.ts'
import type { RunView } from '../../protocol/runs.ts'
import { Late, PanelShell } from '../frame/panelShell.tsx'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import type { Answer } from '../state/answer.ts'
import { useStateIn } from '../state/persistedState.ts'
import { type RowQuery, useRowQuery } from './filterDraft.ts'
import { ResultsContext, type ResultsFacts, useAnswer, useResults } from './resultsContext.ts'
import { ResultsView } from './resultsView.tsx'
import { RunHead } from './runHead.tsx'
import { RunNotices } from './runNotices.tsx'
import { type Chosen, useChosen } from './useChosen.ts'
import { type Layout, useLayout } from './useLayout.ts'

const views = ['results', 'review', 'figures', 'revisions'] as const
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
    actionOf: (reason: Reason) => () => void host.command('actOn', { reason }),
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

function RunPage({ runId, ...others }: RunPageProps) {
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
      return <RunShown run={run.value} shown={shown} {...others} />
  }
}

interface RunShownProps extends Omit<RunPageProps, 'runId'> {
  run: RunView
  shown: ShownRun
}

function RunShown({ run, shown, view, ...others }: RunShownProps) {
  const rows = useRowQuery(run.runId)
  const chosen = useChosen(run.runId, rows.query.filter)
  const layout = useLayout()
  const focusGrid = () => document.querySelector<HTMLElement>('[role=grid]')?.focus()
  return (
    <>
      <RunHead
        run={run}
        rows={rows}
        chosen={view === 'results' && !chosen.isEmpty ? chosen : null}
        layout={layout}
        views={<Views view={view} onView={others.onView} />}
        onLeaveSearch={view === 'revisions' ? null : focusGrid}
      />
      <RunNotices run={run} version={shown.version + shown.revisions} />
      <Shown view={view} run={run} shown={shown} rows={rows} chosen={chosen} layout={layout} {...others} />
    </>
  )
}

function Views({ view, onView }: Pick<RunPageProps, 'view' | 'onView'>) {
  const titles: Record<View, string> = {
    results: l10n.t('Items'),
    review: l10n.t('Review'),
    figures: l10n.t('Figures'),
    revisions: l10n.t('Revisions'),
  }
  return (
    <nav aria-label={l10n.t('Results')} class="run-views">
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

interface ShownProps extends RunShownProps {
  rows: RowQuery
  chosen: Chosen
  layout: Layout
}

function Shown({ view, run, shown, rows, chosen, layout, target, onSeen, onRun, onView }: ShownProps) {
  const { version, labels } = shown
  switch (view) {
    case 'results':
      return <ResultsView query={rows} {...{ run, chosen, layout, version, labels, target, onSeen }} />
    case 'review':
      return (
        <div class="run-side">
          <Late key={view} load={loadReview} run={run} version={version + labels} onClose={() => onView('results')} />
        </div>
      )
    case 'figures':
      return (
        <div class="run-side">
          <Late
            key={view}
            load={loadFigures}
            run={run}
            rows={rows}
            version={version + labels}
            onShow={() => onView('results')}
          />
        </div>
      )
    case 'revisions':
      return (
        <div class="run-side">
          <Late key={view} load={loadRevisions} run={run} version={shown.revisions} onRun={onRun} />
        </div>
      )
  }
}

/** Charts are large, and hardly anybody begins with them. */
const loadFigures = async () => (await import('./figuresView.tsx')).FiguresView
const loadReview = async () => (await import('./reviewView.tsx')).ReviewView
const loadRevisions = async () => (await import('./revisionsView.tsx')).RevisionsView

/** How often new results of a run in progress are shown. */
const restMs = 1_000

interface ShownRun {
  run: Answer<RunView>
  /** Another one when its results are others. */
  version: number
  /** Another one when what people say has changed, which is laid over results. */
  labels: number
  /** Another one when a revision was kept, added or removed. */
  revisions: number
}

/** A run as it is now, also while it goes on. */
function useRun(runId: string): ShownRun {
  const { listen } = useResults()
  const [version, setVersion] = useState(0)
  const [labels, setLabels] = useState(0)
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
      if (event.name === 'data/changed' && event.params.what.includes('labels')) setLabels((count) => count + 1)
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
  return { run: progress ? { kind: 'there', value: progress } : asked, version, labels, revisions }
}
