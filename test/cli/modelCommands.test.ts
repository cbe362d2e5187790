import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pullLine } from '../../cli/models/pullModel.ts'
import type { PullProgress } from '../../protocol/models.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'

let cli: LiveCli
let ollama: FakeOllama
beforeEach(async () => {
  ;[cli, ollama] = await Promise.all([startLiveCli(), startFakeOllama()])
  const address = ['--set', 'base_url=http://127.0.0.1', '--set', `port=${ollama.port}`]
  await done(['provider', 'add', 'ollama', '--kind', 'ollama', ...address])
})
afterEach(async () => {
  await ollama.close()
  await cli.remove()
})

/** What a command printed that has to go well. */
async function done(words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

async function registered(): Promise<object[]> {
  return JSON.parse(await done(['model', 'list', '--json'])).value.rows
}

const small = ['ollama', 'small:latest']

describe('the registry', () => {
  test('keeps a model with its parameters, changes those that are named, and forgets it', async () => {
    await done(['model', 'add', ...small, '--type', 'generation', '--set', 'temperature=0.5', '--set', 'thinking=off'])
    await done(['model', 'set', ...small, 'temperature=', 'timeout_seconds=300'])
    expect(await registered()).toMatchObject([
      {
        model: 'small:latest',
        parameters: { thinking: false, timeout_seconds: 300 },
        status: 'active',
        isDefault: false,
      },
    ])
    expect(await done(['model', 'default', ...small])).toBe('ollama / small:latest is the default for generation\n')
    const listed = await done(['model', 'list', '--type', 'generation', '--provider', 'ollama', '--search', 'SMALL'])
    expect(listed).toMatch(
      /ollama +small:latest +generation +active +for generation\n +timeout_seconds=300 thinking=false\n/,
    )
    expect(await done(['model', 'list', '--status', 'deprecated'])).toMatch(/^No model is registered/)
    expect(await done(['model', 'default', ...small, '--none'])).toBe('There is no default for generation any more\n')
    expect(await done(['model', 'remove', ...small])).toBe('ollama / small:latest is no longer registered\n')
    expect(await registered()).toEqual([])
  })

  test('names the parameter that is wrong', async () => {
    const { code, err } = await cli.run(['model', 'add', ...small, '--type', 'generation', '--set', 'temperature=hot'])
    expect(code).toBe(3)
    expect(err).toMatch(/temperature/)
  })

  test('does not register a model by switching it', async () => {
    for (const words of [
      ['disable', ...small],
      ['set', ...small, 'temperature=0'],
    ]) {
      expect(await cli.run(['model', ...words])).toMatchObject({ code: 2, out: '' })
    }
    expect(await registered()).toEqual([])
  })
})

describe('what others depend on', () => {
  beforeEach(async () => {
    await done(['model', 'add', ...small, '--type', 'generation'])
    await done(['route', 'set', 'scoring', '--provider', 'ollama', '--model', 'small:latest'])
  })

  test.each([
    ['disable', 'a model', ['model', 'disable', ...small]],
    ['delete', 'a model', ['model', 'delete', ...small]],
    ['disable', 'a provider', ['provider', 'disable', 'ollama']],
    ['remove', 'a provider', ['provider', 'remove', 'ollama']],
  ])('is told before a %s of %s, which is done only when it is confirmed', async (_what, _which, words) => {
    const refused = await cli.run(words, { answers: ['no'] })
    expect(refused).toMatchObject({ code: 130, out: '' })
    expect(refused.err).toMatch(
      /is used by .*\n[\s\S]* {2}the route of scoring\n[\s\S]*Continue anyway\? \(y\/N\) \nNothing was done\.\n$/,
    )
    const piped = await cli.run(words)
    expect(piped).toMatchObject({ code: 2, out: '' })
    expect(piped.err).toContain(`next:  llm-providers ${words.join(' ')} --yes\n`)
    expect(await cli.run(words, { answers: ['y'] })).toMatchObject({ code: 0 })
  })

  test('is listed', async () => {
    expect(await done(['model', 'dependents', ...small])).toBe('  the route of scoring\n')
    expect(await done(['provider', 'dependents', 'ollama'])).toMatch(
      /the route of scoring\n {2}the registered model small/,
    )
    expect(await done(['model', 'dependents', 'ollama', 'other'])).toBe('Nothing depends on ollama / other.\n')
  })
})

describe('a test', () => {
  test('on this machine has a price that nobody knows, and says what it sends and what it found', async () => {
    const { code, out, err } = await cli.run(['model', 'test', ...small, '--probe'])
    expect(code).toBe(0)
    expect(err).toMatch(
      /^At most \d+ small calls go to the model "small:latest" at http:\/\/127\.0\.0\.1.* Its price is unknown: a server on this machine costs nothing unless it forwards calls\.\n/,
    )
    expect(err).toMatch(
      /\ncall 1 of at most \d+, asked for schema\ncall 2 of at most \d+, asked for \w+; so far .* in, /,
    )
    expect(out).toMatch(/^ok {2}ollama \/ small:latest \(generation\) answered in/)
    expect(out).toMatch(/yes {7}enforces a JSON schema\n/)
    expect(out).toMatch(/yes {7}answers five items in one call\n/)
    expect(out).toMatch(/measured .* by \d+ calls/)
    expect(out).toContain('registered to store this')
    const again = await done(['provider', 'test', 'ollama', '--model', 'small:latest'])
    expect(again).toMatch(/ok {2}ollama at http[\s\S]*ok {2}ollama \/ small:latest \(generation\)/)
  })

  test('of an embedding model measures its vector, and says what to change', async () => {
    await done(['model', 'add', ...small, '--type', 'embedding', '--set', 'dimensions=16'])
    ollama.models = [{ name: 'small:latest', capabilities: ['embedding'] }]
    const out = await done(['model', 'test', ...small])
    expect(out).toMatch(/vectors of 8 dimensions, not the 16 that are configured/)
    expect(await done(['model', 'list'])).toMatch(/measured 20\d\d-\d\d-\d\d: 8 dimensions/)
    expect(await done(['provider', 'models', 'ollama'])).toContain('8 dimensions')
  })

  test('that may cost something is only sent when somebody agrees', async () => {
    ollama.models = [{ name: 'big:cloud' }]
    await done(['provider', 'models', 'ollama'])
    const words = ['model', 'test', 'ollama', 'big:cloud']
    const piped = await cli.run(words)
    expect(piped).toMatchObject({ code: 2, out: '' })
    expect(piped.err).toMatch(
      /One made-up sentence is sent to the model "big:cloud"[\s\S]*error: This may cost something, so it takes --yes/,
    )
    expect(await cli.run(words, { answers: [null] })).toMatchObject({ code: 130, out: '' })
    expect(await cli.run([...words, '--json'])).toMatchObject({ code: 2, err: '' })
    expect(ollama.chats).toEqual([])
    expect(await cli.run(words, { answers: ['yes'] })).toMatchObject({ code: 0 })
    expect(await cli.run([...words, '--yes'])).toMatchObject({ code: 0 })
    expect(ollama.chats.map(({ model }) => model)).toEqual(['big:cloud', 'big:cloud'])
  })
})

describe('a pull', () => {
  const words = ['model', 'pull', 'ollama', 'fresh:latest']

  test('ends when the model is there', async () => {
    const pulling = cli.start(words)
    await ollama.pullsBegun(1)
    ollama.models = [...ollama.models, { name: 'fresh:latest' }]
    ollama.pullLine({ status: 'success' })
    ollama.endPulls()
    expect(await pulling.told).toEqual({ code: 0, out: 'ollama has fresh:latest, 1 KB\n', err: '' })
  })

  test('is given up by Ctrl-C, and says how to go on', async () => {
    const pulling = cli.start(words)
    await ollama.pullsBegun(1)
    pulling.terminal.interrupt()
    const { code, out, err } = await pulling.told
    expect({ code, out }).toEqual({ code: 130, out: '' })
    expect(err).toBe(
      'Stopped. Pull again to continue from there.\nerror: Cancelled.\nnext:  llm-providers model pull ollama fresh:latest\n',
    )
    await ollama.pullsAbandoned()
    expect(ollama.pulls.abandoned).toBe(1)
  })

  test('that is given up is one JSON document as well', async () => {
    const pulling = cli.start([...words, '--json'])
    await ollama.pullsBegun(1)
    pulling.terminal.interrupt()
    const { code, out, err } = await pulling.told
    expect({ code, err }).toEqual({ code: 130, err: '' })
    expect(JSON.parse(out)).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
  })
})

const layer = (digest: string, completedBytes: number, totalBytes: number) => ({ digest, completedBytes, totalBytes })
const pulling = (changes: Partial<PullProgress>): PullProgress => ({
  provider: 'ollama',
  model: 'm',
  status: 'pulling',
  completedBytes: null,
  totalBytes: null,
  layers: [],
  ...changes,
})

test('a pull that goes on is not taken for a fast one', () => {
  const progress = pulling({ completedBytes: 4e9, totalBytes: 5e9, layers: [layer('a', 4e9, 5e9)] })
  expect(pullLine(progress, 90, 10_000, 3e9)).toContain('about 10.0 s left')
})

test.each<[string, Partial<PullProgress>, number, number, string]>([
  ['before a layer is known', { status: 'pulling manifest' }, 80, 0, 'pulling manifest'],
  [
    'in the second layer',
    { completedBytes: 1.2e9, totalBytes: 4.8e9, layers: [layer('a', 1e9, 1e9), layer('b', 2e8, 3.8e9)] },
    90,
    60_000,
    '██████░░░░░░░░░░░░░░░░░░  1.2 GB of 4.8 GB · layer 2 of 2: 5% · about 3 min 0 s left',
  ],
  [
    'on a narrow terminal',
    { completedBytes: 1.2e9, totalBytes: 4.8e9, layers: [layer('a', 1e9, 1e9), layer('b', 2e8, 3.8e9)] },
    40,
    1000,
    '1.2 GB of 4.8 GB · layer 2 of 2: 5%',
  ],
  [
    'at its end',
    { completedBytes: 5e6, totalBytes: 5e6, layers: [layer('a', 5e6, 5e6)], status: 'verifying' },
    60,
    9000,
    '████████████████████████  5 MB of 5 MB · verifying',
  ],
])('the line of a pull %s', (_name, changes, columns, elapsedMs, line) => {
  expect(pullLine(pulling(changes), columns, elapsedMs)).toBe(line)
})
