import { l10n, ThemeColor, ThemeIcon, TreeItem, type ViewBadge } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { createThrottle, type Later } from '../connection/throttle.ts'
import { rowName, runName } from '../describe/describeRun.ts'
import { drawFacts } from '../describe/facts.ts'
import { plural } from '../describe/language.ts'
import type { ContextKeys } from './contextKeys.ts'
import type { HiddenRuns } from './hiddenRuns.ts'
import { describeRun, type RunNode, runContext, runFacts, runIcon, spokenRun } from './runNodes.ts'
import { createTree, type Tree, type ViewParts } from './tree.ts'

/** A run reports progress up to ten times a second. */
const drawEveryMs = 300

export interface RunsView extends Tree<RunNode> {
  /** How often a single row was drawn anew. */
  readonly rowChanges: number
}

/** The tree "Runs", newest first. While a run goes on only its own row is drawn anew, and not more often than eyes follow. */
export function createRunsView(
  parts: ViewParts & { hidden: HiddenRuns; contextKeys: Pick<ContextKeys, 'set'>; later: Later },
): RunsView {
  const { snapshots, hidden, contextKeys } = parts
  const store = createDisposableStore()
  // The editor knows a row by its object.
  const known = new Map<string, RunNode>()
  let rowChanges = 0

  const listed = (snapshot: Snapshot | null) => snapshot?.runs.filter(({ runId }) => !hidden.has(runId)) ?? []
  const nodeOf = (runId: string): RunNode => {
    const node = known.get(runId) ?? { type: 'run', runId }
    known.set(runId, node)
    return node
  }
  const view = store.add(
    createTree<RunNode>(parts, {
      id: 'llmProviders.runs',
      shows: ['runs'],
      childrenOf: (snapshot, node) => (node ? [] : listed(snapshot).map(({ runId }) => nodeOf(runId))),
      draw: (snapshot, node, now) => drawRun(findRun(snapshot, node.runId), node, now),
      onChange(next, before) {
        summarize(next)
        const [rows, earlier] = [listed(next), listed(before)]
        if (rows.length !== earlier.length || rows.some(({ runId }, at) => runId !== earlier[at]?.runId)) return false
        for (const [at, run] of rows.entries()) if (run !== earlier[at]) rowsChanged.ask(run.runId)
        return true
      },
    }),
  )
  const rowsChanged = store.add(
    createThrottle<string>(drawEveryMs, parts.later, (runIds) => {
      rowChanges += runIds.size
      for (const runId of runIds) view.redraw(nodeOf(runId))
    }),
  )

  /** The count on the view's icon, and whether something is out of sight. */
  function summarize(snapshot: Snapshot | null) {
    const running = listed(snapshot).filter(({ state }) => state === 'running').length
    view.tree.badge = badgeOf(running)
    contextKeys.set('llmProviders.hasHiddenRuns', snapshot?.runs.some(({ runId }) => hidden.has(runId)) ?? false)
  }
  store.add(
    hidden.changes.listen(() => {
      summarize(snapshots.current)
      view.redraw()
    }),
  )
  // This window's server hears nothing from a run of another window.
  store.add(parts.minutes(() => listed(snapshots.current).some(isRunning) && void snapshots.reload(['runs'])))
  summarize(snapshots.current)
  return {
    ...view,
    get rowChanges() {
      return rowChanges
    },
    dispose: () => store.dispose(),
  }
}

function badgeOf(running: number): ViewBadge | undefined {
  if (running === 0) return undefined
  return { value: running, tooltip: plural(running, '{0} run in progress', '{0} runs in progress') }
}

function isRunning({ state }: RunView): boolean {
  return state === 'running'
}

function findRun(snapshot: Snapshot | null, runId: string): RunView | undefined {
  return snapshot?.runs.find((run) => run.runId === runId)
}

function drawRun(run: RunView | undefined, { runId }: RunNode, now: number): TreeItem {
  // The tree may ask for a node of the snapshot before; the next reading removes it.
  if (!run) return new TreeItem(runId)
  const { icon, color } = runIcon(run)
  const item = new TreeItem(rowName(run))
  item.id = runId
  item.description = describeRun(run, now)
  item.iconPath = color ? new ThemeIcon(icon, new ThemeColor(color)) : new ThemeIcon(icon)
  item.tooltip = drawFacts(runName(run), runFacts(run, now))
  item.contextValue = runContext(run)
  item.command = { command: 'llmProviders.openResults', title: l10n.t('Open results'), arguments: [runId] }
  item.accessibilityInformation = { label: spokenRun(run, now) }
  return item
}
