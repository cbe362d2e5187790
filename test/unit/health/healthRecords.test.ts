import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { ConnectionReport } from '../../../protocol/providers.ts'
import { HealthRecords } from '../../../server/health/healthRecords.ts'
import { type OpenProvider, openProvider } from '../../../server/providers/openProvider.ts'
import { removeProvider, saveProvider } from '../../../server/store/providerTable.ts'
import type { Store } from '../../../server/store/store.ts'
import { fail } from '../../../shared/fail.ts'
import { createHandClock, type HandClock } from '../../support/health/handClock.ts'
import { StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
const provider = 'ollama'
let dataDir: string
let clock: HandClock
let store: Store
let records: HealthRecords

beforeEach(async () => {
  dataDir = folders.make()
  clock = createHandClock()
  store = await folders.open(dataDir)
  await configure(store, 11434)
  records = new HealthRecords(store, clock)
})
afterEach(() => folders.dispose())

function opened(port = 11434): OpenProvider {
  const open = openProvider({ provider, kind: 'ollama', config: { base_url: 'http://127.0.0.1', port } })
  if (!open.ok) throw new Error(open.reason.message)
  return open.value
}

async function configure(at: Store, port: number, forgetting?: HealthRecords): Promise<void> {
  await at.change((database) => {
    const config = { base_url: 'http://127.0.0.1', port }
    saveProvider(database, { provider, kind: 'ollama', enabled: true, config, updatedAt: new Date(port).toISOString() })
    forgetting?.forget(database, provider)
    return succeed(null)
  })
}

/** Another process, or this one after a restart. */
async function another(): Promise<{ store: Store; records: HealthRecords }> {
  const other = await folders.open(dataDir)
  return { store: other, records: new HealthRecords(other, clock) }
}

function well(models: string[] = ['small'], partial?: true): Outcome<ConnectionReport> {
  return succeed({
    ...{ provider, kind: 'ollama', endpoint: 'http://127.0.0.1:11434', latencyMs: 5, version: '1', wanted: [] },
    ...{ models: models.map((model) => ({ model })), method: 'listed the models (no cost)', isListPartial: partial },
  })
}

const refused = fail({
  code: 'provider_unreachable',
  provider,
  endpoint: 'http://127.0.0.1:11434',
  cause: 'ECONNREFUSED',
})
const limited = (retryAfterMs: number | null) => fail({ code: 'rate_limited', provider, retryAfterMs })
const minute = 60_000
const day = 24 * 60 * minute

describe('a pause that a provider asks for', () => {
  it('is known to a restarted server, which asks no sooner', async () => {
    await records.record(opened(), limited(30 * minute))
    const restarted = await another()
    expect(restarted.records.pausedForMs(provider)).toBe(30 * minute)
    expect(restarted.records.nextCheckAfter(provider)).toBe(30 * minute)
    expect(restarted.records.of(provider).circuit).toEqual({
      state: 'open',
      failures: 1,
      pausedUntil: '2026-11-21T10:00:00.000Z',
    })
    await clock.advanceTo(30 * minute)
    expect(restarted.records.pausedForMs(provider)).toBe(0)
    expect(restarted.records.of(provider).circuit).toMatchObject({ state: 'closed', pausedUntil: null })
  })

  it('is as long by the watch, whatever happens to the date', async () => {
    await records.record(opened(), limited(30 * minute))
    clock.setDate(clock.now() + day)
    expect(records.pausedForMs(provider)).toBe(30 * minute)
    clock.setDate(clock.now() - 2 * day)
    expect(records.pausedForMs(provider)).toBe(30 * minute)
    // After a restart only the date is left: it is believed as far as it makes sense.
    expect((await another()).records.pausedForMs(provider)).toBe(60 * minute)
  })

  it.each([
    ['a day', day, 60 * minute],
    ['for ever', Number.MAX_VALUE, 60 * minute],
    ['no time', 0, 0],
    ['nobody knows how long', null, 0],
  ])('of %s is kept as far as it makes sense', async (_, asked, kept) => {
    await records.record(opened(), limited(asked))
    expect(records.pausedForMs(provider)).toBe(kept)
  })

  it('is not over because a list could be read: that says nothing about calls', async () => {
    await records.record(opened(), limited(30 * minute))
    await records.record(opened(), well())
    expect(records.of(provider)).toMatchObject({ health: { state: 'ok' }, circuit: { state: 'open', failures: 0 } })
    expect(records.pausedForMs(provider)).toBe(30 * minute)
  })

  it('that a call was told is kept, too, where it outlasts a restart, and a longer one replaces it', async () => {
    await records.record(opened(), well())
    const { generation } = store
    await records.pause(provider, 5000)
    expect(records.pausedForMs(provider)).toBe(5000)
    expect(store.generation).toBe(generation)
    await records.pause(provider, 10 * minute)
    await records.pause(provider, minute)
    const restarted = await another()
    expect(restarted.records.pausedForMs(provider)).toBe(10 * minute)
    expect(restarted.records.of(provider).health.state).toBe('ok')
    expect(records.of(provider).health.state).toBe('ok')
  })

  it('is worth telling only where it is clearly longer than what was known', async () => {
    expect(await records.pause(provider, 5000)).toBe(false)
    expect(await records.pause(provider, 10 * minute)).toBe(true)
    expect(await records.pause(provider, 10 * minute + 5000)).toBe(false)
  })

  it('is over in every process, and stays it, once a call was answered all the same', async () => {
    const other = await another()
    await records.record(opened(), limited(30 * minute))
    expect(other.records.pausedForMs(provider)).toBe(30 * minute)
    expect(await records.endPause(provider)).toBe(true)
    expect(records.of(provider).circuit).toMatchObject({ pausedUntil: null })
    await expect.poll(() => other.records.pausedForMs(provider)).toBe(0)
    await records.record(opened(), well())
    expect(records.pausedForMs(provider)).toBe(0)
    expect((await another()).records.pausedForMs(provider)).toBe(0)
    expect(await records.endPause(provider)).toBe(false)
  })

  it('of a provider that was never checked is kept', async () => {
    await records.pause(provider, 10 * minute)
    expect((await another()).records.of(provider)).toMatchObject({
      health: { state: 'unknown' },
      circuit: { pausedUntil: '2026-11-21T09:40:00.000Z' },
    })
  })
})

describe('failures in a row', () => {
  it('open the circuit, close it with the first success, and are known after a restart', async () => {
    const states: string[] = []
    for (const outcome of [refused, refused, refused, refused, well()]) {
      await records.record(opened(), outcome)
      states.push(records.of(provider).circuit.state)
      if (states.length === 4) expect((await another()).records.of(provider).circuit.failures).toBe(4)
    }
    expect(states).toEqual(['closed', 'closed', 'open', 'open', 'closed'])
  })

  it('let one question through, and tell it', async () => {
    for (let count = 0; count < 3; count++) await records.record(opened(), refused)
    const answered = records.beginProbe(provider)
    expect(records.of(provider).circuit.state).toBe('half_open')
    answered()
    expect(records.of(provider).circuit.state).toBe('open')
  })
})

describe('what was found', () => {
  it('is not stored again while it stays the same', async () => {
    await records.record(opened(), well())
    const { generation } = store
    await clock.advanceTo(minute)
    await records.record(opened(), well())
    expect(store.generation).toBe(generation)
    expect(records.of(provider).health.checkedAt).toBe('2026-11-21T09:31:00.000Z')
    await clock.advanceTo(61 * minute)
    await records.record(opened(), well())
    expect(store.generation).toBeGreaterThan(generation)
  })

  it('by another process since counts, and then what is found here again', async () => {
    await records.record(opened(), well())
    const other = await another()
    await other.records.record(opened(), refused)
    expect(records.of(provider).health.state).toBe('failed')
    await records.record(opened(), well())
    expect(records.of(provider).health.state).toBe('ok')
    expect(other.records.of(provider).health.state).toBe('ok')
  })

  it('last counts, although a clock that was set back makes it look older', async () => {
    await records.record(opened(), well())
    clock.setDate(clock.now() - day)
    await records.record(opened(), refused)
    expect(records.of(provider).health.state).toBe('failed')
    await records.record(opened(), well())
    expect(records.of(provider).health.state).toBe('ok')
    expect((await another()).records.of(provider).health.state).toBe('ok')
  })

  it('at an endpoint does not outlive it, when another process changes the settings', async () => {
    await records.record(opened(), refused)
    await clock.advanceTo(minute)
    await records.record(opened(), well())
    await records.pause(provider, 10 * minute)
    const mark = records.mark(provider)
    const other = await another()
    await configure(other.store, 9999, other.records)
    expect(records.of(provider).health.state).toBe('unknown')
    expect(records.pausedForMs(provider)).toBe(0)
    expect(records.mark(provider)).not.toBe(mark)
  })

  it('by a check of the old settings is not kept for the new ones', async () => {
    const before = opened()
    await configure(store, 9999, records)
    await records.record(before, refused)
    expect(records.of(provider).health.state).toBe('unknown')
    expect((await another()).records.of(provider).health.state).toBe('unknown')
  })

  it('of a provider that is gone is not kept', async () => {
    await store.change((database) => {
      removeProvider(database, provider)
      return succeed(null)
    })
    await records.record(opened(), well())
    expect((await another()).records.of(provider).health.state).toBe('unknown')
  })

  it('that changed does not take along what a check with the new key found before the old findings are gone', async () => {
    await records.record(opened(), well())
    const forgotten = records.forgetKey(provider)
    const kept = records.record(opened(), well())
    await Promise.all([forgotten, kept])
    expect(records.of(provider).health.state).toBe('ok')
    expect((await another()).records.of(provider).health.state).toBe('ok')
  })

  it('with a key is forgotten with it, in the store, too', async () => {
    await records.record(opened(), limited(30 * minute))
    const mark = records.mark(provider)
    await records.forgetKey(provider)
    expect(records.of(provider)).toMatchObject({ health: { state: 'unknown' }, circuit: { state: 'closed' } })
    expect(records.mark(provider)).not.toBe(mark)
    expect((await another()).records.of(provider).health.state).toBe('unknown')
  })

  it('with a key is forgotten at once, and also where nothing can be written', async () => {
    await records.record(opened(), limited(30 * minute))
    const reader = await folders.open(dataDir, { readOnly: true })
    const reading = new HealthRecords(reader, clock)
    expect(reading.of(provider).health.state).toBe('failed')
    const forgotten = reading.forgetKey(provider)
    expect(reading.of(provider)).toMatchObject({ health: { state: 'unknown' }, circuit: { state: 'closed' } })
    await forgotten
    expect(reading.of(provider).health.state).toBe('unknown')
    // What another process finds out with the new key counts again.
    await clock.advanceTo(minute)
    await records.record(opened(), refused)
    expect(reading.of(provider).health).toMatchObject({ reason: { code: 'provider_unreachable' } })
  })

  it('of what calls nobody is not stored', async () => {
    const builtin = openProvider({ provider: 'builtin', kind: 'builtin', config: {} })
    if (!builtin.ok) throw new Error(builtin.reason.message)
    const { generation } = store
    await records.record(builtin.value, well(['keywords']))
    expect(records.of('builtin').health.state).toBe('ok')
    expect(store.generation).toBe(generation)
  })
})

describe('a model', () => {
  const listed = () =>
    records.of(provider).models.models.map(({ model, unlistedSince }) => (unlistedSince ? `${model}?` : model))

  it('that one list lacks stays, marked, and is gone when the next good list lacks it, too', async () => {
    const steps: [Outcome<ConnectionReport>, string, string[]][] = [
      [well(['small', 'large']), 'fresh', ['small', 'large']],
      [well(['small']), 'fresh', ['small', 'large?']],
      [refused, 'stale', ['small', 'large?']],
      [limited(1), 'stale', ['small', 'large?']],
      [well(['small']), 'fresh', ['small']],
      [well(['small', 'large']), 'fresh', ['small', 'large']],
      [well([]), 'fresh', ['small?', 'large?']],
      [well(['large']), 'fresh', ['large']],
      [well(['large', 'small']), 'fresh', ['large', 'small']],
    ]
    for (const [outcome, state, models] of steps) {
      await records.record(opened(), outcome)
      expect(records.of(provider).models.state).toBe(state)
      expect(listed()).toEqual(models)
    }
  })

  it('that is missing once is asked for soon, to know', async () => {
    await records.record(opened(), well(['small', 'large']))
    expect(records.nextCheckAfter(provider)).toBe(minute)
    await records.record(opened(), well(['small']))
    expect(records.nextCheckAfter(provider)).toBe(10_000)
  })

  it('is not told missing by a list that is never whole', async () => {
    await records.record(opened(), well(['small']))
    await records.record(opened(), well([], true))
    expect(records.of(provider).models).toMatchObject({ state: 'fresh', isPartial: true, models: [] })
  })

  it('that we deleted ourselves is gone at once', async () => {
    await records.record(opened(), well(['small', 'large']))
    await records.forgetModel(provider, 'large')
    expect(listed()).toEqual(['small'])
    expect((await another()).records.of(provider).models.models).toEqual([{ model: 'small' }])
    expect(records.of(provider).health.state).toBe('ok')
  })
})
