import path from 'node:path'
import { type Disposable, type ExtensionContext, env, l10n, Uri, window, workspace } from 'vscode'
import type { EvaluationProgress } from '../protocol/evaluation.ts'
import type { PullProgress } from '../protocol/models.ts'
import type { PageEvent } from '../protocol/page.ts'
import { commandTable } from './commands/commandTable.ts'
import { registerCommands } from './commands/registerCommands.ts'
import { createRunAction } from './commands/runAction.ts'
import type { StartServer } from './connection/api.ts'
import { createDisposableStore } from './connection/disposables.ts'
import { createRestartOffer } from './connection/restartOffer.ts'
import { createRunWatch } from './connection/runWatch.ts'
import { createSecrets } from './connection/secrets.ts'
import { createServerLifetime } from './connection/serverLifetime.ts'
import { createSettings } from './connection/settings.ts'
import { createSignal } from './connection/signal.ts'
import { createSnapshotStore } from './connection/snapshot.ts'
import { createDocuments } from './documents/documents.ts'
import { createTell } from './forms/notifier.ts'
import { createInFile } from './inFile/inFile.ts'
import { offerMove } from './keys/offerMove.ts'
import { createResultsPanel } from './panel/resultsPanel.ts'
import { createSettingsPanel } from './panel/settingsPanel.ts'
import { providerOfKind, registerUriHandler } from './panel/uriHandler.ts'
import { provideFrontMatter } from './runs/frontMatterDiff.ts'
import { createContextKeys } from './views/contextKeys.ts'
import { createViews } from './views/createViews.ts'
import { createHiddenRuns } from './views/hiddenRuns.ts'
import { createReadinessItem } from './views/statusBar.ts'

/** The status bar is the first to need the server; it waits until the window has settled. */
const settlingMs = 1_000
const minuteMs = 60_000

export type App = ReturnType<typeof createApp>

/** Everything is built and wired here, once. Nothing is started: the first need starts the server. */
export function createApp(context: ExtensionContext) {
  const store = createDisposableStore()
  const log = store.add(window.createOutputChannel('LLM Providers', { log: true }))
  const note = (line: string) => log.info(line)
  const now = () => Date.now()

  const secrets = createSecrets(context.secrets, note)
  const lifetime = createServerLifetime({ start: (onClosed) => start(onClosed), now, log: note })
  const snapshots = createSnapshotStore(note, now)
  const settings = store.add(createSettings())
  const hidden = createHiddenRuns(context.workspaceState)
  const contextKeys = createContextKeys()
  const watch = store.add(createRunWatch(lifetime))
  const pulls = createSignal<PullProgress>()
  const evaluations = createSignal<EvaluationProgress>()
  const events = createSignal<PageEvent>()
  const inFile = store.add(
    createInFile({
      settings,
      tellActive: (shows) => contextKeys.set('llmProviders.editorHasResults', shows),
      log: note,
    }),
  )
  const documents = store.add(createDocuments(lifetime, snapshots, now))
  store.add(provideFrontMatter(lifetime))
  const tell = createTell(log, createRunAction(snapshots, context.globalStorageUri))

  const start: StartServer = async (onClosed) => {
    // The client library is half of the bundle: it is evaluated when it is first needed, not at activation.
    const { connectServer } = await import('./connection/serverConnection.ts')
    return connectServer(
      {
        module: context.asAbsolutePath(path.join('dist', 'server.js')),
        workingFolder: context.extensionPath,
        initializationOptions: {
          dataDir: context.globalStorageUri.fsPath,
          healthChecks: settings.read().healthChecks,
          documents: l10n.bundle ? { words: l10n.bundle } : {},
        },
        log,
        inFile,
        handlers: {
          readSecret: (question) => secrets.answer(question),
          statusChanged(readiness) {
            snapshots.replaceReadiness(readiness)
            events.fire({ name: 'status/changed', params: readiness })
          },
          dataChanged(changed) {
            snapshots.dataChanged(changed.what)
            if (changed.what.includes('runs')) inFile.runsChanged()
            events.fire({ name: 'data/changed', params: changed })
          },
          runProgress(run) {
            watch.heard(run)
            snapshots.replaceRun(run)
            events.fire({ name: 'run/progress', params: run })
          },
          evaluationProgress: evaluations.fire,
          pullProgress(progress) {
            pulls.fire(progress)
            events.fire({ name: 'model/pullProgress', params: progress })
          },
        },
      },
      onClosed,
    )
  }

  const minutes = (tick: () => void): Disposable => {
    const timer = setInterval(tick, minuteMs)
    return { dispose: () => clearInterval(timer) }
  }
  store.add(lifetime.changes.listen((state) => snapshots.follow(state)))
  store.add(lifetime.changes.listen(contextKeys.server))
  store.add(snapshots.changes.listen(contextKeys.follow))
  store.add(
    secrets.onChanged(async (provider) => {
      // A server that is not running has nothing to forget.
      const { state } = lifetime
      if (state.kind === 'running') await state.process.api.notify('secret/changed', { provider })
    }),
  )
  const status = store.add(createReadinessItem({ lifetime, snapshots, watch, settings, now, minutes }))
  const views = createViews({ lifetime, snapshots, secrets, hidden, contextKeys, now, minutes, store })
  const { extensionUri } = context
  const panelParts = { extensionUri, lifetime, events, log, language: env.language, words: l10n.bundle }
  const openSettingsPanel = store.add(createSettingsPanel({ ...panelParts, secrets })).open
  const resultsPanel = store.add(createResultsPanel({ ...panelParts, documents }))
  const samples = Uri.joinPath(extensionUri, 'samples')
  const registries = { lifetime, snapshots, secrets, settings, documents, watch, hidden, pulls, evaluations }
  const openResultsPanel = resultsPanel.open
  const parts = { ...registries, tell, openSettingsPanel, openResultsPanel, samples, log, now }
  store.add(registerCommands(commandTable(parts), parts))
  store.add(workspace.onDidGrantWorkspaceTrust(() => void snapshots.reload()))
  store.add(registerUriHandler((kind) => openSettingsPanel('providers', providerOfKind(snapshots.current, kind))))
  const offerRestart = createRestartOffer(lifetime, settings)
  store.add(settings.changes.listen(() => void offerRestart()))
  contextKeys.server(lifetime.state)
  contextKeys.follow(null)

  // Once what is set up is known: whose a key is can be told only then.
  const keysTold = snapshots.changes.listen((snapshot) => {
    if (!snapshot) return
    keysTold.dispose()
    offerMove(snapshot, context.globalState).catch((error: unknown) => note(`keys in plain text: ${String(error)}`))
  })
  store.add(keysTold)
  const settling = setTimeout(() => void lifetime.settle(), settlingMs)
  store.add({ dispose: () => clearTimeout(settling) })

  return {
    lifetime,
    snapshots,
    secrets,
    watch,
    resultsPanel,
    documents,
    status,
    views,
    view: views.providers,
    settings,
    inFile,
    hidden,
    contextKeys,
    store,
    /** Ends the server within two seconds and lets go of everything. */
    async stop() {
      store.dispose()
      await lifetime.dispose()
    },
  }
}
