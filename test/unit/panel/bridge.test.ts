import { describe, expect, test } from 'vitest'
import { Bridge, type BridgeParts } from '../../../client/panel/bridge.ts'
import { weighMessage } from '../../../client/panel/messageLimits.ts'
import { type HostMessage, type Place, settingsTalk } from '../../../protocol/page.ts'

interface World {
  bridge: Bridge<Place>
  told: HostMessage<Place>[]
  asked: { method: string; params: unknown; signal: AbortSignal }[]
  ran: { command: string; args: unknown }[]
  log: string[]
  clock: { now: number }
  answers: ((value: unknown) => void)[]
}

/** A bridge whose server answers when it is told to. */
function makeBridge(parts: Partial<BridgeParts<Place>> = {}): World {
  const world: Omit<World, 'bridge'> = { told: [], asked: [], ran: [], log: [], clock: { now: 0 }, answers: [] }
  const bridge = new Bridge({
    name: 'The settings panel',
    allowed: settingsTalk,
    post: (message) => world.told.push(message),
    ask(method, params, signal) {
      world.asked.push({ method, params, signal })
      return new Promise((resolve) => world.answers.push((result) => resolve({ kind: 'answered', result })))
    },
    async run(command, args) {
      world.ran.push({ command, args })
      return null
    },
    language: 'en',
    words: null,
    server: () => ({ kind: 'running' }),
    takePlace: () => null,
    monotonicNow: () => world.clock.now,
    log: (line) => world.log.push(line),
    ...parts,
  })
  return { ...world, bridge }
}

function ready(parts: Partial<BridgeParts<Place>> = {}): World {
  const world = makeBridge(parts)
  world.bridge.receive({ type: 'ready' })
  return world
}

const list = (id: unknown = 1) => ({ type: 'request', id, method: 'provider/list', params: {} })
const settled = () => new Promise((resolve) => setImmediate(resolve))
const refusals = ({ told }: World) => told.flatMap((message) => (message.type === 'refused' ? [message] : []))

describe('a message that is none of ours is refused, and reaches nobody', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })
  test.each<[name: string, message: unknown, why: string]>([
    ['nothing', undefined, 'unknown'],
    ['null', null, 'unknown'],
    ['a text', 'ready', 'unknown'],
    ['a list', [list()], 'unknown'],
    ['an unknown type', { type: 'eval', code: 'x' }, 'unknown'],
    ['an unknown request', { ...list(), method: 'run/start' }, 'unknown'],
    ['a request of the server', { ...list(), method: 'secret/read' }, 'unknown'],
    ['a name from the prototype', { ...list(), method: 'constructor' }, 'unknown'],
    ['an unknown command', { type: 'command', id: 1, command: 'toString', args: {} }, 'unknown'],
    ['a command of the editor', { type: 'command', id: 1, command: 'workbench.action.quit', args: {} }, 'unknown'],
    ['an id that is a text', list('1'), 'invalid'],
    ['an id of zero', list(0), 'invalid'],
    ['an id that is no whole number', list(1.5), 'invalid'],
    ['an id beyond all ids', list(2 ** 60), 'invalid'],
    ['a field too many', { ...list(), key: 'secret' }, 'invalid'],
    ['params of a wrong type', { ...list(), method: 'provider/get', params: { provider: 1 } }, 'invalid'],
    [
      'a key among values to test',
      { ...list(), method: 'provider/test', params: { kind: 'openai', config: {}, key: 'sk' } },
      'invalid',
    ],
    ['args too many', { type: 'command', id: 1, command: 'setKey', args: { provider: 'a', key: 'sk' } }, 'invalid'],
    ['fifty megabytes', { ...list(), params: { text: 'x'.repeat(50_000_000) } }, 'too_large'],
    ['a long list', { ...list(), params: new Array(100_000).fill(0) }, 'too_large'],
    ['a hole of a list', { ...list(), params: new Array(4_000_000_000) }, 'too_large'],
    ['bytes', { ...list(), params: new Uint8Array(2_000_000) }, 'too_large'],
    ['a deep one', { ...list(), params: nested(100) }, 'too_deep'],
  ])('%s', async (_, message, why) => {
    const world = ready()
    world.bridge.receive(message)
    await settled()
    expect(world.asked).toEqual([])
    expect(world.ran).toEqual([])
    expect(refusals(world)).toMatchObject([{ why }])
    expect(JSON.stringify(world.told).length).toBeLessThan(1000)
    expect(world.log).toHaveLength(1)
    // And the next good one is answered.
    world.bridge.receive(list(2))
    expect(world.asked).toHaveLength(1)
  })

  test('the same over and over is written down once', () => {
    const world = ready()
    for (let index = 0; index < 100; index += 1) world.bridge.receive({ type: 'eval' })
    expect(world.log).toHaveLength(1)
  })

  test('names of the prototype change nothing that others use', async () => {
    const world = ready()
    const config = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    world.bridge.receive({ ...list(), method: 'provider/save', params: { provider: 'a', kind: 'ollama', config } })
    await settled()
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    const { config: received } = (world.asked[0] as { params: { config: object } }).params
    expect(Object.getPrototypeOf(received)).toBe(Object.prototype)
    expect(Object.hasOwn(received, '__proto__')).toBe(false)
  })

  test('a message that refers to itself', () => {
    const world = ready()
    const loop: { type: string; self?: unknown } = { type: 'ready' }
    loop.self = loop
    world.bridge.receive(loop)
    expect(refusals(world)).toMatchObject([{ why: 'too_deep' }])
  })
})

