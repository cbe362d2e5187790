import { isDeepStrictEqual } from 'node:util'
import type { Notification } from '../../protocol/contract.ts'
import { mostCandidates } from '../../protocol/evaluation.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import type { Readiness, Route } from '../../protocol/routing.ts'
import type { RunView } from '../../protocol/runs.ts'
import { localizeKind, localizeProvider } from '../../shared/describe/kind.ts'
import type { Language } from '../../shared/language.ts'
import type { Api } from './api.ts'
import type { ServerState } from './serverLifetime.ts'
import { createSignal, type Signal } from './signal.ts'
import { readUsageTotals, type UsageTotals } from './usageTotals.ts'

/**
 * Everything that views show, as it was when the server was last asked. Replaced whole, never changed;
 * a part that did not change stays the same object, so that a view sees at a glance whether it is concerned.
 */
export interface Snapshot {
  kinds: readonly KindInfo[]
  providers: readonly ProviderView[]
  /** Those that somebody registered, of all providers. */
  models: readonly RegisteredModel[]
  routes: readonly Route[]
  readiness: Readiness
  /** Newest first; the latest hundred. */
  runs: readonly RunView[]
  usage: UsageTotals
}
export type SnapshotPart = keyof Snapshot

type DataKind = Notification<'data/changed'>['what'][number]

/**
 * What has to be read again. A list of 2,000 models takes its time, and a run sends news many times, so what is not
 * concerned is left alone. Kinds belong to the program: they are read once in the life of a server.
 */
const concerned: Record<DataKind, readonly SnapshotPart[]> = {
  providers: ['providers', 'models', 'routes', 'readiness'],
  models: ['providers', 'models', 'readiness'],
  routes: ['routes', 'readiness'],
  preferences: [],
  categories: [],
  prompts: [],
  runs: ['runs'],
  labels: [],
  evaluations: [],
  threads: [],
  knowledge: [],
  gateways: [],
  usage: ['usage'],
  audit: [],
}
const everyPart: readonly SnapshotPart[] = ['kinds', 'providers', 'models', 'routes', 'readiness', 'runs', 'usage']

interface ReadOptions {
  /** Of the names and descriptions of kinds. */
  language: Language
  /** Milliseconds since 1970. */
  now: () => number
  /** The folder whose rules count in this window; null: none is open. */
  folder: () => string | null
}

/** The one place that views read: the server writes and notifies, and what it names is read again. */
export class SnapshotStore {
  readonly changes: Signal<Snapshot | null> = createSignal<Snapshot | null>()
  readonly #options: ReadOptions
  readonly #log: (line: string) => void
  #snapshot: Snapshot | null = null
  #api: Api | null = null
  #reading: Promise<void> | null = null
  /** Ends the reading from a server that is gone: what it was asked may never be answered. */
  #abandonReading = () => {}
  readonly #stale = new Set<SnapshotPart>()
  /** What the server sent while it was being read, and so is newer than what was read. */
  #newer: { readiness?: Readiness; runs: Map<string, RunView> } = { runs: new Map() }

  constructor({ log, ...options }: ReadOptions & { log: (line: string) => void }) {
    this.#options = options
    this.#log = log
  }

  get current(): Snapshot | null {
    return this.#snapshot
  }

