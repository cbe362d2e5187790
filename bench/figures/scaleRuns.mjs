// A run of a million rows in the server as the editor starts it: speed, memory, journal; and what is left to do after it was killed.
import { mkdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openServer, succeed } from '../channel.mjs'
import { checkResults } from '../items.mjs'
import { memoryOf } from '../measure.mjs'
import { keepTrack } from '../processes.mjs'

/** Parts of the run whose memory is told: flat means that the last ones need no more than the first. */
const parts = [0.1, 0.5, 1]
const partLength = 0.1

/**
 * `request`: tasks, override and sizes of the run. `killAt`: the share of the rows at which the server is killed as by the system;
 * another one then takes the run over.
 */
export async function measureScaleRun({ serverFile, dataDir, url, input, rows, request, killAt }) {
  mkdirSync(dataDir, { recursive: true })
  let server = await start(serverFile, dataDir)
  try {
    if (url) await save(server, url)
    // Memory is no race: what a start leaves behind is collected by then.
    await pause(2_000)
    const idle = memoryOf(server.pid)
    const watch = watchRun(server, rows, idle)
    const begun = performance.now()
    const output = { path: `${input}.results.jsonl`, format: 'jsonl', none: false }
    const { runId } = await succeed(
      server.call('run/start', { source: { kind: 'paths', paths: [input] }, reuse: 'none', output, ...request }),
    )
    const killed = killAt ? await watch.until(rows * killAt) : null
    let resumed = null
    if (killed) {
      const seconds = (performance.now() - begun) / 1000
      await server.close('SIGKILL')
      watch.stop()
      server = await start(serverFile, dataDir)
      resumed = { rows: killed.done, seconds, ...(await resume(server, runId, rows)) }
    } else await watch.until(rows)
    const seconds = (performance.now() - begun) / 1000
    watch.stop()
    await checkResults(output.path, rows)
    rmSync(output.path)
    const journalMb = statSync(path.join(dataDir, 'runs', `${runId}.journal.jsonl`)).size / 2 ** 20
    const memory = watch.memory()
    // The server that was killed did not see the last tenth.
    if (resumed) {
      memory.peak = Math.max(memory.peak, resumed.peakOverIdle)
      memory.parts = memory.parts.map((part) => (part.end === 1 ? { end: 1, over: resumed.peakOverIdle } : part))
    }
    const speed = resumed ? resumed.rows / resumed.seconds : rows / seconds
    return { runId, speed, seconds, idle, memory, journalMb, resumed }
  } finally {
    await server.close()
  }
}

async function start(serverFile, dataDir) {
  const server = await openServer(serverFile, dataDir)
  keepTrack(server.child)
  return server
}

/** `url`: of a server of any kind, or the settings of a provider. */
async function save(server, url) {
  const provider = typeof url === 'string' ? { kind: 'openai-compatible', config: { base_url: url } } : url
  await succeed(server.call('provider/save', { provider: 'bench', ...provider }))
}

/** Seconds from asking until the first item that was not there before, and until the end; and the second half's memory. */
async function resume(server, runId, rows) {
  const idle = memoryOf(server.pid)
  const watch = watchRun(server, rows, idle)
  const begun = performance.now()
  const since = () => (performance.now() - begun) / 1000
  const { counts } = await succeed(server.call('run/resume', { runId }))
  const before = doneOf(counts)
  await watch.until(before + 1)
  const untilFirst = since()
  await watch.until(rows)
  watch.stop()
  return { untilFirst, untilEnd: since(), peakOverIdle: watch.peak() - idle }
}

function doneOf({ ok, failed, skipped }) {
  return ok + failed + skipped
}

/** Follows a run by what the server tells, and the server's memory by what the system does. */
function watchRun(server, rows, idle) {
  const peaks = parts.map(() => null)
  let waiting = []
  let done = 0
  let peak = 0
  const sample = setInterval(() => {
    const memory = memoryOf(server.pid)
    peak = Math.max(peak, memory)
    parts.forEach((end, part) => {
      const isIn = done > 0 && done / rows > end - partLength && done / rows <= end
      if (isIn) peaks[part] = Math.max(peaks[part] ?? 0, memory - idle)
    })
  }, 100)
  const hear = (view) => {
    done = doneOf(view.counts)
    if (view.state === 'stopped') for (const { reject } of waiting) reject(new Error(JSON.stringify(view.reason)))
    const isOver = view.state === 'completed'
    const ready = waiting.filter(({ items }) => isOver || (done >= items && items < rows))
    waiting = waiting.filter((each) => !ready.includes(each))
    for (const { resolve } of ready) resolve({ done })
  }
  server.onNotification('run/progress', hear)
  return {
    until: (items) => new Promise((resolve, reject) => waiting.push({ items, resolve, reject })),
    stop: () => clearInterval(sample),
    peak: () => peak,
    /** MB over the idle server within the tenth of the run that ends at each of the parts, and at its highest. */
    memory: () => ({ parts: parts.map((end, part) => ({ end, over: peaks[part] })), peak: peak - idle }),
  }
}
