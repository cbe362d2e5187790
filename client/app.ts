import path from 'node:path'
import { type Disposable, type ExtensionContext, env, l10n, Uri, window, workspace } from 'vscode'
import { commandTable } from './commands/commandTable.ts'
import { registerCommands } from './commands/registerCommands.ts'
import { createRunAction } from './commands/runAction.ts'
import type { StartServer } from './connection/api.ts'
import { createDisposableStore } from './connection/disposables.ts'
import { createRestartOffer } from './connection/restartOffer.ts'
import { RunWatch } from './connection/runWatch.ts'
import { createSecrets } from './connection/secrets.ts'
import { ServerLifetime } from './connection/serverLifetime.ts'
import { createServerSignals } from './connection/serverSignals.ts'
import { createSettings } from './connection/settings.ts'
import { SnapshotStore } from './connection/snapshot.ts'
import { language } from './describe/language.ts'
import { createEvaluationPage } from './evaluation/evaluationPage.ts'
import { createNotifier } from './forms/notifier.ts'
import { createInFile } from './inFile/inFile.ts'
import { offerMove } from './keys/offerMove.ts'
import { pageEvents } from './panel/pageEvents.ts'
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

/** Everything is built and wired here, once, in the order of need. Nothing is started: the first need starts the server. */
export function createApp(context: ExtensionContext) {
  const { extensionUri, globalState, globalStorageUri, workspaceState } = context
  const store = createDisposableStore()
  const log = store.add(window.createOutputChannel('LLM Providers', { log: true }))
  const note = (line: string) => log.info(line)
  const now = () => Date.now()

  const settings = store.add(createSettings())
  const secrets = createSecrets(context.secrets, note)
  const hidden = createHiddenRuns(workspaceState)
  const contextKeys = createContextKeys()
  const onActive = (shows: boolean) => contextKeys.set('llmProviders.editorHasResults', shows)
  const inFile = store.add(createInFile({ settings, onActive, log: note }))

  const signals = createServerSignals()
  const start: StartServer = async (onClosed) => {
    // The client library is half of the bundle: it is evaluated when it is first needed, not at activation.
    const { connectServer } = await import('./connection/serverConnection.ts')
    return connectServer(
      {
        module: context.asAbsolutePath(path.join('dist', 'server.js')),
        workingFolder: context.extensionPath,
        initializationOptions: {
          dataDir: globalStorageUri.fsPath,
          healthChecks: settings.read().healthChecks,
          documents: l10n.bundle ? { words: l10n.bundle } : {},
        },
        log,
        documents: inFile,
        signals,
        readSecret: (question) => secrets.answer(question),
      },
      onClosed,
    )
  }
  const lifetime = new ServerLifetime({ start, now, log: note })
  const watch = store.add(new RunWatch(lifetime))
  const snapshots = new SnapshotStore({ language, now, log: note })
  const notifier = createNotifier(log, createRunAction(snapshots, globalStorageUri))
  const events = pageEvents(signals)
  store.add(lifetime.changes.listen((state) => snapshots.follow(state)))
  store.add(lifetime.changes.listen(contextKeys.server))
  store.add(snapshots.changes.listen(contextKeys.follow))
  store.add(signals.readiness.listen((readiness) => snapshots.replaceReadiness(readiness)))
  store.add(signals.data.listen(({ what }) => snapshots.dataChanged(what)))
  store.add(signals.data.listen(({ what }) => what.includes('runs') && inFile.runsChanged()))
  store.add(signals.runs.listen((run) => watch.heard(run)))
  store.add(signals.runs.listen((run) => snapshots.replaceRun(run)))
  store.add(
    secrets.onChanged(async (provider) => {
      // A server that is not running has nothing to forget.
      const { state } = lifetime
      if (state.kind === 'running') await state.process.api.notify('secret/changed', { provider })
    }),
  )

  const minutes = (tick: () => void): Disposable => {
    const timer = setInterval(tick, minuteMs)
    return { dispose: () => clearInterval(timer) }
  }
  const status = store.add(createReadinessItem({ lifetime, snapshots, watch, settings, now, minutes }))
  const views = createViews({ lifetime, snapshots, secrets, hidden, contextKeys, now, minutes, store })
  const evaluationPage = store.add(createEvaluationPage(lifetime))
  store.add(provideFrontMatter(lifetime))

  const panelParts = { extensionUri, lifetime, events, log, language: env.language, words: l10n.bundle }
  const settingsPanel = store.add(createSettingsPanel({ ...panelParts, secrets }))
  const resultsPanel = store.add(createResultsPanel(panelParts))
  const panels = { openSettings: settingsPanel.open, openResults: resultsPanel.open }
  store.add(registerUriHandler((kind) => panels.openSettings('providers', providerOfKind(snapshots.current, kind))))

  const { pulls, evaluations } = signals
  const registries = { lifetime, snapshots, secrets, settings, evaluationPage, watch, hidden, pulls, evaluations }
  const samples = Uri.joinPath(extensionUri, 'samples')
  const commands = commandTable({ ...registries, notifier, panels, samples, log, now })
  store.add(registerCommands(commands, { lifetime, notifier }))

  store.add(workspace.onDidGrantWorkspaceTrust(() => void snapshots.reload()))
  const offerRestart = createRestartOffer(lifetime, settings)
  store.add(settings.changes.listen(() => void offerRestart()))
  contextKeys.server(lifetime.state)
  contextKeys.follow(null)

  // Once what is set up is known: only then it can be said whose a key is.
  const keysOffered = snapshots.changes.listen((snapshot) => {
    if (!snapshot) return
    keysOffered.dispose()
    offerMove(snapshot, globalState).catch((error: unknown) => note(`keys in plain text: ${String(error)}`))
  })
  store.add(keysOffered)
  const settling = setTimeout(() => void lifetime.settle(), settlingMs)
  store.add({ dispose: () => clearTimeout(settling) })

  return {
    commandIds: Object.keys(commands),
    lifetime,
    snapshots,
    secrets,
    watch,
    settingsPanel,
    resultsPanel,
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
