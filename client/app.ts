import path from 'node:path'
import {
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  l10n,
  lm,
  type Memento,
  Uri,
  window,
  workspace,
} from 'vscode'
import { githubHolder } from '../protocol/names.ts'
import { createExtensionApi } from './api/extensionApi.ts'
import { offerTools } from './api/judgeTools.ts'
import { commandTable } from './commands/commandTable.ts'
import { registerCommands } from './commands/registerCommands.ts'
import { createRunAction } from './commands/runAction.ts'
import { type Answered, type StartServer, withAnswers } from './connection/api.ts'
import { createDisposableStore, type DisposableStore } from './connection/disposables.ts'
import { McpOffer, mcpProviderId } from './connection/mcpOffer.ts'
import { RunWatch } from './connection/runWatch.ts'
import { Secrets } from './connection/secrets.ts'
import { ServerLifetime } from './connection/serverLifetime.ts'
import { createServerSignals } from './connection/serverSignals.ts'
import { createSettings, offerRestart, type Settings } from './connection/settings.ts'
import { createSignal } from './connection/signal.ts'
import { SnapshotStore } from './connection/snapshot.ts'
import { createUsedHere, type UsedHere } from './connection/usedHere.ts'
import { language } from './describe/language.ts'
import { createEvaluationPage } from './evaluation/evaluationPage.ts'
import { withGate } from './forms/askGate.ts'
import { DataHome } from './forms/dataHome.ts'
import { announceReadOnly, createNotifier, type Notifier } from './forms/notifier.ts'
import { StandingErrors } from './forms/standingErrors.ts'
import { InFile } from './inFile/inFile.ts'
import { offerMove } from './keys/moveKeys.ts'
import { offerModels } from './languageModels/offerModels.ts'
import { createPanels } from './panel/createPanels.ts'
import { providerOfKind, registerUriHandler } from './panel/uriHandler.ts'
import { agreesToRun } from './runs/agreesToRun.ts'
import { announceInterruptedRuns } from './runs/announceInterrupted.ts'
import { followRenames } from './runs/followRenames.ts'
import { provideFrontMatter } from './runs/frontMatterDiff.ts'
import { answerGitHubToken, provideLabelPlans } from './runs/githubIssues.ts'
import { SetupQuestions } from './runs/setupQuestions.ts'
import { type ContextKeys, createContextKeys } from './views/contextKeys.ts'
import { createViews } from './views/createViews.ts'
import { followFirstSteps } from './views/firstSteps.ts'
import { folderOfRules, followRules } from './views/folderRules.ts'
import { createHiddenRuns } from './views/hiddenRuns.ts'
import { createReadinessItem } from './views/statusBar.ts'

/** The status bar is the first to need the server; it waits until the window has settled. */
const settlingMs = 1_000
const minuteMs = 60_000

export type App = ReturnType<typeof createApp>

