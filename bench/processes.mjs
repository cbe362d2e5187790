// Programs that the bench starts: timed from start to end, and gone when the bench is.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { memoryOf, processorTimeOf } from './measure.mjs'

const living = new Set()

/** Kept until it has ended, so that none outlives the bench. */
export function keepTrack(child) {
  living.add(child)
  child.once('exit', () => living.delete(child))
  return child
}

export function endAll() {
  for (const child of living) child.kill('SIGKILL')
}

const patienceMs = 300_000

/**
 * From start to end of the process, so everybody pays for their own start. `peak`: resident memory at its highest, in MB; `processor`:
 * seconds of all its threads, which a busy machine changes little. A process that has not ended after five minutes is ended, which fails.
 */
export async function runProcess(args, env = {}) {
  const started = performance.now()
  const child = keepTrack(
    spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } }),
  )
  const said = []
  child.stderr.on('data', (chunk) => said.push(chunk))
  let peak = null
  let processor = null
  const watch = setInterval(() => {
    peak = memoryOf(child.pid, 'VmHWM') ?? peak
    processor = processorTimeOf(child.pid) ?? processor
  }, 20)
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, patienceMs)
  const [exitCode] = await once(child, 'close')
  clearTimeout(deadline)
  clearInterval(watch)
  const seconds = (performance.now() - started) / 1000
  if (isLate) throw new Error(`not done after ${patienceMs / 1000} seconds`)
  if (exitCode !== 0) {
    throw new Error(
      `${args.map((word) => path.basename(word)).join(' ')} ended with ${exitCode}:\n${Buffer.concat(said).toString('utf8').slice(-2000)}`,
    )
  }
  return { seconds, peak, processor }
}
