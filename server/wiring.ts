import type { Connection, InitializeParams } from 'vscode-languageserver'
import type { InitializationOptions, ParsedParams, ServerInfo } from '../protocol/contract.ts'
import type { DocumentOptions } from '../protocol/documents.ts'
import type { Surface } from '../protocol/home.ts'
import type { ChatDelta } from '../protocol/languageModels.ts'
import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import type { RunRequest, RunView } from '../protocol/runs.ts'
import { explainReason } from '../shared/describe/reason.ts'
import { Changes, Emitter } from './changes.ts'
import { createDirectory } from './directory/directory.ts'
import { logIgnoredRoutes } from './directory/routeHandlers.ts'
import { createDocumentClient, serveDocuments } from './documents/documentRequests.ts'
import { DocumentResults } from './documents/documentResults.ts'
import { isAboutProvider } from './domain/reasonScope.ts'
import type { GatedRoute } from './evaluation/passedGate.ts'
import { systemClock } from './files/clock.ts'
import { diskFiles } from './files/diskFiles.ts'
import { KeyNotes } from './files/keyNotes.ts'
import { watchGateways } from './gateways/gatewayClock.ts'
import { type ChatHandlers, createHandlers, type Proposals } from './handlers.ts'
import type { CheckTools } from './health/checkProvider.ts'
import { systemTimers, watchProviders } from './health/healthClock.ts'
import { HealthRecords } from './health/healthRecords.ts'
import { checkBeforeRun, createProviderChecks } from './health/providerChecks.ts'
import { type Home, settle } from './home/settle.ts'
import { Keys } from './keys.ts'
import { loadGolden, loadLabels, runLabels, withExamples } from './labels/loadLabels.ts'
import { lazy } from './lazy.ts'
import { AskWarnings } from './models/askWarning.ts'
import { connectModel } from './models/connectModel.ts'
import { decideByHand } from './models/decideByHand.ts'
import { refuseByRules, withCaps } from './models/folderRules.ts'
import { LearnedModels } from './models/learnedModels.ts'
import type { LearnParts } from './models/learnModel.ts'
import { createModelLibrary } from './models/modelLibrary.ts'
import { keepAnnouncedEnds, type ModelSources } from './models/modelViews.ts'
import { findOwnPrice } from './models/ownPrice.ts'
import { Pulls } from './models/pulls.ts'
import { createSavedTests } from './models/savedTest.ts'
import { keepSuggestions } from './profiles/categoryHandlers.ts'
import { loadProfile, type ProfileChoice, readStoredProfile } from './profiles/loadProfile.ts'
import { WorkspacePolicies } from './profiles/workspacePolicies.ts'
import { lifecycleOf } from './providers/announcedShutdowns.ts'
import type { EditorModels } from './providers/editorModels.ts'
import { Calibrations } from './results/calibrations.ts'
import { RenamedSources } from './revisions/renamedSources.ts'
import { Revisions } from './revisions/revisions.ts'
import { createRunLedger, createRunRevisions } from './revisions/runLedger.ts'
import { createWentBefore } from './revisions/wentBefore.ts'
import type { Handlers } from './rpc/dispatch.ts'
import { askClientForKey, askEditor, ClientNotifier, createLog, sayToClient } from './rpc/toClient.ts'
import type { Explanations } from './runs/handlers.ts'
import type { RunsOptions } from './runs/runOptions.ts'
import { loadFrontMatter } from './runs/sourceHandlers.ts'
import { createChange } from './store/change.ts'
import { migrationsFolder } from './store/migrations.ts'
import { findDefault } from './store/modelTable.ts'
import { describeStore, openStore, type Store } from './store/openStore.ts'
import { readIfReadable } from './store/unreadableData.ts'
import { findBatchPrice, findPrice } from './usage/findPrice.ts'
import { ModelLatencies } from './usage/modelLatencies.ts'
import { UsageMeter } from './usage/usageMeter.ts'
import { version } from './version.ts'