/** Everything is built and wired here, once, in the order of need. Nothing is started: the first need starts the server. */
export function createApp(context: ExtensionContext) {
  const { extensionUri, globalState, workspaceState } = context
  const store = createDisposableStore()
  const log = store.add(window.createOutputChannel('LLM Providers', { log: true }))
  const note = (line: string) => log.info(line)
  const settings = store.add(createSettings())
  const secrets = new Secrets(context.secrets, note)
  const hidden = createHiddenRuns(workspaceState)
  const contextKeys = createContextKeys()
  const onActive = (shows: boolean) => contextKeys.set('llmProviders.editorHasResults', shows)
  const onOffer = (isOffered: boolean) => contextKeys.set('llmProviders.editorHasOffer', isOffered)
  const inFile = store.add(new InFile({ settings, onActive, onOffer, log: note }))
  const usedHere = createUsedHere(workspaceState)
  const server = createServer(context, { log, settings, secrets, inFile, usedHere, store })
  const { lifetime, signals, watch, snapshots, home } = server
  const standing = store.add(new StandingErrors(snapshots, now))
  const notifier = createNotifier(
    log,
    standing,
    createRunAction(snapshots, () => dataFolderOf(lifetime, home)),
  )
  store.add(lifetime.changes.listen(contextKeys.server))
  store.add(snapshots.changes.listen(contextKeys.follow))

  store.add(offerModels({ lifetime, signals, notifier }))
  const status = store.add(createReadinessItem({ lifetime, snapshots, watch, settings, usedHere, now, minutes }))
  const views = createViews({ lifetime, snapshots, secrets, hidden, contextKeys, now, minutes, store })
  const evaluationPage = store.add(createEvaluationPage(lifetime, signals.data))
  store.add(provideFrontMatter(lifetime))
  store.add(provideLabelPlans())
  const questions = new SetupQuestions(workspaceState)
  const running = { notifier, watch, settings, questions, now }
  const panelParts = { extensionUri, lifetime, signals, secrets, workspaceState, log, store, ...running }
  const { settingsPanel, resultsPanel, setupPanel, threadsPanel } = createPanels(panelParts)
  const panels = {
    openSettings: settingsPanel.open,
    openResults: resultsPanel.open,
    openSetup: setupPanel.open,
    openConversations: threadsPanel.open,
  }
  store.add(registerUriHandler((kind) => panels.openSettings('providers', providerOfKind(snapshots.current, kind))))

  const mcp = store.add(offerMcp(context, lifetime, settings))
  store.add(lm.registerMcpServerDefinitionProvider(mcpProviderId, mcp))

  const samples = Uri.joinPath(extensionUri, 'samples')
  const registries = { ...server, ...signals, secrets, evaluationPage, hidden }
  const commands = commandTable({ ...registries, ...running, panels, samples, log })
  store.add(registerCommands(commands, { lifetime, notifier }))
  startBackgroundWork({ ...server, settings, globalState, workspaceState, contextKeys, samples, note, notifier, store })

  const apiParts = { lifetime, signals, watch, notifier, store }
  const api = createExtensionApi(apiParts)
  const confirmed = createExtensionApi({ ...apiParts, agrees: async () => true })
  const typed = createExtensionApi({ ...apiParts, agrees: (asked, request) => agreesToRun(asked, request, notifier) })
  store.add(offerTools({ lifetime, confirmed, typed }))

  return {
    ...server,
    api,
    secrets,
    settings,
    inFile,
    hidden,
    contextKeys,
    store,
    settingsPanel,
    resultsPanel,
    setupPanel,
    panels,
    notifier,
    mcp,
    workspaceState,
    status,
    views,
    view: views.providers,
    commandIds: Object.keys(commands),
    /** Ends the server within two seconds and lets go of everything. */
    async stop() {
      store.dispose()
      await lifetime.dispose()
    },
  }
}

function offerMcp(context: ExtensionContext, lifetime: ServerLifetime, settings: Settings): McpOffer {
  const { version } = context.extension.packageJSON as { version: string }
  return new McpOffer({ program: context.asAbsolutePath(path.join('dist', 'cli.js')), version, lifetime, settings })
}

/** What nobody asks for: offers, announcements, and renamed files that keep their results. */
function startBackgroundWork({
  settings,
  globalState,
  workspaceState,
  contextKeys,
  samples,
  note,
  notifier,
  store,
  ...server
}: ReturnType<typeof createServer> & {
  notifier: Notifier
  settings: Settings
  contextKeys: ContextKeys
  samples: Uri
  globalState: ExtensionContext['globalState']
  workspaceState: Memento
  note(line: string): void
  store: DisposableStore
}): void {
  const { lifetime, snapshots, home } = server
  store.add(home.announce(lifetime, note))
  store.add(announceReadOnly(lifetime, notifier))
  store.add(followRules({ snapshots: server.snapshots, memory: workspaceState }))
  store.add(followFirstSteps({ ...server, memory: globalState, set: contextKeys.set, samples: samples.fsPath }))
  store.add(offerRestart(lifetime, settings))
  store.add(announceInterruptedRuns(lifetime, note))
  store.add(offerMoveOnce(snapshots, globalState, note))
  store.add(followRenames(lifetime, note))
  store.add(settleSoon(lifetime))
}

