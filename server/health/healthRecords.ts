import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Circuit, ConnectionReport, Health, ModelList } from '../../protocol/providers.ts'
import { type OpenProvider, settingsMark } from '../providers/openProvider.ts'
import type { Database } from '../store/database.ts'
import { findHealth, listHealth, type ProviderHealthRow, removeHealth, saveHealth } from '../store/healthTable.ts'
import { findProvider, listProviders, type ProviderRow } from '../store/providerTable.ts'
import type { Store } from '../store/store.ts'
import { circuitState, nextCheckAfter, pauseAsked } from './circuit.ts'
import { isUnlisted, listAfter } from './modelLists.ts'
import { createPauses } from './pauses.ts'

export interface HealthRecord {
  health: Health
  models: ModelList
  circuit: Circuit
}

/** What the last check of each provider found: by this process, or by another one that stored it since. */
export interface HealthRecords {
  of(provider: string): HealthRecord
  /** The same for many providers, at the price of one look at the store, or none where its generation is known. */
  lookUp(generation?: number): (provider: string) => HealthRecord
  /** Milliseconds until the provider's next check, without jitter. */
  nextCheckAfter(provider: string): number
  /** Another one means that what was known of the provider is out of date. */
  mark(provider: string): string
  /** Keeps what a check found; resolves when it is stored, where it is worth storing: never for what calls nobody. */
  keep(open: OpenProvider, outcome: Outcome<ConnectionReport>): Promise<void>
  /** A check is under way until the result is called. */
  asking(provider: string): () => void
  /** How much longer the provider wants to be left alone. */
  pausedForMs(provider: string): number
  /** The same as far as this process has noticed, without a look at the store: for those who ask before each call. */
  knownPauseMs(provider: string): number
  /** A call was told to come back so much later; resolves to whether that is worth telling: clearly longer than it was known. */
  pause(provider: string, ms: number): Promise<boolean>
  /** A call was answered although the provider had asked to wait, which is over thereby; resolves to whether it had. */
  endPause(provider: string): Promise<boolean>
  /** What was known is out of date: the endpoint is another one. Call it in the change that made it so. */
  forget(database: Database, provider: string): void
  /** The same for a key that changed, with a change of its own. */
  forgetKey(provider: string): Promise<void>
  /** A model was deleted by ourselves: no list has to confirm it. */
  forgetModel(provider: string, model: string): Promise<void>
  /** Changes whenever an answer of `of` may have changed without a change of the store. */
  readonly version: number
}

/** What a check leaves behind. */
interface Facts {
  health: Health
  models: ModelList
  failures: number
  pausedUntil: string | null
}

/** What this process found out. It counts until another process stores something else, or the settings change. */
interface Finding {
  facts: Facts
  settings: string
  /** What the store said then, or says since the finding is in it: not the time decides, which may jump. */
  knew: string
}

interface StoredState {
  generation: number
  rows: Map<string, ProviderHealthRow>
  settings: Map<string, string>
}

/** An unchanged finding is stored this rarely: every store pushes an older snapshot, a backup, out. */
const storeEveryMs = 60 * 60_000
/** Shorter pauses are over before a restarted server asks. */
const pauseWorthStoringMs = 10_000

const neverChecked: Facts = {
  health: { state: 'unknown', reason: null, latencyMs: null, version: null, checkedAt: null },
  models: { state: 'never', models: [], listedAt: null },
  failures: 0,
  pausedUntil: null,
}

export interface HealthRecordsClock {
  /** Milliseconds since 1970; it may jump. */
  now(): number
  /** Milliseconds that only grow. */
  monotonic(): number
}