/** What the server needs of the world around it. */
export interface ServerEnvironment {
  /** Environment variables, for the keys that are named after one. */
  variables: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  now?: () => number
  /** At least 0, below 1. */
  random?: () => number
  /** Where a scan of this machine looks; absent: the usual ports of model servers. */
  scanPorts?: readonly number[]
}

/** Everything that lives from `initialize` to `shutdown`. */
export interface WiredServer {
  handlers: Handlers
  info(): ServerInfo
  /** The client is ready to be asked for keys and notified of changes. */
  begin(): void
  forgetKey(provider: string): void
  /** Shows results within the documents that the client opens. */
  serveDocuments(params: InitializeParams, options: DocumentOptions): void
  close(): Promise<void>
}

/** Opens the data folder and makes every service of this process, by hand, each after those that it needs. */
export async function wireServer(
  client: Connection,
  options: InitializationOptions,
  environment: ServerEnvironment,
): Promise<Outcome<WiredServer>> {
  const opened = await openBase(client, options, environment)
  if (!opened.ok) return opened
  const { home, base } = opened.value
  const providers = wireProviders(base)
  const labels = wireLabels(base)
  const running = wireRuns(base, providers, labels)
  const evaluations = wireEvaluations(base, labels, running)
  const models = { ...wireModels(base, providers, labels, running), chat: wireChat(base, providers) }
  const documents = wireDocuments(base, labels, running)
  const knowledge = wireKnowledge(base, providers, running)
  const threads = wireThreads(base, providers, { ...running, knowledge })
  const gateways = wireGateways(base, providers)
  const ending = new AbortController()
  const clocks = options.healthChecks ? wireClocks(base, providers, gateways, ending.signal) : null
  let asked: Promise<unknown> = Promise.resolve()

  return succeed({
    handlers: createHandlers({
      ...base,
      ...providers,
      ...labels,
      ...running,
      ...models,
      evaluations,
      documents,
      threads,
      knowledge,
      gateways,
      missedGate: wireGate(base, labels),
      checkBeforeRun: (request, signal) => checkBeforeRun({ ...base, ...providers }, request, signal),
    }),
    info: () => describeServer(home, base.store),
    begin: () => beginWork(base, providers, running.revisions, { clocks, ending: ending.signal }),
    forgetKey(provider) {
      providers.keys.forget(provider)
      if (options.surface) asked = Promise.all([asked, askAgain(providers, provider)])
      void providers.health.forgetKey(provider).then(() => base.changes.emit('providers'))
      clocks?.onKeyChanged()
    },
    serveDocuments(params, documentOptions) {
      serveDocuments(client, documents.begin(createDocumentClient(client, params), documentOptions))
    },
    async close() {
      await asked
      ending.abort()
      for (const part of [documents, clocks, models.pulls]) part?.dispose()
      for (const part of [threads, knowledge, gateways]) await (await part.ifLoaded())?.close()
      // It begins no further run from here on; those that run are ended by the next line.
      const evaluated = evaluations.ifLoaded()?.then((loaded) => loaded.shutdown())
      await (await running.runs.ifLoaded())?.shutdown()
      await evaluated
      await closeBase(base, providers)
    },
  })
}

/** The folder that is worked on, and what everything writes to. */
async function openBase(
  client: Connection,
  options: InitializationOptions,
  environment: ServerEnvironment,
): Promise<Outcome<{ home: Home; base: Base }>> {
  const { now = Date.now, random = Math.random } = environment
  const home = await settle(sayToClient(client), options, { now, random })
  const storeParts = { migrationsDir: migrationsFolder, clock: { ...systemClock, now }, random }
  const opened = await openStore({ dataDir: home.dataDir, ...storeParts })
  if (!opened.ok) return opened
  const { surface, languageModels } = options
  return succeed({
    home,
    base: wireBase(client, { ...home, surface, editor: languageModels ? askEditor(client) : undefined }, opened.value, {
      ...environment,
      now,
      random,
    }),
  })
}

function describeServer({ dataDir, editor }: Home, store: Store): ServerInfo {
  return { dataDir, ...(editor ? { editor } : {}), version, store: describeStore(store) }
}

