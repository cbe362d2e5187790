import { afterEach, beforeEach, expect, test } from 'vitest'
import type { GatewaySync } from '../../../protocol/gateways.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import { Emitter } from '../../../server/changes.ts'
import { watchGateways } from '../../../server/gateways/gatewayClock.ts'
import { saveGateway } from '../../../server/store/gatewayTable.ts'
import { findModel, type ModelRow, saveModel } from '../../../server/store/modelTable.ts'
import type { Connection } from '../../../server/store/sqlite.ts'
import { fail } from '../../../shared/fail.ts'
import { createHandClock, type HandClock, settle } from '../../support/health/handClock.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'

const second = 1000
const minute = 60 * second
const at = '2026-11-21T12:00:00.000Z'

let database: Connection
let clock: HandClock
let synced: string[]
let answer: (gateway: string) => Outcome<GatewaySync>
const changes = new Emitter<readonly ('models' | 'gateways' | 'runs')[]>()

beforeEach(async () => {
  database = await openMigrated()
  clock = createHandClock()
  synced = []
  answer = fine
  addGateway('team')
})
afterEach(() => database.close())

const steps = (...done: { action: 'make' | 'refuse'; isDone: boolean }[]): GatewaySync['steps'] =>
  done.map((each) => ({ ...each, provider: 'p', model: 'm', name: null, differences: [], key: null, reason: null }))

function fine(gateway: string): Outcome<GatewaySync> {
  return { ok: true, value: { gateway, foreign: 0, steps: steps({ action: 'make', isDone: true }) } }
}

function unreachable(gateway: string): Outcome<GatewaySync> {
  return fail({ code: 'gateway_unusable', gateway, url: 'http://gw', problem: 'unreachable' })
}

function addGateway(gateway: string): void {
  saveGateway(database, {
    ...{ gateway, url: `http://${gateway}`, mark: gateway, keyEnv: null, keys: 'variables', allowPlainHttp: false },
    ...{ confirmed: [], checkedAt: null, reason: null, createdAt: at, updatedAt: at },
  })
}

function mark(sync: boolean): void {
  const row: ModelRow = findModel(database, 'builtin', 'm') ?? {
    ...{ provider: 'builtin', model: 'm', type: 'generation', status: 'active', parameters: {}, probe: null },
    ...{ embedding: null, lifecycle: null, isDefault: false, sync, price: null, updatedAt: at },
  }
  saveModel(database, { ...row, sync })
}

function watch() {
  return watchGateways({
    store: { read: (work) => work(database) },
    changes: { on: (listener) => changes.on(listener) },
    async sync(gateway) {
      synced.push(`${gateway} at ${clock.monotonic() / second}`)
      return answer(gateway)
    },
    timers: clock.timers,
    random: () => 0,
  })
}

test('a gateway is synced at the start, then rarely, and at once when what is wanted there changes', async () => {
  const watching = watch()
  watching.refresh()
  await settle()
  expect(synced).toEqual(['team at 0'])
  await clock.advanceTo(14 * minute)
  changes.emit(['runs'])
  changes.emit(['models'])
  expect(synced).toHaveLength(1)
  mark(true)
  changes.emit(['models'])
  await settle()
  expect(synced).toEqual(['team at 0', 'team at 840'])
  await clock.advanceTo(30 * minute)
  expect(synced).toEqual(['team at 0', 'team at 840', 'team at 1740'])
  watching.dispose()
  expect(clock.pending()).toBe(0)
})

test('what failed is tried again, later each time, until it is done', async () => {
  answer = unreachable
  const watching = watch()
  watching.refresh()
  await settle()
  await clock.advanceTo(4 * minute)
  expect(synced).toEqual(['team at 0', 'team at 30', 'team at 90', 'team at 210'])
  answer = (gateway) => ({ ok: true, value: { gateway, foreign: 0, steps: steps({ action: 'make', isDone: false }) } })
  await clock.advanceTo(8 * minute)
  expect(synced.at(-1)).toBe('team at 450')
  answer = fine
  await clock.advanceTo(20 * minute)
  expect(synced.slice(5)).toEqual(['team at 930'])
  watching.dispose()
})

test('what cannot be there is no failure to repeat, and a key that was set is tried at once', async () => {
  answer = (gateway) => ({
    ok: true,
    value: { gateway, foreign: 0, steps: steps({ action: 'refuse', isDone: false }) },
  })
  const watching = watch()
  watching.refresh()
  await settle()
  await clock.advanceTo(10 * minute)
  expect(synced).toEqual(['team at 0'])
  watching.onKeyChanged()
  await settle()
  expect(synced).toEqual(['team at 0', 'team at 600'])
  watching.dispose()
})

test('one that is gone delays no other', async () => {
  addGateway('second')
  answer = (gateway) => (gateway === 'team' ? unreachable(gateway) : fine(gateway))
  const watching = watch()
  watching.refresh()
  await settle()
  await clock.advanceTo(minute)
  expect(synced).toEqual(['second at 0', 'team at 0', 'team at 30'])
  watching.dispose()
})
