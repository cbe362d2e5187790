import { type Disposable, type TreeView, window, workspace } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { TraceStep } from '../../protocol/routing.ts'
import type { DisposableStore } from '../connection/disposables.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { waitFor } from '../connection/signal.ts'
import type { SnapshotStore } from '../connection/snapshot.ts'
import { later } from '../connection/throttle.ts'
import { restrictedSentence } from '../describe/whereAsked.ts'
import type { ContextKeys } from './contextKeys.ts'
import { folderOfRules } from './folderRules.ts'
import type { HiddenRuns } from './hiddenRuns.ts'
import { createProvidersView } from './providersView.ts'
import { createRoutesView } from './routesView.ts'
import { createRunsView } from './runsView.ts'
import { createUsageView } from './usageView.ts'

/** The views of the sidebar. Looking at one of them is a need of the server. */
export function createViews(options: {
  lifetime: ServerLifetime
  snapshots: SnapshotStore
  secrets: Pick<Secrets, 'endingOf'>
  hidden: HiddenRuns
  contextKeys: ContextKeys
  now: () => number
  minutes: (tick: () => void) => Disposable
  store: DisposableStore
}) {
  const { lifetime, snapshots, secrets, hidden, contextKeys, now, minutes, store } = options
  const parts = { snapshots, now, minutes, onVisible: () => void lifetime.settle() }

  async function trace(task: Task): Promise<readonly TraceStep[]> {
    const { state } = lifetime
    if (state.kind !== 'running') return []
    const workspaceFolder = folderOfRules() ?? undefined
    const resolution = await state.process.api.request('route/resolve', { task, workspaceFolder })
    return resolution.trace
  }

  store.add(showStarting(lifetime, ['llmProviders.providers', 'llmProviders.routes', 'llmProviders.runs']))
  const views = {
    providers: store.add(createProvidersView({ ...parts, secrets })),
    routes: store.add(createRoutesView({ ...parts, trace })),
    runs: store.add(createRunsView({ ...parts, hidden, contextKeys, later })),
    usage: store.add(createUsageView(parts)),
  }
  store.add(showRestricted([views.providers.tree, views.runs.tree]))
  return views
}

/** Above the rows, where it is seen without scrolling. */
function showRestricted(trees: readonly Pick<TreeView<unknown>, 'message'>[]): Disposable {
  if (workspace.isTrusted) return { dispose: () => undefined }
  for (const tree of trees) tree.message = restrictedSentence()
  return workspace.onDidGrantWorkspaceTrust(() => {
    for (const tree of trees) delete tree.message
  })
}

/** The bar that moves along the top of a view, for as long as the server is on its way. */
function showStarting(lifetime: Pick<ServerLifetime, 'state' | 'changes'>, views: readonly string[]): Disposable {
  return lifetime.changes.listen((state) => {
    if (state.kind !== 'starting') return
    for (const viewId of views) {
      void window.withProgress({ location: { viewId } }, async () => {
        await waitFor(lifetime.state, lifetime.changes, ({ kind }) => kind !== 'starting')
      })
    }
  })
}