interface ServerParts {
  log: LogOutputChannel
  settings: Settings
  secrets: Secrets
  inFile: InFile
  usedHere: UsedHere
  store: DisposableStore
}

/** The server as the extension knows it: its life, what it notifies of, what it works on, and what was last read of it. */
function createServer(context: ExtensionContext, { log, settings, secrets, inFile, usedHere, store }: ServerParts) {
  const note = (line: string) => log.info(line)
  const signals = createServerSignals()
  const answers = createSignal<Answered>()
  const home = new DataHome({ settings, storage: context.globalStorageUri, memory: context.globalState })
  const start: StartServer = async (onClosed) => {
    // The client library is half of the bundle: it is evaluated when it is first needed, not at activation.
    const { connectServer } = await import('./connection/serverConnection.ts')
    const { answerServer } = await import('./languageModels/answerServer.ts')
    const server = await connectServer(
      {
        module: context.asAbsolutePath(path.join('dist', 'server.js')),
        workingFolder: context.extensionPath,
        cacheFolder: path.join(context.globalStorageUri.fsPath, 'compiled'),
        initializationOptions: {
          ...home.startOptions(),
          healthChecks: settings.read().healthChecks,
          documents: l10n.bundle ? { words: l10n.bundle } : {},
          languageModels: true,
        },
        log,
        documents: inFile,
        signals,
        readSecret: (question) =>
          question.provider === githubHolder ? answerGitHubToken(question.origin) : secrets.answer(question),
        editorModels: answerServer(context.languageModelAccessInformation),
      },
      onClosed,
    )
    return { ...server, api: withAnswers(usedHere.watch(withGate(server.api)), answers.fire) }
  }
  const lifetime = new ServerLifetime({ start, now, log: note })
  const watch = store.add(new RunWatch(lifetime))
  const snapshots = new SnapshotStore({ language, now, folder: folderOfRules, log: note })
  store.add(lifetime.changes.listen((state) => snapshots.follow(state)))
  store.add(workspace.onDidGrantWorkspaceTrust(() => void snapshots.reload()))
  store.add(signals.readiness.listen((readiness) => snapshots.replaceReadiness(readiness)))
  store.add(signals.data.listen(({ what }) => snapshots.dataChanged(what)))
  store.add(signals.data.listen(({ what }) => what.includes('runs') && inFile.runsChanged()))
  store.add(signals.runs.listen((run) => watch.heard(run)))
  store.add(signals.runs.listen((run) => snapshots.replaceRun(run)))
  store.add(
    secrets.onChanged((provider) => {
      // A server that is not running has nothing to forget.
      const { state } = lifetime
      if (state.kind === 'running') void state.process.api.notify('secret/changed', { provider })
    }),
  )
  return { lifetime, signals, answers, watch, snapshots, home }
}

/** Where the data is now: as the server that runs has found it, else as one would be started. */
function dataFolderOf({ state }: ServerLifetime, home: DataHome): Uri {
  return Uri.file(state.kind === 'running' ? state.process.info.dataDir : home.startOptions().dataDir)
}

/** Once what is set up is known: only then it can be said whose a key is. */
function offerMoveOnce(snapshots: SnapshotStore, memory: Memento, note: (line: string) => void): Disposable {
  const listening = snapshots.changes.listen((snapshot) => {
    if (!snapshot) return
    listening.dispose()
    offerMove(snapshot, memory).catch((error: unknown) => note(`keys in plain text: ${String(error)}`))
  })
  return listening
}

function settleSoon(lifetime: ServerLifetime): Disposable {
  const timer = setTimeout(() => void lifetime.settle(), settlingMs)
  return { dispose: () => clearTimeout(timer) }
}

function now(): number {
  return Date.now()
}

function minutes(tick: () => void): Disposable {
  const timer = setInterval(tick, minuteMs)
  return { dispose: () => clearInterval(timer) }
}
