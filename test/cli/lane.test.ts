import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type BatchServer, startBatchServer } from '../support/providers/batchServer.ts'

let cli: LiveCli
let server: BatchServer

/** Where each kind is, on the one port. */
const kinds: Record<string, (origin: string) => string[]> = {
  openai: (origin) => ['--set', `base_url=${origin}/v1`],
  azure: (origin) => ['--set', `base_url=${origin}`],
  anthropic: (origin) => ['--set', `base_url=${origin}`],
  google: (origin) => ['--set', `base_url=${origin}/v1beta`],
  mistral: (origin) => ['--set', `base_url=${origin}/v1`],
  groq: (origin) => ['--set', `base_url=${origin}/openai/v1`],
}

const categories = ['Technology', 'Science', 'Sports']
const wish = (at: number) => categories[at % categories.length] ?? ''

beforeEach(async () => {
  cli = await startLiveCli({ environment: { BATCH_KEY: 'sk-fake-batches' } })
  server = await startBatchServer()
})
afterEach(async () => {
  await server.close()
  await cli.remove()
})

async function begin(kind: string, items: number): Promise<void> {
  const rows = Array.from({ length: items }, (_, at) =>
    JSON.stringify({ id: `${at}`, text: `item ${at} [[${wish(at)}]]` }),
  )
  await writeFile(path.join(cli.folder, 'items.jsonl'), rows.join('\n'))
  await writeFile(
    path.join(cli.folder, 'p.yaml'),
    `categories:\n${categories.map((name) => `  - name: ${name}\n`).join('')}`,
  )
  const where = kinds[kind]?.(server.origin) ?? []
  await done('provider', 'add', 'there', '--kind', kind, ...where, '--set', 'key_env=BATCH_KEY')
  await done('route', 'set', 'categorization', '--provider', 'there', '--model', 'some-model')
}

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${out}\n${err}`)
  return out + err
}

const lane = ['categorize', 'items.jsonl', '--profile', './p.yaml', '--lane', 'batch', '--batch-size', '2', '--yes']

async function results(): Promise<ResultRecord[]> {
  const text = await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultRecord)
  return rows.toSorted((one, other) => Number(one.id) - Number(other.id))
}

/** Each item has the category that its own text names: no answer went to another item. */
function expectOwn(rows: readonly ResultRecord[], items: number): void {
  expect(rows.map(({ id, status, categories: found }) => ({ id, status, found }))).toEqual(
    Array.from({ length: items }, (_, at) => ({ id: `${at}`, status: 'ok', found: [wish(at)] })),
  )
}

/** Nothing of the texts is left at the provider, nor on this machine. */
async function expectCleared(): Promise<void> {
  expect(server.files()).toEqual([])
  const runs = path.join(cli.dataDir, 'runs')
  const [folder = ''] = (await readdir(runs)).filter((name) => name.endsWith('.batches'))
  expect(await readdir(path.join(runs, folder))).toEqual(['batches.jsonl'])
}

describe.each(Object.keys(kinds))('%s', (kind) => {
  test('takes a run through a batch at half the price, and keeps nothing', async () => {
    await begin(kind, 25)
    const told = await done(...lane)
    const rows = await results()
    expectOwn(rows, 25)
    expect(new Set(rows.map(({ receipts }) => receipts.categorization?.lane))).toEqual(new Set(['batch']))
    expect(server.singles).toEqual([])
    expect(server.batches).toHaveLength(1)
    expect(told).toContain('1 batch')
    await expectCleared()
  })
})

describe('a batch that misbehaves', () => {
  const items = 40

  async function takesAll(faults: BatchServer['faults'], singles: number): Promise<string> {
    Object.assign(server.faults, faults)
    const told = await done(...lane)
    expectOwn(await results(), items)
    expect(server.singles).toHaveLength(singles)
    await expectCleared()
    return told
  }

  beforeEach(async () => await begin('openai', items))

  test('leaves out requests: their items are asked about by single calls, and told', async () => {
    const told = await takesAll({ missingEvery: 4 }, 5)
    expect(told).toContain('10 had no usable answer')
  })

  test('answers with errors, and with what is no answer', async () => {
    const told = await takesAll({ errorEvery: 10, malformedEvery: 9 }, 4)
    expect(told).toContain('8 had no usable answer')
  })

  test('answers twice: the first answer counts', async () => {
    await takesAll({ doubledEvery: 2 }, 0)
  })

  test('is of a state that nobody knows, and is waited for', async () => {
    await takesAll({ states: ['in_progress', 'pondering', '', 'in_progress'].filter(Boolean) }, 0)
  })

  test('cannot be looked at for a while', async () => {
    const path = /\/batches\/batch_/
    const get = (status: number, headers?: Record<string, string>) => ({
      ...{ method: 'GET', path, status },
      ...(headers ? { headers } : {}),
    })
    await takesAll({ statuses: [get(500), get(503), get(429, { 'retry-after': '0' }), get(502)] }, 0)
  })

  test('is made although the answer to that was lost: it is found, and not made again', async () => {
    await takesAll({ losesCreates: 1 }, 0)
    expect(server.batches).toHaveLength(1)
  })

  test('breaks off while its results come', async () => {
    await takesAll({ cutsDownload: true }, 0)
  })

  test('expires in part: what it has answered counts', async () => {
    await takesAll({ expiresAfter: 0.5 }, 10)
  })

  test('finds no room in the account, and is made again', async () => {
    server.faults.failsWith = ['token_limit_exceeded']
    const started = cli.start(lane)
    await expect.poll(() => server.batches.length).toBe(1)
    // Minutes later; here nobody waits for them.
    await expect.poll(() => server.seen.get('GET /v1/batches/*')).toBe(1)
    started.terminal.interrupt()
    await started.told
    await done('run', 'resume', await lastRun())
    expectOwn(await results(), items)
    expect(server.batches.map(({ state }) => state)).toEqual(['failed', 'completed'])
  })

  test('has lost its results', async () => {
    const told = await takesAll({ losesResults: true }, 20)
    expect(told).toContain('40 had no usable answer')
  })

  test('is cancelled from outside', async () => {
    server.faults.hangs = true
    const started = cli.start(lane)
    await expect.poll(() => server.batches.length).toBe(1)
    server.cancel(server.batches[0]?.id ?? '')
    expect((await started.told).code).toBe(0)
    expectOwn(await results(), items)
    expect(server.singles).toHaveLength(20)
  })

  test('fails as a whole: the run stops with what the provider said, and nothing goes out at full price', async () => {
    server.faults.failsWith = ['model_not_supported']
    const told = await cli.run(lane)
    expect(told.code).not.toBe(0)
    expect(told.err).toContain('model_not_supported')
    expect(server.singles).toEqual([])
  })
})

async function lastRun(): Promise<string> {
  const { rows } = JSON.parse(await done('run', 'list', '--json')).value as { rows: { runId: string }[] }
  return rows[0]?.runId ?? ''
}

test('Ctrl-C leaves the batches with the provider, and whoever resumes the run fetches their results', async () => {
  await begin('openai', 12)
  server.faults.hangs = true
  const started = cli.start(lane)
  await expect.poll(() => server.batches.length).toBe(1)
  await expect.poll(() => server.seen.get('GET /v1/batches/*') ?? 0).toBeGreaterThan(0)
  started.terminal.interrupt()
  const left = await started.told
  expect(left.err).toContain('go on there')
  expect(server.batches[0]?.state).toBe('working')
  expect(await done('run', 'list')).toContain('paused, 1 of 1 batches open')
  const run = await lastRun()
  expect((await cli.run(['run', 'show', run])).err).toMatch(/1: \w+, 0 of 6 requests answered \(batch_/)
  server.faults.hangs = false
  await done('run', 'resume', run)
  expectOwn(await results(), 12)
  expect(server.batches).toHaveLength(1)
  expect(server.singles).toEqual([])
  await expectCleared()
})

/** USD for a million tokens. */
const setPrice = () =>
  done(
    ...['model', 'add', 'there', 'some-model', '--type', 'generation'],
    ...['--set', 'price.input=2', '--set', 'price.output=8'],
  )

test('a cap counts what a batch may cost before it is sent, and what it cost afterwards', async () => {
  await begin('openai', 10)
  await setPrice()
  const refused = await cli.run([...lane, '--max-cost', '0.001'])
  expect(refused.err).toMatch(/cap/i)
  expect(server.batches).toEqual([])
  await done(...lane, '--max-cost', '5')
  // At half of 2 and 8 dollars a million.
  for (const { receipts } of await results()) {
    const { costUsd, usage } = receipts.categorization ?? {}
    expect(costUsd).toBeCloseTo(((usage?.input ?? 0) * 1 + (usage?.output ?? 0) * 4) / 1e6, 10)
  }
})

test('what has no batch API says so, and how to go on', async () => {
  await begin('openai', 3)
  await done('provider', 'add', 'plain', '--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`)
  const told = await cli.run([...lane, '--provider', 'plain', '--model', 'some-model'])
  expect(told.code).not.toBe(0)
  expect(told.err).toContain('"plain" has no batch API')
  expect(told.err).toContain('--lane single')
})

