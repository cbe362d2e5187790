import { isDeepStrictEqual } from 'node:util'
import type { Notification } from '../../protocol/contract.ts'
import { mostCandidates } from '../../protocol/evaluation.ts'
import { kindIn, providerIn } from '../../protocol/kindWords.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Page } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import type { Readiness, Route } from '../../protocol/routing.ts'
import type { RunView } from '../../protocol/runs.ts'
import { language } from '../describe/language.ts'
import type { Api } from './api.ts'
import type { ServerState } from './serverLifetime.ts'
import { createSignal } from './signal.ts'
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

export type SnapshotStore = ReturnType<typeof createSnapshotStore>

type DataKind = Notification<'data/changed'>['what'][number]

/**
 * What has to be read again. A list of 2,000 models takes its time, and a run tells of itself many times, so what is not
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
  usage: ['usage'],
  audit: [],
}
const everyPart: readonly SnapshotPart[] = ['kinds', 'providers', 'models', 'routes', 'readiness', 'runs', 'usage']

/** The one place that views read: the server writes, tells `data/changed`, and what it names is read again. */
export function createSnapshotStore(log: (line: string) => void, now: () => number) {
  const changes = createSignal<Snapshot | null>()
  let snapshot: Snapshot | null = null
  let api: Api | null = null
  let reading: Promise<void> | null = null
  const stale = new Set<SnapshotPart>()
  /** What the server told while it was being read, and so is newer than what was read. */
  let told: { readiness?: Readiness; runs: Map<string, RunView> } = { runs: new Map() }

  /** A check often finds what is known already. A tree that is drawn anew loses clicks, so only news is told. */
  function replace(parts: Partial<Snapshot>) {
    const news = Object.entries(parts).filter(([part, value]) => !isDeepStrictEqual(value, snapshot?.[part as never]))
    if (news.length === 0) return
    snapshot = { ...snapshot, ...Object.fromEntries(news) } as Snapshot
    changes.fire(snapshot)
  }

  function forget() {
    if (snapshot === null) return
    snapshot = null
    changes.fire(null)
  }

  /** Any number of changes while one reading is under way cost one more reading, of what they named. */
  async function readUntilCurrent(): Promise<void> {
    while (stale.size > 0 && api) {
      const from = api
      // The first reading is of everything: a snapshot is whole or not there.
      const parts = snapshot ? [...stale] : everyPart
      stale.clear()
      told = { runs: new Map() }
      const read = await readParts(from, parts, now())
      if (from !== api) continue
      if (read.readiness && told.readiness) read.readiness = told.readiness
      if (read.runs) read.runs = read.runs.map((run) => told.runs.get(run.runId) ?? run).filter(isShown)
      replace(read)
    }
  }

  function reload(parts: readonly SnapshotPart[] = everyPart): Promise<void> {
    for (const part of parts) stale.add(part)
    reading ??= readUntilCurrent()
      .catch((error: unknown) => log(`The state of the server could not be read: ${String(error)}`))
      .then(() => {
        reading = null
        // Somebody may have asked after the last look and before this line.
        return stale.size > 0 && api ? reload([]) : undefined
      })
    return reading
  }

  return {
    changes,
    get current() {
      return snapshot
    },
    /** Reads again; without a word about what, everything. */
    reload: () => reload(),
    /** What a view shows only now and then, such as runs of other windows. */
    refresh: (part: SnapshotPart) => reload([part]),
    /** `data/changed` says what. */
    dataChanged: (what: readonly DataKind[]) => void reload([...new Set(what.flatMap((kind) => concerned[kind]))]),
    /** `status/changed` carries the news itself. */
    replaceReadiness(readiness: Readiness) {
      told.readiness = readiness
      if (snapshot) replace({ readiness })
    },
    /** `run/progress` does, too. A run that is new comes first. */
    replaceRun(run: RunView) {
      told.runs.set(run.runId, run)
      if (!snapshot) return
      const { runs } = snapshot
      const isKnown = runs.some(({ runId }) => runId === run.runId)
      const next = isKnown ? runs.map((known) => (known.runId === run.runId ? run : known)) : [run, ...runs]
      replace({ runs: next.filter(isShown) })
    },
    /** A snapshot belongs to a running server: when it goes, what was known of it goes too. */
    follow(state: ServerState) {
      const next = state.kind === 'running' ? state.process.api : null
      if (next === api) return
      api = next
      if (api) void reload()
      else if (state.kind !== 'starting') forget()
    },
  }
}

async function readParts(api: Api, parts: readonly SnapshotPart[], now: number): Promise<Partial<Snapshot>> {
  const read = await Promise.all(parts.map(async (part) => [part, await readers[part](api, now)] as const))
  return Object.fromEntries(read)
}

const readers: { [Part in SnapshotPart]: (api: Api, now: number) => Promise<Snapshot[Part]> } = {
  kinds: async (api) => expectValue(await api.request('provider/kinds', {})).map((kind) => kindIn(language, kind)),
  providers: async (api) =>
    expectValue(await api.request('provider/list', {})).map((view) => providerIn(language, view)),
  models: readModels,
  routes: (api) => api.request('route/list', {}).then(expectValue),
  readiness: (api) => api.request('readiness/read', {}).then(expectValue),
  runs: readRuns,
  usage: readUsageTotals,
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

export function expectValue<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value
  throw new Error(outcome.reason.message)
}
