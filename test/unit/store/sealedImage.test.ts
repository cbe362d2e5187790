import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commitIdBytes, historyLength, sealImage, unsealImage } from '../../../server/store/sealedImage.ts'
import { loadSqlite } from '../../../server/store/sqlite.ts'

async function makeFile(history = [Buffer.alloc(commitIdBytes, 1)]): Promise<Buffer> {
  const connection = (await loadSqlite()).open(null)
  connection.script('CREATE TABLE kept (word TEXT) STRICT')
  for (let number = 0; number < 500; number++) {
    connection.run('INSERT INTO kept (word) VALUES (?)', [`word ${number} ${'x'.repeat(100)}`])
  }
  const { image, seal } = sealImage(connection.image(), history)
  connection.close()
  return Buffer.concat([image, seal])
}

test('what was sealed is found again', async () => {
  const history = [2, 3, 4].map((fill) => Buffer.alloc(commitIdBytes, fill))
  const file = await makeFile(history)
  const sealed = unsealImage(file)
  if ('damage' in sealed) throw new Error(sealed.damage)
  expect(sealed.history.map((id) => id[0])).toEqual([2, 3, 4])
  expect(Buffer.compare(sealed.image, file.subarray(0, -4096))).toBe(0)
})

test('only as much history is kept as fits', async () => {
  const history = Array.from({ length: historyLength + 5 }, (_, index) => Buffer.alloc(commitIdBytes, index % 256))
  const sealed = unsealImage(await makeFile(history))
  if ('damage' in sealed) throw new Error(sealed.damage)
  expect(sealed.history).toHaveLength(historyLength)
})

test('any SQLite program reads a sealed file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'llm-providers-seal-'))
  try {
    const place = path.join(folder, 'store.1.db')
    writeFileSync(place, await makeFile())
    const reader = new DatabaseSync(place, { readOnly: true })
    expect(reader.prepare('SELECT count(*) AS words FROM kept').get()).toEqual({ words: 500 })
    expect(reader.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    reader.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an empty file is damage', () => {
  expect(unsealImage(Buffer.alloc(0))).toEqual({ damage: 'it is empty' })
})

test('a file cut anywhere is damage', async () => {
  const file = await makeFile()
  for (let length = 0; length < file.length; length += 512) {
    expect(unsealImage(file.subarray(0, length)), `${length} bytes`).toHaveProperty('damage')
  }
  expect(unsealImage(file.subarray(0, -1))).toHaveProperty('damage')
})

test('a file with one flipped bit is damage, wherever it is', async () => {
  const file = await makeFile()
  const anyBit = fc.record({ byte: fc.nat(file.length - 1), bit: fc.nat(7) })
  fc.assert(
    fc.property(anyBit, ({ byte, bit }) => {
      const flipped = Buffer.from(file)
      flipped[byte] = (flipped[byte] ?? 0) ^ (1 << bit)
      return 'damage' in unsealImage(flipped)
    }),
    { numRuns: 1000, seed: 20261121 },
  )
})
