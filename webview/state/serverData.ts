import type { Notification } from '../../protocol/contract.ts'
import type { PageEvent, PageParams, PageRequestName, PageResult } from '../../protocol/page.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { localizeKind, localizeProvider } from '../../shared/describe/kind.ts'
import type { Language } from '../../shared/language.ts'
import type { Host } from '../host/host.ts'
import type { Answer } from './answer.ts'

type What = Notification<'data/changed'>['what'][number]
type Value<Name extends PageRequestName> = Extract<PageResult<Name>, { ok: true }>['value']

/** What the page reads and shows, and what makes it read that again. `status`: with every new readiness. */
const readings = {
  'provider/kinds': [],
  'provider/list': ['providers', 'models', 'status'],
  'model/list': ['models', 'providers'],
  'gateway/list': ['gateways'],
  'route/list': ['routes'],
  'alias/list': ['routes'],
  'route/resolve': ['routes', 'providers', 'models', 'status'],
  'readiness/read': ['routes', 'providers', 'models', 'status'],
  'preferences/read': ['preferences'],
  'category/list': ['categories'],
  'profile/criteria': [],
  'prompt/list': ['prompts'],
  'usage/read': ['usage'],
  'audit/list': ['audit'],
  'run/list': ['runs'],
  'kb/list': ['knowledge'],
} as const satisfies Partial<Record<PageRequestName, readonly (What | 'status')[]>>
export type ReadingName = keyof typeof readings

/** Something of the server as it was when it was last read. While it is read again, the last good one is shown. */
export type Reading<Name extends ReadingName> = Answer<Value<Name>>

interface Entry {
  method: ReadingName
  params: unknown
  reading: Reading<ReadingName>
  /** Counts readings, so that a slow one that was overtaken is dropped. */
  turn: number
  listeners: Set<() => void>
}

/** Each thing is read once for all who show it, and again when the server says that it changed. */
export class ServerData {
  readonly #host: Host
  readonly #language: Language
  readonly #entries = new Map<string, Entry>()

  constructor(host: Host, language: Language) {
    this.#host = host
    this.#language = language
  }

  watch(method: ReadingName, params: unknown, listener: () => void): () => void {
    const entry = this.#entryOf(method, params)
    entry.listeners.add(listener)
    return () => void entry.listeners.delete(listener)
  }

  current<Name extends ReadingName>(method: Name, params: PageParams<Name>): Reading<Name> {
    return this.#entryOf(method, params).reading as Reading<Name>
  }

  onEvent(event: PageEvent): void {
    if (event.name === 'status/changed') this.#readAgain(({ method }) => dependsOn(method, 'status'))
    if (event.name === 'data/changed') {
      this.#readAgain(({ method }) => event.params.what.some((what) => dependsOn(method, what)))
    }
  }

  /** After the server went away and came back. */
  readAll(): void {
    this.#readAgain(() => true)
  }

  #entryOf(method: ReadingName, params: unknown): Entry {
    const key = `${method} ${JSON.stringify(params)}`
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = { method, params, reading: { kind: 'reading' }, turn: 0, listeners: new Set() }
    this.#entries.set(key, entry)
    void this.#read(entry)
    return entry
  }

  #readAgain(isConcerned: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) {
      if (!isConcerned(entry)) continue
      // What nobody looks at is read when somebody does.
      if (entry.listeners.size > 0) void this.#read(entry)
      else this.#entries.delete(key)
    }
  }

  async #read(entry: Entry): Promise<void> {
    entry.turn += 1
    const { turn } = entry
    const outcome = await this.#host.request(entry.method, entry.params as never)
    if (turn !== entry.turn) return
    // What was there stays: that the server went away is said at the top of the page.
    if (!outcome.ok && entry.reading.kind === 'there') return
    entry.reading = outcome.ok
      ? { kind: 'there', value: this.#localized(entry.method, outcome.value) as never }
      : { kind: 'failed', reason: outcome.reason }
    for (const listener of entry.listeners) listener()
  }

  /** What is only shown of it, in the language of the page. */
  #localized(method: ReadingName, value: unknown): unknown {
    if (method === 'provider/kinds') return (value as KindInfo[]).map((kind) => localizeKind(this.#language, kind))
    if (method !== 'provider/list') return value
    return (value as ProviderView[]).map((view) => localizeProvider(this.#language, view))
  }
}

function dependsOn(method: ReadingName, what: What | 'status'): boolean {
  return (readings[method] as readonly string[]).includes(what)
}