export function createHealthRecords(store: Store, clock: HealthRecordsClock): HealthRecords {
  const found = new Map<string, Finding>()
  const seenSettings = new Map<string, string>()
  const keyChanges = new Map<string, number>()
  /** Rows that are out of date, although they are in the store until they can be removed there. */
  const outdated = new Map<string, string>()
  const asked = new Map<string, number>()
  const pauses = createPauses(clock)
  let stored: StoredState | null = null
  let version = 0

  function readStore(generation = store.generation): StoredState {
    if (stored?.generation === generation) return stored
    const before = stored
    stored = store.read((database) => ({
      generation,
      rows: new Map(listHealth(database).map((row) => [row.provider, row])),
      settings: new Map(listProviders(database).map((row) => [row.provider, settingsMark(row)])),
    }))
    for (const [provider, settings] of stored.settings) noticeSettings(provider, settings)
    for (const [provider, { pausedUntil }] of stored.rows) {
      // A row loses its pause only by a process that found it to be over.
      if (pausedUntil === null && (before?.rows.get(provider)?.pausedUntil ?? null) !== null) pauses.forget(provider)
    }
    return stored
  }

  /** Another process may have changed the endpoint: what we know is about the old one. */
  function noticeSettings(provider: string, settings: string): void {
    const before = seenSettings.get(provider)
    seenSettings.set(provider, settings)
    if (before !== undefined && before !== settings) pauses.forget(provider)
  }

  function factsIn({ rows, settings }: StoredState, provider: string): Facts {
    const row = rows.get(provider)
    const own = found.get(provider)
    const isOurs = own && own.settings === settings.get(provider) && own.knew === identityOf(row)
    return isOurs ? own.facts : (rowIn(rows, provider) ?? neverChecked)
  }

  function rowIn(rows: StoredState['rows'], provider: string): ProviderHealthRow | undefined {
    const row = rows.get(provider)
    return outdated.get(provider) === identityOf(row) ? undefined : row
  }

  function pauseIn({ rows }: StoredState, provider: string): number {
    return pauses.left(provider, rowIn(rows, provider)?.pausedUntil ?? null)
  }

  function recordIn(state: StoredState, provider: string): HealthRecord {
    const { health, models, failures } = factsIn(state, provider)
    const pausedForMs = pauseIn(state, provider)
    const isAsked = (asked.get(provider) ?? 0) > 0
    const pausedUntil = pausedForMs > 0 ? new Date(clock.now() + pausedForMs).toISOString() : null
    return { health, models, circuit: { state: circuitState(failures, pausedForMs, isAsked), failures, pausedUntil } }
  }

  function lookUp(generation?: number): (provider: string) => HealthRecord {
    const state = readStore(generation)
    return (provider) => recordIn(state, provider)
  }

  async function keep(
    { provider, endpoint, settings }: OpenProvider,
    outcome: Outcome<ConnectionReport>,
  ): Promise<void> {
    const state = readStore()
    const row = state.rows.get(provider)
    const before = factsIn(state, provider)
    const at = new Date(clock.now()).toISOString()
    const askedMs = outcome.ok ? 0 : pauseAsked(outcome.reason)
    const pausedUntil = askedMs > 0 ? pauses.begin(provider, askedMs) : before.pausedUntil
    const facts = factsAfter({ ...before, pausedUntil }, outcome, at)
    const finding: Finding = { facts, settings, knew: identityOf(row) }
    found.set(provider, finding)
    version++
    // A row that is out of date is on its way out of the store: what was found now must not go with it.
    if (endpoint === null || !isWorthStoring(rowIn(state.rows, provider), facts)) return
    await update(provider, finding, (current, known) =>
      // The settings changed while it was being asked: nobody has asked the new endpoint yet.
      settingsMark(current) === settings
        ? { ...facts, pausedUntil: laterOf(pausedUntil, known?.pausedUntil ?? null) }
        : null,
    )
  }

  /** Stores what becomes of the stored facts; our own finding goes on counting beside it. */
  async function update(
    provider: string,
    finding: Finding | undefined,
    become: (current: ProviderRow, known: ProviderHealthRow | undefined) => Facts | null,
  ): Promise<void> {
    const updatedAt = new Date(clock.now()).toISOString()
    const saved = await store.change<ProviderHealthRow | null>((database) => {
      const current = findProvider(database, provider)
      const facts = current ? become(current, findHealth(database, provider)) : null
      const row = facts && { ...facts, provider, updatedAt }
      if (row) saveHealth(database, row)
      return succeed(row)
    })
    if (saved.ok && saved.value && finding) finding.knew = identityOf(saved.value)
  }

  /** Forgets in memory; the caller does so in the store. */
  function forgetFindings(provider: string): void {
    found.delete(provider)
    pauses.forget(provider)
    version++
  }

  return {
    of: (provider) => lookUp()(provider),
    lookUp,
    keep,
    pausedForMs: (provider) => pauseIn(readStore(), provider),
    knownPauseMs: (provider) => pauses.left(provider, null),
    nextCheckAfter(provider) {
      const state = readStore()
      const { failures, models } = factsIn(state, provider)
      const hasUnlisted = models.models.some(isUnlisted)
      return nextCheckAfter({ failures, pausedForMs: pauseIn(state, provider), hasUnlisted })
    },
    mark: (provider) => `${readStore().settings.get(provider) ?? ''} ${keyChanges.get(provider) ?? 0}`,
    asking(provider) {
      asked.set(provider, (asked.get(provider) ?? 0) + 1)
      return () => void asked.set(provider, (asked.get(provider) ?? 1) - 1)
    },
    async pause(provider, ms) {
      const before = pauseIn(readStore(), provider)
      const pausedUntil = pauses.begin(provider, ms)
      version++
      if (pauseIn(readStore(), provider) < before + pauseWorthStoringMs) return false
      await update(provider, found.get(provider), (_, known) => ({ ...(known ?? neverChecked), pausedUntil }))
      return true
    },
    async endPause(provider) {
      if (pauseIn(readStore(), provider) === 0) return false
      const own = found.get(provider)
      if (own) own.facts = { ...own.facts, pausedUntil: null }
      await update(provider, own, (_, known) => (known ? { ...known, pausedUntil: null } : null))
      pauses.forget(provider)
      version++
      return true
    },
    forget(database, provider) {
      forgetFindings(provider)
      removeHealth(database, provider)
    },
    async forgetKey(provider) {
      keyChanges.set(provider, (keyChanges.get(provider) ?? 0) + 1)
      forgetFindings(provider)
      const row = readStore().rows.get(provider)
      if (!row) return
      // At once, and also where nothing can be written.
      outdated.set(provider, identityOf(row))
      await store.change((database) => {
        removeHealth(database, provider)
        return succeed(null)
      })
    },
    async forgetModel(provider, model) {
      const without = (list: ModelList) => ({ ...list, models: list.models.filter((each) => each.model !== model) })
      const own = found.get(provider)
      if (own) own.facts = { ...own.facts, models: without(own.facts.models) }
      version++
      await update(provider, own, (_, known) => (known ? { ...known, models: without(known.models) } : null))
    },
    get version() {
      return version
    },
  }
}