test('who cancels a run that nobody works on cancels its batches, too', async () => {
  await begin('openai', 12)
  server.faults.hangs = true
  const started = cli.start(lane)
  await expect.poll(() => server.seen.get('GET /v1/batches/*') ?? 0).toBeGreaterThan(0)
  started.terminal.interrupt()
  await started.told
  await cli.run(['run', 'cancel', await lastRun()])
  expect(server.batches[0]?.state).toBe('cancelled')
  // What it had answered by then counts when the run goes on; here that is nothing.
  server.faults.hangs = false
  await done('run', 'resume', await lastRun())
  expectOwn(await results(), 12)
  expect(server.batches).toHaveLength(1)
  expect(server.singles).toHaveLength(6)
})

test('both tasks go through batches, the second for what the first has not blocked', async () => {
  await begin('openai', 9)
  const blocking = 'categories:\n  - name: Technology\n  - name: Science\n  - name: Sports\n    weight: block\n'
  await writeFile(path.join(cli.folder, 'p.yaml'), `${blocking}interests: compilers\n`)
  await done('route', 'set', 'scoring', '--provider', 'there', '--model', 'some-model')
  await done('run', ...lane.slice(1), '--separate')
  const rows = await results()
  expectOwn(rows, 9)
  expect(rows.map(({ score, blockedBy }) => score === 0 || blockedBy === null)).toEqual(Array(9).fill(true))
  expect(rows.filter(({ blockedBy }) => blockedBy !== null)).toHaveLength(3)
  expect(rows.filter(({ receipts }) => receipts.scoring?.lane === 'batch')).toHaveLength(6)
  expect(server.singles).toEqual([])
  await expectCleared()
})

test('an estimate in the lane costs half', async () => {
  await begin('openai', 10)
  await setPrice()
  const costOf = async (...words: string[]) => {
    const told = JSON.parse(
      await done('categorize', 'items.jsonl', '--profile', './p.yaml', '--estimate', '--json', ...words),
    )
    return told.value.costUsd.high as number
  }
  expect(await costOf('--lane', 'batch')).toBeCloseTo((await costOf()) / 2, 10)
})
