// A run over many rows against a model that answers at once: what everything but the model costs.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { memoryOf, takeTurns } from '../measure.mjs'

const concurrency = 64
const instantServer = path.join(import.meta.dirname, '..', 'instantServer.mjs')

export async function measureRuns({ cliFile, peer, scratch, items, rounds }) {
  const input = path.join(scratch, 'items.jsonl')
  await writeItems(input, items)
  const server = fork(instantServer)
  const [{ port }] = await once(server, 'message')
  const url = `http://127.0.0.1:${port}/v1`
  try {
    const cli = await openTerminal(cliFile, scratch, url)
    const template = await readTemplate(cli, url, scratch)
    const perItem = (file) => () =>
      runProcess([file, input, path.join(scratch, 'peer.jsonl'), String(concurrency)], { BENCH_TEMPLATE: template })
    const runs = {
      'ours, 5 items a call': () => cli.categorize(input, 5),
      'ours, 1 item a call': () => cli.categorize(input, 1),
      'undici.request': perItem(peer('undiciRun')),
      fetch: perItem(peer('fetchRun')),
      'ai SDK': perItem(peer('aiSdkRun')),
    }
    let memory = 0
    const contestants = Object.fromEntries(
      Object.entries(runs).map(([name, run]) => [
        name,
        async () => {
          const { seconds, peak } = await run()
          if (name.startsWith('ours')) memory = Math.max(memory, peak ?? 0)
          return items / seconds
        },
      ]),
    )
    const speeds = await takeTurns(rounds, contestants)
    checkResults(cli.output, items)
    return { speeds, peakMemory: memory }
  } finally {
    server.disconnect()
  }
}

/** About 300 characters a row, each one different. */
async function writeItems(file, count) {
  const out = createWriteStream(file)
  for (let row = 0; row < count; row += 1) {
    const text = `Item ${row}: the nightly build of the compiler fails on the second machine since the update of its cache. ${'It worked before, and the log says nothing of use. '.repeat(4)}`
    if (!out.write(`${JSON.stringify({ id: `item-${row}`, text })}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

async function openTerminal(cliFile, scratch, url) {
  const data = ['--data-dir', path.join(scratch, 'run-data')]
  const output = path.join(scratch, 'ours.jsonl')
  const command = (...words) => runProcess([cliFile, ...words, ...data])
  await command('provider', 'add', 'bench', '--kind', 'openai-compatible', '--set', `base_url=${url}`)
  return {
    output,
    categorize(input, batchSize) {
      rmSync(output, { force: true })
      const size = ['--batch-size', String(batchSize), '--concurrency', String(concurrency)]
      return command('categorize', input, '--provider', 'bench', '--model', 'instant', '--fresh', ...size, '--output', output)
    },
  }
}

/** What our own run sends for one item; the peers send the same, with their item in its place. */
async function readTemplate(cli, url, scratch) {
  const text = 'The text of the one item that shows what a request looks like.'
  const sample = path.join(scratch, 'sample.jsonl')
  const out = createWriteStream(sample)
  out.end(`${JSON.stringify({ id: 'sample', text })}\n`)
  await once(out, 'finish')
  await cli.categorize(sample, 1)
  const body = await (await fetch(url.replace('/v1', '/last'))).text()
  if (!body.includes(text)) throw new Error('The run asked the model nothing: its last request does not hold the item.')
  return JSON.stringify({ url, body, text })
}

/** From start to end of the process, so everybody pays for their own start. */
async function runProcess(args, env = {}) {
  const started = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  const said = []
  child.stderr.on('data', (chunk) => said.push(chunk))
  let peak = null
  const watch = setInterval(() => {
    peak = memoryOf(child.pid, 'VmHWM') ?? peak
  }, 50)
  const [exitCode] = await once(child, 'close')
  clearInterval(watch)
  const seconds = (performance.now() - started) / 1000
  if (exitCode !== 0) {
    throw new Error(
      `${args.map((word) => path.basename(word)).join(' ')} ended with ${exitCode}:\n${Buffer.concat(said).toString('utf8').slice(-2000)}`,
    )
  }
  return { seconds, peak }
}

/** A fast run that lost something is worth nothing. */
function checkResults(file, items) {
  const ids = new Set()
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { id, status, categories } = JSON.parse(line)
    if (status !== 'ok' || categories[0] !== 'Technology') throw new Error(`A result is not as the model said: ${line}`)
    ids.add(id)
  }
  if (ids.size !== items) throw new Error(`${items} items went in, and ${ids.size} results came out.`)
}