/** So that it stands in the data folder that the client has a key by now, or none, for those that cannot ask it. */
async function askAgain({ directory, keys }: Providers, provider: string): Promise<void> {
  const open = directory.open(provider)
  if (open?.ok && open.value.keyOwner.variable === undefined) await keys.read(open.value.keyOwner)
}

async function closeBase({ changes, store }: Base, { usage, transport }: Providers): Promise<void> {
  await usage.close()
  changes.dispose()
  await store.close()
  await (await transport.ifLoaded())?.close()
}

type Base = ReturnType<typeof wireBase>
type Providers = ReturnType<typeof wireProviders>
type LabelParts = ReturnType<typeof wireLabels>
type RunParts = ReturnType<typeof wireRuns>

/** What everything else writes to. */
function wireBase(
  client: Connection,
  {
    dataDir,
    damage,
    surface,
    editor,
  }: Pick<Home, 'dataDir' | 'damage'> & {
    surface: Surface | undefined
    editor: EditorModels | undefined
  },
  store: Store,
  environment: ServerEnvironment & { now: () => number; random: () => number },
) {
  const log = createLog(client)
  for (const words of [...damage, ...store.damage]) log.warn(words)
  const logUnreadable = (facts: ReasonFacts): void => log.warn(explainReason(facts).message)
  readIfReadable(() => logIgnoredRoutes(store, log), logUnreadable)
  const changes = new Changes(store)
  return {
    dataDir,
    client,
    editor,
    connection: sayToClient(client),
    environment,
    log,
    logUnreadable,
    store,
    changes,
    change: createChange(store, changes),
    keyNotes: new KeyNotes(dataDir, surface),
    policies: new WorkspacePolicies(dataDir),
    /** The present as ISO 8601. */
    now: () => new Date(environment.now()).toISOString(),
  }
}

/** Everything about providers that runs and tests share. */
function wireProviders(base: Base) {
  const { dataDir, client, editor, connection, environment, log, store, changes, change, now, keyNotes } = base
  // An HTTP client takes longer to load than everything else together, and most sessions begin without a call.
  const transport = lazy(async () => {
    const { createTransport } = await import('./providers/transport.ts')
    return createTransport({ environment: environment.variables, editor })
  })
  const keys = new Keys({
    askClient: askClientForKey(client),
    variables: environment.variables,
    changes,
    notes: keyNotes,
  })
  const health = new HealthRecords(store, { now: environment.now, monotonic: () => performance.now() })
  const latencies = new ModelLatencies(store, environment.now)
  const directory = createDirectory({
    ...{ store, keys, health, announcedLifecycle: lifecycleOf, latencies, now: environment.now },
    hasEditor: editor !== undefined,
    askWarning: (route) => askWarnings.of(route),
  })
  const askWarnings = new AskWarnings({
    store,
    health,
    directory,
    categories: () => readStoredProfile(store).categories,
  })
  const notifier = new ClientNotifier(connection, () => directory.readiness())
  changes.on((kinds) => notifier.notify(kinds))
  const modelSources: ModelSources = {
    health,
    announcedLifecycle: lifecycleOf,
    latencies,
    openProvider(provider) {
      const open = directory.open(provider)
      return open?.ok ? open.value : undefined
    },
  }
  const learned = new LearnedModels(diskFiles, dataDir)
  const tools: CheckTools = { keys, transport, learned, monotonicNow: () => performance.now() }
  const checks = createProviderChecks({
    directory,
    health,
    tools,
    changes,
    log,
    onListed: (provider) => keepAnnouncedEnds({ store, change, modelSources, now }, provider),
  })
  const usage = new UsageMeter({
    store,
    now: environment.now,
    timers: systemTimers,
    log: log.warn,
    onWritten: () => changes.emit('usage'),
  })
  return { transport, keys, health, directory, modelSources, tools, learned, checks, usage }
}