function factsAfter(before: Facts, outcome: Outcome<ConnectionReport>, at: string): Facts {
  const { pausedUntil } = before
  const models = listAfter(before.models, outcome, at)
  if (outcome.ok) {
    const { latencyMs, version } = outcome.value
    return {
      health: { state: 'ok', reason: null, latencyMs, version, checkedAt: at },
      models,
      failures: 0,
      pausedUntil,
    }
  }
  const { reason } = outcome
  return {
    health: { state: 'failed', reason, latencyMs: null, version: before.health.version, checkedAt: at },
    models,
    failures: before.failures + 1,
    pausedUntil,
  }
}

function isWorthStoring(before: ProviderHealthRow | undefined, facts: Facts): boolean {
  if (!before || describe(before) !== describe(facts)) return true
  if (pauseEnd(facts) - pauseEnd(before) >= pauseWorthStoringMs) return true
  const age = Date.parse(facts.health.checkedAt ?? '') - Date.parse(before.health.checkedAt ?? '')
  // A clock that was set back makes it younger than nothing.
  return age >= storeEveryMs || age < 0
}

/** Another process may have been told to wait longer. */
function laterOf(one: string | null, other: string | null): string | null {
  return pauseEnd({ pausedUntil: one }) >= pauseEnd({ pausedUntil: other }) ? one : other
}

function pauseEnd({ pausedUntil }: Pick<Facts, 'pausedUntil'>): number {
  return pausedUntil === null ? 0 : Date.parse(pausedUntil)
}

/** The first few failures are worth storing: they decide how soon a restarted server asks again. */
const failuresTold = 4

function describe({ health, models, failures }: Omit<Facts, 'pausedUntil'>): string {
  const names = models.models.map(({ model, unlistedSince }) => (unlistedSince ? [model] : model))
  const told = Math.min(failures, failuresTold)
  return JSON.stringify([
    health.state,
    health.reason?.code,
    health.version,
    models.state,
    models.isPartial,
    told,
    names,
  ])
}

function identityOf(row: ProviderHealthRow | undefined): string {
  return row ? `${row.updatedAt} ${row.health.checkedAt} ${row.failures} ${row.pausedUntil}` : ''
}