  /** Reads again what is named, such as the runs of other windows; without a word about what, everything. */
  reload(parts: readonly SnapshotPart[] = everyPart): Promise<void> {
    for (const part of parts) this.#stale.add(part)
    this.#reading ??= this.#readUntilCurrent()
      .catch((error: unknown) => this.#log(`The state of the server could not be read: ${String(error)}`))
      .then(() => {
        this.#reading = null
        // Somebody may have asked after the last look and before this line.
        return this.#stale.size > 0 && this.#api ? this.reload([]) : undefined
      })
    return this.#reading
  }

  /** `data/changed` says what. */
  dataChanged(what: readonly DataKind[]): void {
    void this.reload([...new Set(what.flatMap((kind) => concerned[kind]))])
  }

  /** `status/changed` carries the news itself, but not what the folder's rules make of it. */
  replaceReadiness(readiness: Readiness): void {
    if (this.#snapshot?.readiness.policies) {
      void this.reload(['readiness'])
      return
    }
    this.#newer.readiness = readiness
    if (this.#snapshot) this.#replace({ readiness })
  }

  /** `run/progress` does, too. A run that is new comes first. */
  replaceRun(run: RunView): void {
    this.#newer.runs.set(run.runId, run)
    if (!this.#snapshot) return
    const { runs } = this.#snapshot
    const isKnown = runs.some(({ runId }) => runId === run.runId)
    const next = isKnown ? runs.map((known) => (known.runId === run.runId ? run : known)) : [run, ...runs]
    this.#replace({ runs: next.filter(isShown) })
  }

  /** A snapshot belongs to a running server: when it goes, what was known of it goes too. */
  follow(state: ServerState): void {
    const next = state.kind === 'running' ? state.process.api : null
    if (next === this.#api) return
    this.#api = next
    this.#abandonReading()
    if (next) void this.reload()
    else if (state.kind !== 'starting') this.#forget()
  }

  /** A check often finds what is known already. A tree that is drawn anew loses clicks, so only news is passed on. */
  #replace(parts: Partial<Snapshot>): void {
    const news = Object.entries(parts).filter(
      ([part, value]) => !isDeepStrictEqual(value, this.#snapshot?.[part as never]),
    )
    if (news.length === 0) return
    this.#snapshot = { ...this.#snapshot, ...Object.fromEntries(news) } as Snapshot
    this.changes.fire(this.#snapshot)
  }

  #forget(): void {
    if (this.#snapshot === null) return
    this.#snapshot = null
    this.changes.fire(null)
  }

  /** Any number of changes while one reading is under way cost one more reading, of what they named. */
  async #readUntilCurrent(): Promise<void> {
    while (this.#stale.size > 0 && this.#api) {
      const from = this.#api
      // The first reading is of everything: a snapshot is whole or not there.
      const parts = this.#snapshot ? [...this.#stale] : everyPart
      this.#stale.clear()
      this.#newer = { runs: new Map() }
      const abandoned = new Promise<null>((resolve) => {
        this.#abandonReading = () => resolve(null)
      })
      const read = await Promise.race([readParts(from, parts, this.#options), abandoned])
      if (read === null || from !== this.#api) continue
      const { readiness, runs } = this.#newer
      if (read.readiness && readiness && !read.readiness.policies) read.readiness = readiness
      if (read.runs) read.runs = read.runs.map((run) => runs.get(run.runId) ?? run).filter(isShown)
      this.#replace(read)
    }
  }
}

async function readParts(api: Api, parts: readonly SnapshotPart[], options: ReadOptions): Promise<Partial<Snapshot>> {
  const read = await Promise.all(parts.map(async (part) => [part, await readers[part](api, options)] as const))
  return Object.fromEntries(read)
}

const readers: { [Part in SnapshotPart]: (api: Api, options: ReadOptions) => Promise<Snapshot[Part]> } = {
  kinds: async (api, { language }) =>
    expectValue(await api.request('provider/kinds', {})).map((kind) => localizeKind(language, kind)),
  providers: async (api, { language }) =>
    expectValue(await api.request('provider/list', {})).map((view) => localizeProvider(language, view)),
  models: readModels,
  routes: (api) => api.request('route/list', {}).then(expectValue),
  async readiness(api, { folder }) {
    const workspaceFolder = folder()
    return expectValue(await api.request('readiness/read', workspaceFolder === null ? {} : { workspaceFolder }))
  },
  runs: readRuns,
  usage: (api, { now }) => readUsageTotals(api, now()),
}

/** What was judged to compare models stands in the comparison; only while it goes on it is a run to be seen, and to be stopped. */
async function readRuns(api: Api): Promise<RunView[]> {
  const [own, compared] = await Promise.all([
    api.request('run/list', {}),
    api.request('run/list', { madeFor: 'evaluation', limit: mostCandidates }),
  ])
  const going = expectValue(compared).rows.filter(isShown)
  return [...expectValue(own).rows, ...going].sort((one, other) => (one.runId < other.runId ? 1 : -1))
}

function isShown({ evaluation, state }: RunView): boolean {
  return evaluation === undefined || state === 'running'
}

async function readModels(api: Api): Promise<RegisteredModel[]> {
  const models: RegisteredModel[] = []
  let cursor: string | null = null
  do {
    const page: Page<RegisteredModel> = expectValue(await api.request('model/list', { cursor }))
    models.push(...page.rows)
    cursor = page.next
  } while (cursor !== null)
  return models
}

function expectValue<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value
  throw new Error(outcome.reason.message)
}