/** What people said of items, and the profiles that items are judged by. */
function wireLabels({ dataDir, environment, log, store, changes, change, now }: Base) {
  const golden = lazy(() => loadGolden(environment.random))
  const loadProfileOf = (choice: ProfileChoice) => loadProfile(store, choice)
  const labels = lazy(() =>
    loadLabels({ dataDir, store, change, changes, golden, log, now, loadProfile: loadProfileOf }),
  )
  const labelsOf = (request: Pick<RunRequest, 'workspaceFolder'>) => runLabels(golden, request)
  const frontMatter = lazy(() => loadFrontMatter(dataDir, store, labelsOf))
  return { golden, labels, labelsOf, frontMatter, loadProfileOf }
}

function wireRuns(base: Base, providers: Providers, { golden, labelsOf, loadProfileOf }: LabelParts) {
  const { dataDir, connection, environment, log, store, changes, change, now } = base
  const { health, directory, checks, usage } = providers
  const renamed = new RenamedSources({ store, change, now })
  const runProgress = new Emitter<RunView>()
  const calibrations = new Calibrations(diskFiles, dataDir)
  runProgress.on((view) => void connection.sendNotification('run/progress', view))
  runProgress.on(({ state, reason, finishedAt }) => {
    // A run that was stopped by its provider found out what a check would.
    const isByProvider = state === 'stopped' && reason && 'provider' in reason && isAboutProvider(reason)
    if (isByProvider) void checks.recordFailure(reason.provider, reason)
    if (finishedAt !== null) void usage.flush()
  })
  // Parsers for every format come with the engine.
  const runs = lazy(async () => {
    const { createRuns } = await import('./runs/liveRuns.ts')
    return createRuns({
      dataDir,
      ledger: createRunLedger(store, now, renamed),
      ...modelsOfRuns(base, providers),
      async priceOf({ provider, model, endpoint }, lane) {
        const listed = health.of(provider).models.models.find((each) => each.model === model)
        const open = directory.open(provider)
        const ownPrice = open?.ok ? store.read((database) => findOwnPrice(database, open.value, model)) : undefined
        const find = lane === 'batch' ? findBatchPrice : findPrice
        return await find({ endpoint, model, pricing: listed?.pricing, ownPrice }, environment.now())
      },
      loadProfile: async (request) =>
        withExamples(await loadProfileOf(request), request.workspaceFolder, golden, defaultEmbedding(base, providers)),
      ...createRunRevisions({ dataDir, store, renamed, log }),
      wentBefore: createWentBefore(store),
      labelsOf,
      calibrations,
      onProgress: (view) => runProgress.emit(view),
      onChange: () => changes.emit('runs'),
      onSuggestions: (suggestions, request) => void keepSuggestions({ store, change, now }, suggestions, request),
      onPauseAsked: checks.recordPause,
      log: log.info,
      random: environment.random,
    })
  })
  const revisions = new Revisions({ dataDir, store, change, runs, renamed, log, now })
  return { runs, runProgress, renamed, revisions, calibrations }
}

/** The models that runs may ask, as the rules of the folders of their texts have it. */
function modelsOfRuns(
  { store, policies, dataDir, environment, log }: Base,
  providers: Providers,
): Pick<RunsOptions, 'resolve' | 'connect' | 'likeExamples'> {
  const rules = { directory: providers.directory, policies }
  return {
    resolve: async (task, override, request) => providers.directory.resolve(task, override, await policies.of(request)),
    async connect(route, request, spending) {
      // Also when a run is resumed, which resolves nothing.
      const refused = await refuseByRules(rules, route, request)
      const capped = withCaps(request, await policies.of(request))
      return refused ?? (await connectModel({ ...providers, store }, { route, request: capped, spending }))
    },
    async likeExamples(examples, request, spending) {
      const { openLikeExamples } = await import('./knowledge/likeExamples.ts')
      const { maxCostUsd } = withCaps(request, await policies.of(request))
      const run = { spending, ...(maxCostUsd === undefined ? {} : { maxCostUsd }) }
      const parts = { ...providers, store, dataDir, random: environment.random, log: log.warn }
      const { likeness } = examples
      const refused = likeness?.embed ? await refuseByRules(rules, likeness.embed, request) : null
      // Without vectors the examples are shown in their order, as where nobody makes any.
      const asAllowed = refused && likeness ? { ...examples, likeness: { ...likeness, embed: null } } : examples
      return await openLikeExamples(parts, asAllowed, run)
    },
  }
}

