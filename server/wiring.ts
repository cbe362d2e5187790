import type { Connection, InitializeParams } from 'vscode-languageserver'
import type { InitializationOptions, ServerInfo } from '../protocol/contract.ts'
import type { DocumentOptions } from '../protocol/documents.ts'
import { explainReason } from '../protocol/explainReason.ts'
import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import { createDirectory } from './directory/directory.ts'
import { tellIgnoredRoutes } from './directory/ignoredRoutes.ts'
import { providerHandlers } from './directory/providerHandlers.ts'
import { routeHandlers } from './directory/routeHandlers.ts'
import { createDocumentClient, serveDocuments } from './documents/documentRequests.ts'
import { createServerDocuments } from './documents/documentResults.ts'
import { documentHandlers } from './documents/handlers.ts'
import { evaluationHandlers } from './evaluation/handlers.ts'
import { checkAndKeep } from './health/checkProvider.ts'
import { startHealthClock } from './health/healthClock.ts'
import { createHealthRecords } from './health/healthRecords.ts'
import { createKeys } from './keys.ts'
import { labelHandlers } from './labels/handlers.ts'
import { createServerLabels } from './labels/loadLabels.ts'
import { modelHandlers } from './models/handlers.ts'
import type { ModelSources } from './models/modelViews.ts'
import { createPulls } from './models/pulls.ts'
import { categoryHandlers } from './profiles/categoryHandlers.ts'
import { profileHandlers } from './profiles/handlers.ts'
import { promptHandlers } from './profiles/promptHandlers.ts'
import { lifecycleOf } from './providers/announcedShutdowns.ts'
import type { Transport } from './providers/transport.ts'
import { createRevisions } from './revisions/revisions.ts'
import { askClientForKey } from './rpc/askClientForKey.ts'
import { createAnnouncements } from './rpc/clientNotifier.ts'
import type { Handlers } from './rpc/dispatch.ts'
import { createLog, sayToClient } from './rpc/toClient.ts'
import { systemClock } from './runs/clock.ts'
import { runHandlers } from './runs/handlers.ts'
import { resultHandlers } from './runs/resultHandlers.ts'
import { sourceHandlers } from './runs/sourceHandlers.ts'
import type { ServerEnvironment } from './server.ts'
import { createRunListeners, createServerEvaluations } from './serverEvaluations.ts'
import { createServerRuns } from './serverRuns.ts'
import type { Services } from './store/change.ts'
import { migrationsFolder } from './store/migrationsFolder.ts'
import { openStore } from './store/openStore.ts'
import { readIfReadable } from './store/unreadableData.ts'
import { usageHandlers } from './usage/handlers.ts'
import { createUsageMeter } from './usage/usageMeter.ts'
import { version } from './version.ts'

/** Everything that lives from `initialize` to `shutdown`. */
export interface OpenSession {
  handlers: Handlers
  info(): ServerInfo
  /** The client is ready to be asked for keys and told about changes. */
  begin(): void
  forgetKey(provider: string): void
  /** Shows results within the documents that the client opens. */
  serveDocuments(params: InitializeParams, options: DocumentOptions): void
  close(): Promise<void>
}

