import { isDeepStrictEqual } from 'node:util'
import type { RegisteredModel } from '../protocol/models.ts'
import type { Page } from '../protocol/names.ts'
import type { Outcome } from '../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../protocol/providers.ts'
import type { Readiness, Route } from '../protocol/routing.ts'
import type { Api } from './connection/api.ts'
import type { ServerState } from './connection/serverLifetime.ts'
import { createSignal } from './signal.ts'

/** Everything that views show, as it was when the server was last asked. Replaced whole, never changed. */
export interface Snapshot {
  kinds: readonly KindInfo[]
  providers: readonly ProviderView[]
  /** Those that somebody registered, of all providers. */
  models: readonly RegisteredModel[]
  routes: readonly Route[]
  readiness: Readiness
}

export type SnapshotStore = ReturnType<typeof createSnapshotStore>

/** The one place that views read: the server writes, tells `data/changed`, and all of it is read again. */
export function createSnapshotStore(log: (line: string) => void) {
  const changes = createSignal<Snapshot | null>()
  let snapshot: Snapshot | null = null
  let api: Api | null = null
  let reading: Promise<void> | null = null
  let isStale = false

  /** A check often finds what is known already. A tree that is drawn anew loses clicks, so only news is told. */
  function replace(next: Snapshot | null) {
    if (isDeepStrictEqual(next, snapshot)) return
    snapshot = next
    changes.fire(next)
  }

  async function read(from: Api): Promise<void> {
    const [kinds, providers, models, routes, readiness] = await Promise.all([
      from.request('provider/kinds', {}).then(expectValue),
      from.request('provider/list', {}).then(expectValue),
      readModels(from),
      from.request('route/list', {}).then(expectValue),
      from.request('readiness/read', {}).then(expectValue),
    ])
    if (from === api) replace({ kinds, providers, models, routes, readiness })
  }

  /** Any number of changes while one reading is under way cost one more reading. */
  async function readUntilCurrent(): Promise<void> {
    do {
      isStale = false
      if (api) await read(api)
    } while (isStale)
  }

  function reload(): Promise<void> {
    isStale = true
    reading ??= readUntilCurrent()
      .catch((error: unknown) => log(`The state of the server could not be read: ${String(error)}`))
      .then(() => {
        reading = null
        // Somebody may have asked after the last look and before this line.
        return isStale ? reload() : undefined
      })
    return reading
  }

  return {
    changes,
    get current() {
      return snapshot
    },
    reload,
    /** `status/changed` carries the news itself. */
    replaceReadiness(readiness: Readiness) {
      if (snapshot) replace({ ...snapshot, readiness })
    },
    /** A snapshot belongs to a running server: when it goes, what was known of it goes too. */
    follow(state: ServerState) {
      const next = state.kind === 'running' ? state.process.api : null
      if (next === api) return
      api = next
      if (api) void reload()
      else if (state.kind !== 'starting') replace(null)
    },
  }
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
