import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const child = fileURLToPath(new URL('../../support/runs/measureMemory.ts', import.meta.url))
const rows = 100_000
/** The index of items and its growth; everything else must stay the same however many rows there are. */
const bytesPerRow = 100

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('100,000 rows take no more memory than 10,000, but for the index', { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--no-warnings',
    '--expose-gc',
    child,
    folder,
    String(rows),
  ])
  const { state, ok, samples } = JSON.parse(stdout) as {
    state: string
    ok: number
    samples: { done: number; bytes: number }[]
  }
  expect({ state, ok }).toEqual({ state: 'completed', ok: rows })
  expect(statSync(join(folder, 'in.jsonl')).size).toBeGreaterThan(30_000_000)
  const early = samples.find(({ done }) => done >= rows / 10)
  const most = Math.max(...samples.map(({ bytes }) => bytes))
  expect(most - (early?.bytes ?? 0)).toBeLessThan(rows * bytesPerRow)
})