describe('ids', () => {
  test('an id is used once: a second one, and one from before, are refused', async () => {
    const world = ready()
    world.bridge.receive(list(7))
    world.bridge.receive(list(7))
    world.bridge.receive(list(3))
    expect(world.asked).toHaveLength(1)
    expect(refusals(world).map(({ id, why }) => [id, why])).toEqual([
      [7, 'duplicate'],
      [3, 'duplicate'],
    ])
    world.answers[0]?.('all')
    await settled()
    expect(world.told.at(-1)).toEqual({ type: 'answer', id: 7, result: 'all' })
  })

  test('cancelling what nobody asked does nothing, and what somebody did ends it', () => {
    const world = ready()
    world.bridge.receive(list(1))
    world.bridge.receive({ type: 'cancel', id: 999 })
    expect(world.asked[0]?.signal.aborted).toBe(false)
    world.bridge.receive({ type: 'cancel', id: 1 })
    expect(world.asked[0]?.signal.aborted).toBe(true)
  })

  test('before the page is ready nothing is asked', () => {
    const world = makeBridge()
    world.bridge.receive(list())
    expect(world.asked).toEqual([])
    expect(refusals(world)).toMatchObject([{ why: 'invalid' }])
  })

  test('a page that begins anew is not answered what its earlier life asked', async () => {
    const world = ready()
    world.bridge.receive(list(1))
    world.bridge.receive({ type: 'ready' })
    expect(world.asked[0]?.signal.aborted).toBe(true)
    world.bridge.receive(list(1))
    world.answers[0]?.('old')
    world.answers[1]?.('new')
    await settled()
    expect(world.told.filter(({ type }) => type === 'answer')).toEqual([{ type: 'answer', id: 1, result: 'new' }])
  })

  test('no more than 64 are waited for', () => {
    const world = ready()
    for (let id = 1; id <= 65; id += 1) world.bridge.receive(list(id))
    expect(world.asked).toHaveLength(64)
    expect(refusals(world)).toMatchObject([{ id: 65, why: 'too_many' }])
  })
})

describe('ten thousand in a second', () => {
  test('are refused once, then dropped and counted, until there are fewer', () => {
    const world = ready()
    for (let index = 0; index < 10_000; index += 1) {
      world.clock.now = index / 10
      world.bridge.receive({ type: 'cancel', id: 1 })
    }
    expect(refusals(world)).toMatchObject([{ why: 'too_many' }])
    world.clock.now += 2000
    world.bridge.receive(list())
    expect(world.asked).toHaveLength(1)
    // 200 at once and 100 more in that second were looked at.
    expect(Number(/sent (\d+) messages too fast/.exec(world.log.join())?.[1])).toBeGreaterThan(9_690)
    expect(Number(/sent (\d+) messages too fast/.exec(world.log.join())?.[1])).toBeLessThan(9_710)
  })
})

describe('what became of it is told', () => {
  test.each([
    ['down', 'server_down'],
    ['lost', 'server_lost'],
  ] as const)('a server that is %s', async (kind, why) => {
    const world = ready({ ask: async () => ({ kind }) })
    world.bridge.receive(list())
    await settled()
    expect(refusals(world)).toMatchObject([{ id: 1, why }])
    expect(world.log).toEqual([])
  })

  test('a bug of ours, with the whole of it in the log', async () => {
    const world = ready({ ask: () => Promise.reject(new Error('broken')) })
    world.bridge.receive(list())
    await settled()
    expect(refusals(world)).toMatchObject([{ id: 1, why: 'broken' }])
    expect(world.log.join()).toContain('broken')
  })
})

test('a form of ours fits', () => {
  expect(weighMessage({ ...list(), params: { interests: 'x'.repeat(10_000) } })).toBe('fits')
})
