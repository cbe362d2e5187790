import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Circuit, ConnectionReport, Health, ModelList } from '../../protocol/providers.ts'
import { type OpenProvider, settingsMark } from '../providers/openProvider.ts'
import type { Database } from '../store/database.ts'
import { findHealth, listHealth, type ProviderHealthRow, removeHealth, saveHealth } from '../store/healthTable.ts'
import { findProvider, listProviders, type ProviderRow } from '../store/providerTable.ts'
import type { Store } from '../store/store.ts'
import { circuitState, nextCheckAfter, Pauses, pauseAsked } from './circuit.ts'
import {
  type Facts,
  factsAfter,
  identityOf,
  isUnlisted,
  isWorthStoring,
  laterOf,
  neverChecked,
  pauseWorthStoringMs,
} from './healthFacts.ts'

export interface HealthRecord {
  health: Health
  models: ModelList
  circuit: Circuit
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

export interface HealthRecordsClock {
  /** Milliseconds since 1970; it may jump. */
  now(): number
  /** Milliseconds that only grow. */
  monotonic(): number
}

/** What the last check of each provider found: by this process, or by another one that stored it since. */
export class HealthRecords {
  readonly #store: Store
  readonly #clock: HealthRecordsClock
  readonly #found = new Map<string, Finding>()
  readonly #seenSettings = new Map<string, string>()
  readonly #keyChanges = new Map<string, number>()
  /** Rows that are out of date, although they are in the store until they can be removed there. */
  readonly #outdated = new Map<string, string>()
  readonly #pendingProbes = new Map<string, number>()
  readonly #calls = new Map<string, number>()
  readonly #pauses: Pauses
  #stored: StoredState | null = null
  #version = 0

  constructor(store: Store, clock: HealthRecordsClock) {
    this.#store = store
    this.#clock = clock
    this.#pauses = new Pauses(clock)
  }

  of(provider: string): HealthRecord {
    return this.lookUp()(provider)
  }

  /** The same for many providers, at the price of one look at the store, or none where its generation is known. */
  lookUp(generation?: number): (provider: string) => HealthRecord {
    const state = this.#readStore(generation)
    return (provider) => this.#recordIn(state, provider)
  }