/** Opens the data folder and wires every service, by hand. */
export async function openSession(
  client: Connection,
  { dataDir, healthChecks }: InitializationOptions,
  environment: ServerEnvironment,
): Promise<Outcome<OpenSession>> {
  const now = environment.now ?? Date.now
  const random = environment.random ?? Math.random
  const log = createLog(client)
  const connection = sayToClient(client)
  const opened = await openStore({ dataDir, migrationsDir: migrationsFolder, clock: { ...systemClock, now }, random })
  if (!opened.ok) return opened
  const store = opened.value
  for (const damage of store.damage) log.warn(damage)
  const tellUnreadable = (facts: ReasonFacts): void => log.warn(explainReason(facts).message)
  readIfReadable(() => tellIgnoredRoutes(store, log), tellUnreadable)

  const transport = createLazyTransport(environment.variables)
  const keys = createKeys(askClientForKey(client), environment.variables, () => announcements.status())
  const health = createHealthRecords(store, { now, monotonic: () => performance.now() })
  const directory = createDirectory({ store, keys, health, announcedLifecycle: lifecycleOf, now })
  const modelSources: ModelSources = {
    health,
    announcedLifecycle: lifecycleOf,
    openProvider(provider) {
      const open = directory.open(provider)
      return open?.ok ? open.value : undefined
    },
  }
  const announcements = createAnnouncements(
    connection,
    directory,
    () => clock?.refresh(),
    (what) => documents.changed(what),
  )
  const check = { keys, transport: transport.load, monotonicNow: () => performance.now() }
  const tellChanged = announcements.data
  const pulls = createPulls({
    tell: (progress) => void connection.sendNotification('model/pullProgress', progress),
    monotonicNow: check.monotonicNow,
    after: timers.after,
  })
  const parts = {
    ...{ store, directory, health, keys, check, modelSources, pulls, log, tellChanged },
    now: () => new Date(now()).toISOString(),
    async scanLocalServers(signal: AbortSignal) {
      const { scanLocalServers } = await import('./providers/localServers.ts')
      const ports = environment.scanPorts
      return await scanLocalServers({ transport: await transport.load(), signal, ...(ports ? { ports } : {}) })
    },
  }
  const usage = createUsageMeter({ store, now, timers, log: log.warn, onWritten: () => tellChanged('usage') })
  const labelling = createServerLabels(dataDir, parts, random)
  const { golden } = labelling
  const running = createRunListeners()
  const runs = createServerRuns(dataDir, { ...parts, usage }, connection, random, { golden, heard: running.heard })
  const evaluating = createServerEvaluations(dataDir, { ...parts, runs, golden, onRun: running.listen }, connection)
  const revisions = createRevisions({ ...parts, runs, dataDir })
  const services: Services = {
    ...parts,
    usage,
    runs,
    revisions,
    golden,
    labels: labelling.labels,
    evaluations: evaluating.evaluations,
  }
  const documents = createServerDocuments({ ...services, labelling, timers })
  const foreignChanges = store.onChanged(({ own }) => {
    if (!own) announcements.everything()
  })
  const ending = new AbortController()
  const checkOne = (provider: string) => checkAndKeep(services, provider, ending.signal)
  const clock = healthChecks
    ? startHealthClock({
        watched: () => directory.routedProviders().map((provider) => ({ provider, mark: health.mark(provider) })),
        check: checkOne,
        firstDelay: health.pausedForMs,
        nextDelay: health.nextCheckAfter,
        timers,
        random,
      })
    : null

  return succeed({
    handlers: {
      ...providerHandlers(services),
      ...modelHandlers(services),
      ...routeHandlers(services),
      ...profileHandlers(services),
      ...categoryHandlers(services),
      ...promptHandlers(services),
      ...runHandlers(services),
      ...sourceHandlers(services, dataDir),
      ...usageHandlers(services),
      ...resultHandlers(services, documents),
      ...labelHandlers(services),
      ...evaluationHandlers(services),
      ...documentHandlers(documents),
    },
    info: () => ({
      dataDir,
      version,
      store: {
        mode: store.mode.kind,
        why: store.mode.kind === 'read-only' ? store.mode.why : null,
        generation: store.generation,
        damage: [...store.damage],
        migrations: [...store.migrations],
      },
    }),
    begin() {
      revisions
        .recover()
        .catch((error) => log.error('Results files could not be looked after, because of a bug', error))
      readIfReadable(() => {
        clock?.refresh()
        for (const view of directory.views()) if (view.endpoint === null && view.enabled) void checkOne(view.provider)
      }, tellUnreadable)
    },
    forgetKey(provider) {
      keys.forget(provider)
      void health.forgetKey(provider).then(() => tellChanged('providers'))
      clock?.refresh()
    },
    serveDocuments(params, options) {
      serveDocuments(client, documents.begin(createDocumentClient(client, params), options))
    },
    async close() {
      ending.abort()
      documents.dispose()
      clock?.dispose()
      pulls.dispose()
      foreignChanges.dispose()
      // It begins no further run from here on; those that run are ended by the next line.
      const evaluated = evaluating.shutdown()
      await runs.shutdown()
      await evaluated
      await usage.close()
      announcements.dispose()
      await store.close()
      await transport.close()
    },
  })
}

/** An HTTP client takes longer to load than everything else together, and most sessions begin without a call. */
function createLazyTransport(environment: ServerEnvironment['variables']): {
  load(): Promise<Transport>
  close(): Promise<void>
} {
  let loading: Promise<Transport> | null = null
  const load = (): Promise<Transport> => {
    loading ??= import('./providers/transport.ts').then(({ createTransport }) => createTransport({ environment }))
    return loading
  }
  return {
    load,
    async close() {
      if (loading) await (await loading).close()
    },
  }
}

const timers = {
  after(delayMs: number, work: () => void) {
    const timer = setTimeout(work, delayMs)
    timer.unref()
    return { dispose: () => clearTimeout(timer) }
  },
}
