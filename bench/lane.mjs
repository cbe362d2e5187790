// `npm run bench -- --lane`: a million items (`--rows N`) through the batch API of a scripted server, with the memory that they take; and
// terminals that are killed (`--kills N`) at moments of chance while their items are in batches. Nothing may be lost, or sent twice.
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { measureScaleRun } from './figures/scaleRuns.mjs'
import { checkResults, writeItems } from './items.mjs'
import { endAll, keepTrack } from './processes.mjs'

const root = path.resolve(import.meta.dirname, '..')
const environment = { ...process.env, BENCH_KEY: 'sk-fake-bench' }
/** Of one run that is killed: enough for several batches. */
const itemsOfKilled = 20_000

export async function runLane({ rows, kills, isJson, dist }) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-lane-'))
  process.once('exit', () => {
    endAll()
    rmSync(scratch, { recursive: true, force: true })
  })
  Object.assign(process.env, environment)
  const built = dist ? path.resolve(dist) : build(scratch)
  const say = (words) => console.error(words)
  const whole = rows > 0 ? await measureWhole(built, scratch, rows, say) : null
  const killed = kills > 0 ? await killRuns(built, scratch, kills, say) : null
  const figures = { rows: whole, kills: killed }
  console.log(isJson ? JSON.stringify(figures, null, 2) : JSON.stringify(figures))
  return [whole, killed].every((each) => each === null || (each.lost === 0 && each.doubled === 0))
}

function build(scratch) {
  const folder = path.join(scratch, 'dist')
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs'), folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return folder
}

async function startServer() {
  const server = keepTrack(fork(path.join(root, 'test/support/providers/batchServer.ts')))
  const [{ origin }] = await once(server, 'message')
  return {
    config: { base_url: `${origin}/v1`, key_env: 'BENCH_KEY' },
    async counts() {
      server.send('counts')
      for (;;) {
        const [message] = await once(server, 'message')
        if ('items' in message) return message
      }
    },
    /** Settles when so many more requests have come. */
    async requests(count) {
      for (let seen = 0; seen < count; ) {
        const [message] = await once(server, 'message')
        if ('request' in message) seen++
      }
    },
    stop: () => server.disconnect(),
  }
}

async function measureWhole(built, scratch, rows, say) {
  const input = path.join(scratch, 'rows.jsonl')
  await writeItems(input, rows)
  const server = await startServer()
  say(`${rows.toLocaleString('en')} items through batches ...`)
  const { speed, seconds, idle, memory } = await measureScaleRun({
    serverFile: path.join(built, 'server.js'),
    dataDir: path.join(scratch, 'data'),
    url: { kind: 'openai', config: server.config },
    input,
    rows,
    request: {
      tasks: ['categorization'],
      override: { provider: 'bench', model: 'some-model' },
      batchSize: 10,
      lane: 'batch',
    },
  })
  const { items, doubled, batches, singles, files } = await server.counts()
  server.stop()
  rmSync(input)
  const mb = {
    idle: Math.round(idle),
    overIdle: Math.round(memory.peak),
    parts: memory.parts.map(({ over }) => over && Math.round(over)),
  }
  return {
    rows,
    lost: rows - items,
    doubled,
    batches,
    singles,
    filesLeft: files,
    seconds: Math.round(seconds),
    perSecond: Math.round(speed),
    mb,
  }
}

/** The same moments in each bench. */
function seeded(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

async function killRuns(built, scratch, kills, say) {
  const random = seeded(20261201)
  const sum = { kills: 0, runs: 0, lost: 0, doubled: 0, singles: 0, batches: 0, filesLeft: 0 }
  while (sum.kills < kills) {
    const folder = path.join(scratch, `killed-${++sum.runs}`)
    const [input, output] = [`${folder}.jsonl`, `${folder}.results.jsonl`]
    await writeItems(input, itemsOfKilled)
    const server = await startServer()
    const cli = (words) =>
      keepTrack(
        spawn(process.execPath, [path.join(built, 'cli.js'), ...words, '--data-dir', folder], {
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      )
    const { base_url } = server.config
    await once(
      cli([
        'provider',
        'add',
        'bench',
        '--kind',
        'openai',
        '--set',
        `base_url=${base_url}`,
        '--set',
        'key_env=BENCH_KEY',
      ]),
      'exit',
    )
    const start = [
      'categorize',
      input,
      '--provider',
      'bench',
      '--model',
      'some-model',
      '--lane',
      'batch',
      '--yes',
      '--output',
      output,
    ]
    let words = start
    for (let isOver = false; !isOver; ) {
      const child = cli(words)
      child.stdout.resume()
      const ended = once(child, 'exit').then(([code]) => ({ code }))
      // By what it has asked of the server: a busy machine begins late.
      const [requests, moment] = [1 + Math.floor(random() * 9), random() * 300]
      const killed = server.requests(requests).then(() => pause(moment))
      const first = sum.kills < kills ? await Promise.race([ended, killed]) : await ended
      if (first === undefined) {
        child.kill('SIGKILL')
        await ended
        sum.kills++
        say(`killed ${Math.round(moment)} ms after request ${requests}`)
      } else {
        isOver = first.code === 0
        if (!isOver) throw new Error(`the run ended with ${first.code}`)
      }
      const runId = await lastRun(cli)
      words = runId ? ['run', 'resume', runId] : start
    }
    await checkResults(output, itemsOfKilled)
    const { items, doubled, batches, singles, files } = await server.counts()
    server.stop()
    sum.lost += itemsOfKilled - items
    sum.doubled += doubled
    sum.singles += singles
    sum.batches += batches
    sum.filesLeft += files
    for (const each of [folder, input, output]) rmSync(each, { recursive: true, force: true })
  }
  return sum
}

/** Null: none was begun. */
async function lastRun(cli) {
  const child = cli(['run', 'list', '--json'])
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  await once(child, 'close')
  return JSON.parse(text).value.rows[0]?.runId ?? null
}
