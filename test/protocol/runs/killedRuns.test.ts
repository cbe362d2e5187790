import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ResultRecord } from '../../../protocol/results.ts'
import { jsonLines } from '../../support/runs/harness.ts'

const child = fileURLToPath(new URL('../../support/runs/runInChild.ts', import.meta.url))
const kills = 50
const items = 4000
const concurrency = 4
const batchSize = 5

/** The moments are drawn by lot, and are the same each time (Lehmer's generator). */
function drawMoments(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'killed-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function sizeOf(name: string): number {
  try {
    return statSync(join(folder, name)).size
  } catch {
    return 0
  }
}

/** Runs the process and kills it once it has made some more calls; answers its exit code, null when it was killed. */
async function runUntil(moreBytes: number): Promise<number | null> {
  const wanted = sizeOf('calls.log') + moreBytes
  const running = spawn(process.execPath, ['--no-warnings', child, folder, String(concurrency), String(batchSize)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(running, 'exit')
  const watch = setInterval(() => {
    if (sizeOf('calls.log') >= wanted) running.kill('SIGKILL')
  }, 1)
  const [code] = (await exited) as [number | null]
  clearInterval(watch)
  return code
}

test('a run that is killed again and again gives each item one result, and repeats at most the calls under way', {
  timeout: 300_000,
}, async () => {
  const texts = Array.from({ length: items }, (_, index) => `t${index + 1}`)
  writeFileSync(join(folder, 'in.jsonl'), jsonLines(texts.map((text, index) => ({ id: index + 1, text }))))

  const draw = drawMoments(20_261_121)
  let killed = 0
  while (killed < kills) {
    const code = await runUntil(50 + Math.floor(draw() * 300))
    if (code !== null)
      throw new Error(
        `the run was over after ${killed} kills, with ${code}: ${readFileSync(join(folder, 'events.log'), 'utf8')}`,
      )
    killed++
  }
  expect(await runUntil(Number.POSITIVE_INFINITY)).toBe(0)

  const results = readFileSync(join(folder, 'in.results.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ResultRecord.parse(JSON.parse(line)))
  expect(results.map((result) => result.id)).toEqual(texts.map((_, index) => String(index + 1)))
  expect(results.every((result) => result.status === 'ok')).toBe(true)

  const asked = new Map<string, number>()
  for (const text of readFileSync(join(folder, 'calls.log'), 'utf8').split(/[\n,]/)) {
    if (text !== '') asked.set(text, (asked.get(text) ?? 0) + 1)
  }
  expect(asked.size).toBe(items)
  const repeated = [...asked.values()].reduce((sum, times) => sum + times - 1, 0)
  expect(repeated).toBeLessThanOrEqual(kills * concurrency * batchSize)
  // Nothing half written is left beside the results.
  expect(readdirSync(folder).toSorted()).toEqual([
    'calls.log',
    'data',
    'events.log',
    'in.jsonl',
    'in.results.jsonl',
    'ledger.json',
  ])
})
