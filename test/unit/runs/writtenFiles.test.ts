import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { type Content, WrittenFiles } from '../../../server/results/writtenFiles.ts'

let folder: string
let path: string
let one: WrittenFiles
let other: WrittenFiles

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'written-'))
  path = join(folder, 'in.results.jsonl')
  one = new WrittenFiles(diskFiles, join(folder, 'data'))
  other = new WrittenFiles(diskFiles, join(folder, 'data'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const contentOf = (text: string): Content => ({ size: Buffer.byteLength(text), hash: sha256(text) })
const place = (text: string) => writeFile(`${path}.tmp`, text).then(() => rename(`${path}.tmp`, path))
const isUnedited = async () => (await one.check(path)).ok

describe('a results file that two processes write at once', () => {
  test('is unedited in whichever order they note it and put it there', async () => {
    await one.note(path, contentOf('before'))
    await place('before')
    await Promise.all([one.note(path, contentOf('one')), other.note(path, contentOf('other'))])
    expect(await isUnedited()).toBe(true)
    for (const text of ['other', 'one', 'other']) {
      await place(text)
      expect(await isUnedited()).toBe(true)
    }
    await place('by hand')
    expect(await isUnedited()).toBe(false)
  })

  test('is unedited when another one takes its place while it is looked at', async () => {
    await one.note(path, contentOf('before'))
    await place('before')
    let looks = 0
    const slow = new WrittenFiles(
      {
        ...diskFiles,
        async readdir(at) {
          const names = await diskFiles.readdir(at)
          if (looks++ === 0) {
            await other.note(path, contentOf('after, longer'))
            await place('after, longer')
          }
          return names
        },
      },
      join(folder, 'data'),
    )
    expect((await slow.check(path)).ok).toBe(true)
    expect(looks).toBeGreaterThan(1)
  })
})

test('notes of a file do not pile up, and the newest are kept', async () => {
  const texts = Array.from({ length: 30 }, (_, nth) => `content ${nth}`)
  for (const text of texts) await one.note(path, contentOf(text))
  const [ofFile] = await readdir(join(folder, 'data', 'written'))
  expect((await readdir(join(folder, 'data', 'written', ofFile as string))).length).toBeLessThanOrEqual(8)
  await place(texts.at(-1) as string)
  expect(await isUnedited()).toBe(true)
})
