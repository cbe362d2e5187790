import * as l10n from '@vscode/l10n'
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import type { ResultsPlace, ShownItem } from '../../protocol/resultsPage.ts'
import type { RunView } from '../../protocol/runs.ts'
import { Announcement } from '../frame/announcement.tsx'
import { ServerNotice } from '../frame/serverNotice.tsx'
import { LoadingNote } from '../parts/notice.tsx'
import { ReasonNotice } from '../parts/reasonNotice.tsx'
import { PanelContext } from '../state/panelContext.ts'
import { useStateIn } from '../state/persistedState.ts'
import { ResultsContext, type ResultsFacts } from './resultsContext.ts'
import { ResultsView } from './resultsView.tsx'
import { RunHead } from './runHead.tsx'
import { type ShownRun, useRun } from './useRun.ts'

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
  const [runId, keepRunId] = useStateIn<string | null>(storage, 'run', StoredRun, null)
  const [view, keepView] = useStateIn<View>(storage, 'view', View, 'results')
  const [target, setTarget] = useState<Target | null>(null)
  useLayoutEffect(() => {
    if (!place) return
    setTarget(place.item ? { runId: place.runId, item: place.item } : null)
    keepRunId(place.runId)
    if (place.view) keepView(place.view)
    if (place.item) keepView('results')
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
      <PanelContext.Provider value={facts}>
        <a class="skip" href="#page">
          {l10n.t('Skip to the results')}
        </a>
        <main id="page" tabIndex={-1}>
          <ServerNotice />
          {runId === null ? (
            <p>{l10n.t('No run is shown. The view "Runs" opens one.')}</p>
          ) : (
            <RunPage
              key={runId}
              runId={runId}
              view={view}
              target={target?.runId === runId ? target.item : null}
              onSeen={() => setTarget(null)}
              onView={keepView}
              onRun={keepRunId}
            />
          )}
        </main>
        <Announcement sentence={announcement} />
      </PanelContext.Provider>
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

/** A part that is a file of its own, read when it is first shown. */
function Late<Props extends object>({ load, ...props }: Props & { load(): Promise<ComponentType<Props>> }) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null)
  useEffect(() => {
    let isCurrent = true
    void load().then((loaded) => {
      if (isCurrent) setPart(() => loaded)
    })
    return () => {
      isCurrent = false
    }
  }, [load])
  return Part ? <Part {...(props as unknown as Props)} /> : <LoadingNote />
}