/** The default model for embeddings, where its provider is enabled; null: none is ready. */
function defaultEmbedding({ store }: Pick<Base, 'store'>, { directory }: Providers) {
  const found = store.read((database) => findDefault(database, 'embedding'))
  if (!found || found.status === 'inactive' || !directory.view(found.provider)?.enabled) return null
  return { provider: found.provider, model: found.model }
}

function wireEvaluations(
  { dataDir, connection, changes, log, now }: Base,
  { golden, loadProfileOf }: LabelParts,
  { runs, runProgress, calibrations }: RunParts,
) {
  return lazy(async () => {
    const { Evaluations } = await import('./evaluation/evaluations.ts')
    return new Evaluations({
      dataDir,
      clock: systemClock,
      files: diskFiles,
      golden: await golden(),
      runs: await runs(),
      calibrations,
      loadProfile: loadProfileOf,
      onRun: (listener) => runProgress.on(listener),
      onProgress: (progress) => void connection.sendNotification('evaluation/progress', progress),
      onChange: () => changes.emit('evaluations'),
      log: log.warn,
      now,
    })
  })
}

/** What a profile's gate says of models, by the reports of evaluations. */
function wireGate({ dataDir }: Base, { loadProfileOf }: LabelParts) {
  const loaded = lazy(() =>
    Promise.all([import('./evaluation/passedGate.ts'), import('./evaluation/storedReports.ts')]),
  )
  return async (routes: readonly GatedRoute[], choice: ProfileChoice) => {
    const [{ missedGate }, { StoredReports }] = await loaded()
    return await missedGate(
      { stored: new StoredReports(diskFiles, dataDir), loadProfile: loadProfileOf },
      routes,
      choice,
    )
  }
}

/** Tests of models, and the models on providers' machines. */
function wireModels(
  { connection, environment, store, change, now, policies }: Base,
  providers: Providers,
  { golden, loadProfileOf }: LabelParts,
  { runs }: RunParts,
) {
  const { health, transport } = providers
  const tests = createSavedTests({
    ...providers,
    store,
    change,
    now,
    onTestCall: (progress) => void connection.sendNotification('model/testProgress', progress),
    async endPause(provider) {
      if (await health.endPause(provider)) void runs.ifLoaded()?.then((loaded) => loaded.endPause(provider))
    },
  })
  const pulls = new Pulls({
    onProgress: (progress) => void connection.sendNotification('model/pullProgress', progress),
    monotonicNow: () => performance.now(),
    after: systemTimers.after,
  })
  async function scanLocalServers(signal: AbortSignal) {
    const { scanLocalServers: scan } = await import('./providers/localServers.ts')
    const ports = environment.scanPorts
    return await scan({ transport: await transport(), signal, ...(ports ? { ports } : {}) })
  }
  const decide = (params: ParsedParams<'model/decide'>, signal: AbortSignal) =>
    decideByHand({ ...providers, store, policies }, params, signal)
  const explaining = lazy(() => import('./models/explainResult.ts'))
  const explainParts = { ...providers, store, runs, policies }
  const explanations: Explanations = {
    plan: async (item, signal) => (await explaining()).planExplanation(explainParts, item, signal),
    explain: async (item, signal) => (await explaining()).explainResult(explainParts, item, signal),
  }
  const proposing = lazy(() => import('./models/proposeCategories.ts'))
  const proposalParts = { ...providers, store, policies, random: environment.random }
  const proposals: Proposals = {
    plan: async (request, { signal }) => (await proposing()).planProposal(proposalParts, request, signal),
    propose: async (request, { signal }) => (await proposing()).proposeCategories(proposalParts, request, signal),
  }
  const learning = lazy(() => import('./models/learnModel.ts'))
  const learnParts: LearnParts = {
    ...{ ...providers, store, change, now, golden, runs, loadProfile: loadProfileOf, random: environment.random },
  }
  return {
    tests,
    pulls,
    golden,
    learn: async (request: ParsedParams<'model/learn'>, signal: AbortSignal) =>
      (await learning()).learnModel(learnParts, request, signal),
    scanLocalServers,
    explanations,
    proposals,
    library: createModelLibrary({ ...providers, store, change, pulls, now }),
    decide,
  }
}

