import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { takeTurn } from '../../../server/labels/fileTurn.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'turn-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a turn that is renewed is nobody else’s, however long it lasts; one that is not is taken over', async () => {
  let now = Date.now()
  const wait = async (ms: number) => {
    now += ms
  }
  const options = { files: diskFiles, clock: { now: () => now, monotonic: () => now, wait }, random: () => 0.5 }
  const file = path.join(folder, 'vectors.bin')
  const turn = await takeTurn(file, options)
  for (let minute = 0; minute < 5; minute++) {
    now += 40_000
    await turn?.renew()
    expect(await takeTurn(file, options)).toBeNull()
  }
  now += 61_000
  const next = await takeTurn(file, options)
  expect(next).not.toBeNull()
  // Its claim is gone, which is no error.
  await turn?.renew()
  await next?.end()
})
