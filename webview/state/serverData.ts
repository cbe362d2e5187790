import { useContext, useEffect, useReducer } from 'preact/hooks'
import type { Notification } from '../../protocol/contract.ts'
import type { PageEvent, PageParams, PageRequestName, PageResult } from '../../protocol/page.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { kindIn, providerIn } from '../../shared/describe/kind.ts'
import type { Host } from '../host/host.ts'
import { language } from '../parts/language.ts'
import { HostContext } from './pageContext.ts'

type What = Notification<'data/changed'>['what'][number]
type Value<Name extends PageRequestName> = Extract<PageResult<Name>, { ok: true }>['value']

/** What the page reads and shows, and what makes it read that again. `status`: with every new readiness. */
const readings = {
  'provider/kinds': [],
  'provider/list': ['providers', 'models', 'status'],
  'model/list': ['models', 'providers'],
  'route/list': ['routes'],
  'route/resolve': ['routes', 'providers', 'models', 'status'],
  'readiness/read': ['routes', 'providers', 'models', 'status'],
  'preferences/read': ['preferences'],
  'category/list': ['categories'],
  'prompt/list': ['prompts'],
  'usage/read': ['usage'],
  'audit/list': ['audit'],
  'run/list': ['runs'],
} as const satisfies Partial<Record<PageRequestName, readonly (What | 'status')[]>>
export type ReadingName = keyof typeof readings

/** Something of the server as it was when it was last read. While it is read again, the last good one is shown. */
export type Reading<Name extends ReadingName> =
  | { kind: 'reading' }
  | { kind: 'there'; value: Value<Name> }
  | { kind: 'failed'; reason: Reason }

interface Entry {
  method: ReadingName
  params: unknown
  reading: Reading<ReadingName>
  /** Counts readings, so that a slow one that was overtaken is dropped. */
  turn: number
  listeners: Set<() => void>
}

export type ServerData = ReturnType<typeof createServerData>

/** Each thing is read once for all who show it, and again when the server says that it changed. */
export function createServerData(host: Host) {
  const entries = new Map<string, Entry>()

  async function read(entry: Entry): Promise<void> {
    entry.turn += 1
    const { turn } = entry
    const outcome = await host.request(entry.method, entry.params as never)
    if (turn !== entry.turn) return
    // What was there stays: the server that went away is told at the top of the page.
    if (!outcome.ok && entry.reading.kind === 'there') return
    entry.reading = outcome.ok
      ? { kind: 'there', value: told(entry.method, outcome.value) as never }
      : { kind: 'failed', reason: outcome.reason }
    for (const listener of entry.listeners) listener()
  }

  function readAgain(changed: (entry: Entry) => boolean) {
    for (const [key, entry] of entries) {
      if (!changed(entry)) continue
      // What nobody looks at is read when somebody does.
      if (entry.listeners.size > 0) void read(entry)
      else entries.delete(key)
    }
  }

  return {
    watch(method: ReadingName, params: unknown, listener: () => void): () => void {
      const entry = entryOf(method, params)
      entry.listeners.add(listener)
      return () => void entry.listeners.delete(listener)
    },
    current<Name extends ReadingName>(method: Name, params: PageParams<Name>): Reading<Name> {
      return entryOf(method, params).reading as Reading<Name>
    },
    heard(event: PageEvent) {
      if (event.name === 'status/changed') readAgain(({ method }) => has(method, 'status'))
      if (event.name === 'data/changed') {
        readAgain(({ method }) => event.params.what.some((what) => has(method, what)))
      }
    },
    /** After the server went away and came back. */
    readAll: () => readAgain(() => true),
  }

  function entryOf(method: ReadingName, params: unknown): Entry {
    const key = `${method} ${JSON.stringify(params)}`
    const known = entries.get(key)
    if (known) return known
    const entry: Entry = { method, params, reading: { kind: 'reading' }, turn: 0, listeners: new Set() }
    entries.set(key, entry)
    void read(entry)
    return entry
  }
}

/** What is only shown of it, in the language of the page. */
function told(method: ReadingName, value: unknown): unknown {
  if (method === 'provider/kinds') return (value as KindInfo[]).map((kind) => kindIn(language, kind))
  return method === 'provider/list' ? (value as ProviderView[]).map((view) => providerIn(language, view)) : value
}

function has(method: ReadingName, what: What | 'status'): boolean {
  return (readings[method] as readonly string[]).includes(what)
}

/** Something of the server, kept current. The same params, by value, are the same thing. */
export function useReading<Name extends ReadingName>(method: Name, params: PageParams<Name>): Reading<Name> {
  const { data } = useContext(HostContext)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const key = JSON.stringify(params)
  useEffect(() => {
    const leave = data.watch(method, params, () => redraw(null))
    // It may have arrived between drawing and watching.
    redraw(null)
    return leave
  }, [data, method, key])
  return data.current(method, params)
}