function wireThreads(
  { connection, dataDir, store, change, now, policies }: Base,
  providers: Providers,
  { runs, knowledge }: RunParts & { knowledge: ReturnType<typeof wireKnowledge> },
) {
  return lazy(async () => {
    const { Threads } = await import('./threads/threads.ts')
    return new Threads({
      ...providers,
      ...{ dataDir, store, change, runs, knowledge, now, policies, timers: systemTimers },
      onDelta: (delta) => void connection.sendNotification('thread/delta', delta),
    })
  })
}

/** Our models for whoever else wants to talk to one. */
function wireChat({ connection, store, environment }: Base, providers: Providers): ChatHandlers {
  const loaded = lazy(() => import('./models/chat.ts'))
  const onDelta = (delta: ChatDelta) => void connection.sendNotification('chat/delta', delta)
  const parts = { ...providers, store, nowMs: environment.now, onDelta }
  return {
    'chat/models': async () => (await loaded()).listChatModels(parts),
    'chat/complete': async (call, { signal }) => (await loaded()).completeChat(parts, call, signal),
  }
}

function wireKnowledge(
  { connection, dataDir, store, change, now, environment, policies }: Base,
  providers: Providers,
  { runs }: RunParts,
) {
  return lazy(async () => {
    const { KnowledgeBases } = await import('./knowledge/knowledgeBases.ts')
    return new KnowledgeBases({
      ...providers,
      ...{ dataDir, store, change, runs, now, policies, timers: systemTimers, random: environment.random },
      onProgress: (progress) => void connection.sendNotification('kb/progress', progress),
    })
  })
}

function wireGateways({ dataDir, store, change, now, environment }: Base, providers: Providers) {
  return lazy(async () => {
    const { Gateways } = await import('./gateways/gateways.ts')
    return new Gateways({ ...providers, dataDir, store, change, now, random: environment.random })
  })
}

/** What is looked after without being asked: the providers of routes, and the gateways. */
function wireClocks(
  { store, changes, environment: { random } }: Base,
  providers: Providers,
  gateways: ReturnType<typeof wireGateways>,
  ending: AbortSignal,
) {
  const providerClock = watchProviders({ ...providers, changes, random, ending })
  const gatewayClock = watchGateways({
    ...{ store, changes, timers: systemTimers, random },
    sync: async (gateway) => (await gateways()).syncByItself(gateway, ending),
  })
  return {
    refresh() {
      providerClock.refresh()
      gatewayClock.refresh()
    },
    onKeyChanged() {
      providerClock.refresh()
      gatewayClock.onKeyChanged()
    },
    dispose() {
      providerClock.dispose()
      gatewayClock.dispose()
    },
  }
}

function wireDocuments(
  { store, changes, log }: Base,
  { golden }: LabelParts,
  { runs, renamed, runProgress }: RunParts,
): DocumentResults {
  const documents = new DocumentResults({
    store,
    changes,
    golden,
    log,
    timers: systemTimers,
    renamed,
    runs: { withResults: async (...query) => (await runs()).withResults(...query) },
    async advise(request) {
      const { adviseOnProfile } = await import('./profiles/profileAdvice.ts')
      return await adviseOnProfile({ store, golden, runs }, request, new AbortController().signal)
    },
  })
  runProgress.on((view) => documents.follow(view))
  return documents
}

/** Looks after what an earlier process left behind, and begins with the checks. */
function beginWork(
  { log, logUnreadable }: Base,
  { directory, checks }: Providers,
  revisions: Revisions,
  { clocks, ending }: { clocks: ReturnType<typeof wireClocks> | null; ending: AbortSignal },
): void {
  revisions.recover().catch((error) => log.error('Results files could not be looked after, because of a bug', error))
  readIfReadable(() => {
    clocks?.refresh()
    for (const view of directory.views()) {
      if (view.endpoint === null && view.enabled) void checks.check(view.provider, ending)
    }
  }, logUnreadable)
}