  /** Milliseconds until the provider's next check, without jitter. */
  nextCheckAfter(provider: string): number {
    const state = this.#readStore()
    const { failures, models } = this.#factsIn(state, provider)
    const hasUnlisted = models.models.some(isUnlisted)
    return nextCheckAfter({ failures, pausedForMs: this.#pauseIn(state, provider), hasUnlisted })
  }

  /** Another one means that what was known of the provider is out of date. */
  mark(provider: string): string {
    return `${this.#readStore().settings.get(provider) ?? ''} ${this.#keyChanges.get(provider) ?? 0}`
  }

  /** Records what a check found; resolves when it is stored, where it is worth storing: never for what calls nobody. */
  async record({ provider, endpoint, settings }: OpenProvider, outcome: Outcome<ConnectionReport>): Promise<void> {
    const state = this.#readStore()
    const row = state.rows.get(provider)
    const before = this.#factsIn(state, provider)
    const at = new Date(this.#clock.now()).toISOString()
    const askedMs = outcome.ok ? 0 : pauseAsked(outcome.reason)
    const pausedUntil = askedMs > 0 ? this.#pauses.begin(provider, askedMs) : before.pausedUntil
    const facts = factsAfter({ ...before, pausedUntil }, outcome, at)
    const finding: Finding = { facts, settings, knew: identityOf(row) }
    this.#found.set(provider, finding)
    this.#version++
    // A row that is out of date is on its way out of the store: what was found now must not go with it.
    if (endpoint === null || !isWorthStoring(this.#rowIn(state.rows, provider), facts)) return
    await this.#update(provider, finding, (current, known) =>
      // The settings changed while it was being asked: nobody has asked the new endpoint yet.
      settingsMark(current) === settings
        ? { ...facts, pausedUntil: laterOf(pausedUntil, known?.pausedUntil ?? null) }
        : null,
    )
  }

  /** A check is under way until the function that this returns is called. */
  beginProbe(provider: string): () => void {
    this.#pendingProbes.set(provider, (this.#pendingProbes.get(provider) ?? 0) + 1)
    return () => void this.#pendingProbes.set(provider, (this.#pendingProbes.get(provider) ?? 1) - 1)
  }

  /** A call that judges is under way until the function that this returns is called. */
  beginCall(provider: string): () => void {
    this.#calls.set(provider, (this.#calls.get(provider) ?? 0) + 1)
    return () => void this.#calls.set(provider, (this.#calls.get(provider) ?? 1) - 1)
  }

  /** It has work of ours: what it answers to that says more than a list, for which it may have no time. */
  isBeingCalled(provider: string): boolean {
    return (this.#calls.get(provider) ?? 0) > 0
  }

  /** How much longer the provider wants to be left alone. */
  pausedForMs(provider: string): number {
    return this.#pauseIn(this.#readStore(), provider)
  }

  /** The same as far as this process has noticed, without a look at the store: for those who ask before each call. */
  knownPauseMs(provider: string): number {
    return this.#pauses.left(provider, null)
  }

  /** A provider asked to be called so much later; resolves to whether that is news: clearly longer than was known. */
  async pause(provider: string, ms: number): Promise<boolean> {
    const before = this.#pauseIn(this.#readStore(), provider)
    const pausedUntil = this.#pauses.begin(provider, ms)
    this.#version++
    if (this.#pauseIn(this.#readStore(), provider) < before + pauseWorthStoringMs) return false
    await this.#update(provider, this.#found.get(provider), (_, known) => ({ ...(known ?? neverChecked), pausedUntil }))
    return true
  }

  /** A call was answered although the provider had asked to wait, which is over thereby; resolves to whether it had. */
  async endPause(provider: string): Promise<boolean> {
    if (this.#pauseIn(this.#readStore(), provider) === 0) return false
    const own = this.#found.get(provider)
    if (own) own.facts = { ...own.facts, pausedUntil: null }
    await this.#update(provider, own, (_, known) => (known ? { ...known, pausedUntil: null } : null))
    this.#pauses.forget(provider)
    this.#version++
    return true
  }

  /** What was known is out of date: the endpoint is another one. Call it in the change that made it so. */
  forget(database: Database, provider: string): void {
    this.#forgetFindings(provider)
    removeHealth(database, provider)
  }

  /** The same for a key that changed, with a change of its own. */
  async forgetKey(provider: string): Promise<void> {
    this.#keyChanges.set(provider, (this.#keyChanges.get(provider) ?? 0) + 1)
    this.#forgetFindings(provider)
    const row = this.#readStore().rows.get(provider)
    if (!row) return
    // At once, and also where nothing can be written.
    this.#outdated.set(provider, identityOf(row))
    await this.#store.change((database) => {
      removeHealth(database, provider)
      return succeed(null)
    })
  }

  /** A model was deleted by ourselves: no list has to confirm it. */
  async forgetModel(provider: string, model: string): Promise<void> {
    const without = (list: ModelList) => ({ ...list, models: list.models.filter((each) => each.model !== model) })
    const own = this.#found.get(provider)
    if (own) own.facts = { ...own.facts, models: without(own.facts.models) }
    this.#version++
    await this.#update(provider, own, (_, known) => (known ? { ...known, models: without(known.models) } : null))
  }

  /** Changes whenever an answer of `of` may have changed without a change of the store. */
  get version(): number {
    return this.#version
  }

  #readStore(generation = this.#store.generation): StoredState {
    if (this.#stored?.generation === generation) return this.#stored
    const before = this.#stored
    this.#stored = this.#store.read((database) => ({
      generation,
      rows: new Map(listHealth(database).map((row) => [row.provider, row])),
      settings: new Map(listProviders(database).map((row) => [row.provider, settingsMark(row)])),
    }))
    for (const [provider, settings] of this.#stored.settings) this.#noticeSettings(provider, settings)
    for (const [provider, { pausedUntil }] of this.#stored.rows) {
      // A row loses its pause only by a process that found it to be over.
      if (pausedUntil === null && (before?.rows.get(provider)?.pausedUntil ?? null) !== null)
        this.#pauses.forget(provider)
    }
    return this.#stored
  }

  /** Another process may have changed the endpoint: what we know is about the old one. */
  #noticeSettings(provider: string, settings: string): void {
    const before = this.#seenSettings.get(provider)
    this.#seenSettings.set(provider, settings)
    if (before !== undefined && before !== settings) this.#pauses.forget(provider)
  }

  #factsIn({ rows, settings }: StoredState, provider: string): Facts {
    const row = rows.get(provider)
    const own = this.#found.get(provider)
    const isOurs = own && own.settings === settings.get(provider) && own.knew === identityOf(row)
    return isOurs ? own.facts : (this.#rowIn(rows, provider) ?? neverChecked)
  }

  #rowIn(rows: StoredState['rows'], provider: string): ProviderHealthRow | undefined {
    const row = rows.get(provider)
    return this.#outdated.get(provider) === identityOf(row) ? undefined : row
  }

  #pauseIn({ rows }: StoredState, provider: string): number {
    return this.#pauses.left(provider, this.#rowIn(rows, provider)?.pausedUntil ?? null)
  }

  #recordIn(state: StoredState, provider: string): HealthRecord {
    const { health, models, failures } = this.#factsIn(state, provider)
    const pausedForMs = this.#pauseIn(state, provider)
    const isProbed = (this.#pendingProbes.get(provider) ?? 0) > 0
    const pausedUntil = pausedForMs > 0 ? new Date(this.#clock.now() + pausedForMs).toISOString() : null
    return { health, models, circuit: { state: circuitState(failures, pausedForMs, isProbed), failures, pausedUntil } }
  }

  /** Stores what becomes of the stored facts; our own finding goes on counting beside it. */
  async #update(
    provider: string,
    finding: Finding | undefined,
    become: (current: ProviderRow, known: ProviderHealthRow | undefined) => Facts | null,
  ): Promise<void> {
    const updatedAt = new Date(this.#clock.now()).toISOString()
    const saved = await this.#store.change<ProviderHealthRow | null>((database) => {
      const current = findProvider(database, provider)
      const facts = current ? become(current, findHealth(database, provider)) : null
      const row = facts && { ...facts, provider, updatedAt }
      if (row) saveHealth(database, row)
      return succeed(row)
    })
    if (saved.ok && saved.value && finding) finding.knew = identityOf(saved.value)
  }

  /** Forgets in memory; the caller does so in the store. */
  #forgetFindings(provider: string): void {
    this.#found.delete(provider)
    this.#pauses.forget(provider)
    this.#version++
  }
}
