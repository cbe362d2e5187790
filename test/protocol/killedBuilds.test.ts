import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killBuilds, rows } from '../support/knowledge/killedBuilds.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-builds-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** `npm run bench -- --kb-kills` makes 20, and says how it went. */
test('whenever a build is killed, nothing is lost, doubled or paid twice beyond the batch that was under way', async () => {
  const kills = 5
  const left = await killBuilds(folder, kills, 4711)
  expect(left).toMatchObject({ kills, paidTwiceForNothing: 0, chunks: rows, doubled: 0, wrong: 0, leftOver: [] })
  expect(left.paidTwice).toBeLessThanOrEqual(kills * 64)
  expect(left.midBuild).toBeGreaterThan(0)
}, 120_000)
