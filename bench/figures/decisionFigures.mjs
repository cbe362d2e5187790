// The same items by each way of asking, over a scripted server and, where there is one, over llama-server with a small model.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { checkResults, writeItems } from '../items.mjs'
import { takeTurns, timed } from '../measure.mjs'
import { keepTrack, runProcess } from '../processes.mjs'
import { concurrency, peerRun, startInstantServer } from './terminalRuns.mjs'

export const ways = ['text', 'decisions', 'readout']

/** Seven categories of one level with a line each, a reader with wishes, one category an item: the least that both tasks need. */
const profile = `categories:
${[
  ['Information', 'Compiling, packaging and continuous integration'],
  ['Editors', 'Editors, their extensions and settings'],
  ['Languages', 'Programming languages and their libraries'],
  ['Hardware', 'Machines, chips and devices'],
  ['Security', 'Holes, keys, attacks and updates against them'],
  ['Money', 'Prices, payments and invoices'],
  ['People', 'Hiring, teams and events'],
]
  .map(([name, description]) => `  - name: ${name}\n    description: ${description}`)
  .join('\n')}
category_choice: { max: 1 }
interests: Compilers and build systems that got faster.
anti_interests: Advertisements and celebrities.
`

/** A terminal of its own data folder whose provider `bench` is at the address; runs both tasks of a file by a way. */
export async function openBench(cliFile, folder, { url, model, key }) {
  const data = ['--data-dir', path.join(folder, `data-${key}`)]
  const profileFile = path.join(folder, 'profile.yaml')
  writeFileSync(profileFile, profile)
  const output = path.join(folder, `${key}-results.jsonl`)
  const command = (...words) => runProcess([cliFile, ...words, ...data])
  await command('provider', 'add', 'bench', '--kind', 'openai-compatible', '--set', `base_url=${url}`)
  return {
    output,
    async run(input, ask, more = []) {
      rmSync(output, { force: true })
      const route = ['--provider', 'bench', '--model', model, '--profile', profileFile, '--fresh', '--yes']
      return await command('run', input, '--ask', ask, ...route, ...more, '--output', output)
    },
  }
}

/** What each way takes for the same items, one call at a time, so that what a server with one slot has to read anew can be told. */
export async function measureWays({ cliFile, scratch, items }) {
  const input = path.join(scratch, 'ways.jsonl')
  await writeItems(input, items)
  const server = await startInstantServer({ counts: true })
  try {
    const bench = await openBench(cliFile, scratch, { url: server.url, model: 'instant', key: 'ways' })
    const countsOf = async () => await (await fetch(server.url.replace('/v1', '/counts'))).json()
    const figures = {}
    for (const way of ways) {
      await countsOf()
      const { seconds } = await bench.run(input, way, ['--concurrency', '1'])
      await checkResults(bench.output, items)
      const { calls, sent, fresh, answered } = await countsOf()
      figures[way] = {
        ...{ calls: calls / items, in: sent / 4 / items, fresh: fresh / 4 / items, out: answered / 4 / items },
        secondsAnItem: seconds / items,
      }
    }
    return figures
  } finally {
    server.stop()
  }
}

/** Items a second through the whole program, and through a client that posts the same bodies. */
export async function measureThroughput({ cliFile, peer, scratch, items, rounds }) {
  const input = path.join(scratch, 'items.jsonl')
  await writeItems(input, items)
  const server = await startInstantServer()
  try {
    const bench = await openBench(cliFile, scratch, { url: server.url, model: 'instant', key: 'throughput' })
    const template = await readTemplate(bench, server.url, scratch)
    const posts = peerRun(peer('undiciDecide'), template, { input, scratch, itemsPerCall: 1 })
    const parallel = ['--concurrency', String(concurrency)]
    const speeds = await takeTurns(rounds, {
      ours: async () => items / (await bench.run(input, 'decisions', parallel)).seconds,
      undici: async () => items / (await posts.run()).seconds,
    })
    await checkResults(bench.output, items)
    return speeds
  } finally {
    server.stop()
  }
}

async function readTemplate(bench, url, scratch) {
  const texts = ['The text of item 0 that shows a request.']
  const sample = path.join(scratch, 'sample.jsonl')
  writeFileSync(sample, `${JSON.stringify({ id: 'sample-0', text: texts[0] })}\n`)
  await bench.run(sample, 'decisions')
  const body = await (await fetch(url.replace('/v1', '/last'))).text()
  if (!body.includes(texts[0]))
    throw new Error('The run asked something else: its last request does not hold the item.')
  return JSON.stringify({ url, body, texts })
}

/** Seconds from start to end of the command for 200 items, each way. */
export async function measureCommand({ cliFile, scratch, rounds }) {
  const input = path.join(scratch, 'command.jsonl')
  await writeItems(input, 200)
  const server = await startInstantServer()
  try {
    const bench = await openBench(cliFile, scratch, { url: server.url, model: 'instant', key: 'command' })
    const contestants = Object.fromEntries(ways.map((way) => [way, async () => (await bench.run(input, way)).seconds]))
    return await takeTurns(rounds, contestants)
  } finally {
    server.stop()
  }
}

/** With the real server and the small model of the folder, one slot; null: there is none. */
export async function measureReal({ cliFile, scratch, real, items, patienceSeconds }) {
  const binary = path.join(real, 'llama-server')
  if (!existsSync(binary) || !existsSync(path.join(real, 'model.gguf'))) return null
  const input = path.join(scratch, 'real.jsonl')
  await writeItems(input, items)
  const port = await freePort()
  const words = [
    '-m',
    path.join(real, 'model.gguf'),
    '--alias',
    'smollm2',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ]
  const server = keepTrack(
    spawn(binary, [...words, '-t', '1', '-c', '8192', '-np', '1', '--no-webui'], { stdio: 'ignore' }),
  )
  try {
    await untilReady(`http://127.0.0.1:${port}/health`)
    const figures = {}
    for (const way of ['readout', 'text']) {
      const place = { url: `http://127.0.0.1:${port}/v1`, model: 'smollm2', key: `real-${way}` }
      const bench = await openBench(cliFile, scratch, place)
      const patience = ['--stop-after', `${patienceSeconds}s`]
      const ms = await timed(() => bench.run(input, way, patience).catch(() => undefined))
      figures[way] = { seconds: ms / 1000, items, ...readResults(bench.output) }
    }
    return figures
  } finally {
    server.kill()
  }
}

/** What became of the items, and what the calls of those that were answered say of themselves. */
function readResults(file) {
  const records = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []
  const answered = records.filter(({ status = 'ok' }) => status === 'ok')
  const receipts = answered.flatMap(({ receipts = {} }) => [receipts.categorization, receipts.scoring])
  const own = receipts.filter((receipt) => receipt && !receipt.sharedCall)
  const sum = (read) => own.reduce((total, receipt) => total + (read(receipt) ?? 0) / receipt.batch, 0)
  const masses = receipts.flatMap((receipt) => receipt?.decision?.labelMass ?? [])
  return {
    answered: answered.length,
    input: sum(({ usage }) => usage.input) / (answered.length || 1),
    cached: sum(({ usage }) => usage.cached) / (answered.length || 1),
    output: sum(({ usage }) => usage.output) / (answered.length || 1),
    labelMass: masses.length === 0 ? null : masses.reduce((total, mass) => total + mass, 0) / masses.length,
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function untilReady(url, deadline = performance.now() + 120_000) {
  while (performance.now() < deadline) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('llama-server did not become ready within two minutes')
}
