import { expect, test } from 'vitest'
import type { SqlValue } from '../../../server/store/database.ts'
import { freeImage, loadSqlite } from '../../../server/store/sqlite.ts'

async function openWords() {
  const sqlite = await loadSqlite()
  const connection = sqlite.open(null)
  connection.script(
    'CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, size REAL, flag INTEGER, bytes BLOB) STRICT',
  )
  return { sqlite, connection }
}

test('values come back as they were stored', async () => {
  const { connection } = await openWords()
  const bytes = new Uint8Array([0, 1, 255])
  const changed = connection.run('INSERT INTO words (word, size, flag, bytes) VALUES (?, ?, ?, ?)', [
    'a\u0000ü😀',
    0.5,
    true,
    bytes,
  ])
  expect(changed).toBe(1)
  expect(connection.get('SELECT word, size, flag, bytes FROM words')).toEqual({
    word: 'a\u0000ü😀',
    size: 0.5,
    flag: 1,
    bytes,
  })
  connection.close()
})

test.each<[string, unknown[]]>([
  ['undefined', [undefined]],
  ['a Date', [new Date(0)]],
  ['an object', [{}]],
  ['a bigint', [10n]],
  ['not a number', [Number.NaN]],
  ['an infinite number', [Number.POSITIVE_INFINITY]],
  ['too few values', []],
  ['too many values', ['a', 'b']],
])('%s is refused loudly', async (_, values) => {
  const { connection } = await openWords()
  expect(() => connection.run('INSERT INTO words (word) VALUES (?)', values as SqlValue[])).toThrow()
  expect(connection.all('SELECT id FROM words')).toEqual([])
  connection.close()
})

test('a statement can be used again after it failed', async () => {
  const { connection } = await openWords()
  const insert = 'INSERT INTO words (id, word) VALUES (?, ?)'
  connection.run(insert, [1, 'a'])
  expect(() => connection.run(insert, [1, 'b'])).toThrow(/UNIQUE constraint failed: words\.id \(in: INSERT INTO words/)
  connection.run(insert, [2, 'c'])
  expect(connection.all('SELECT word FROM words ORDER BY id')).toEqual([{ word: 'a' }, { word: 'c' }])
  connection.close()
})

test('what is thrown after a close is an Error', async () => {
  const { connection } = await openWords()
  connection.close()
  connection.close()
  expect(() => connection.all('SELECT 1 AS one')).toThrow(Error)
})

test('foreign keys hold before and after a save', async () => {
  const { sqlite, connection } = await openWords()
  connection.script('CREATE TABLE child (word INTEGER NOT NULL REFERENCES words (id)) STRICT')
  const image = connection.image()
  for (const each of [connection, sqlite.open(image)]) {
    expect(() => each.run('INSERT INTO child (word) VALUES (?)', [7])).toThrow(/FOREIGN KEY/)
    each.close()
  }
})

test.each<[string, (image: Uint8Array) => Uint8Array]>([
  ['a Uint8Array', (image) => new Uint8Array(image)],
  ['a Buffer', (image) => Buffer.from(image)],
  ['a part of a Buffer', (image) => Buffer.concat([Buffer.alloc(9), image, Buffer.alloc(9)]).subarray(9, -9)],
])('a database and %s that it was opened from go their own ways', async (_, wrap) => {
  const { sqlite, connection } = await openWords()
  const image = connection.image()
  const given = wrap(image)
  const copy = sqlite.open(given)
  copy.run('INSERT INTO words (word) VALUES (?)', ['new'])
  expect(Buffer.from(given).equals(Buffer.from(image))).toBe(true)
  given.fill(0)
  expect(copy.all('SELECT word FROM words')).toEqual([{ word: 'new' }])
  copy.close()
  connection.close()
})

test('a database that grows and shrinks in the memory of a closed one is whole', async () => {
  const { sqlite, connection } = await openWords()
  const small = connection.image()
  connection.close()
  const fill = (words: number) => {
    const filled = sqlite.open(small)
    for (let id = 1; id <= words; id++)
      filled.run('INSERT INTO words (id, word) VALUES (?, ?)', [id, `${id}`.repeat(500)])
    const image = filled.image()
    filled.close()
    return image
  }
  const images = [fill(400), fill(1), fill(40), fill(0)]
  const counts = images.map((image) => {
    const opened = sqlite.open(image)
    // Another one at the same time, which must not share its memory.
    const beside = sqlite.open(image)
    beside.script('DELETE FROM words')
    const found = opened.get('SELECT count(*) AS words, sum(length(word)) AS letters FROM words')
    expect(opened.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
    beside.close()
    opened.close()
    return [found?.words, found?.letters]
  })
  const letters = (words: number) => Array.from({ length: words }, (_, index) => `${index + 1}`.length * 500)
  const sum = (values: number[]) => (values.length > 0 ? values.reduce((total, value) => total + value, 0) : null)
  expect(counts).toEqual([400, 1, 40, 0].map((words) => [words, sum(letters(words))]))
})

test('an image that was freed is refused, where it would be taken for a new database', async () => {
  const { sqlite, connection } = await openWords()
  const image = connection.image()
  freeImage(image)
  // Node 20 can not free it; there it stays an image.
  if (image.length === 0) expect(() => sqlite.open(image)).toThrow('without a byte')
  else expect(sqlite.open(image).all('SELECT id FROM words')).toEqual([])
  expect(() => sqlite.open(new Uint8Array(0))).toThrow('without a byte')
  connection.close()
})

test('a part of other bytes is not freed', () => {
  const bytes = Buffer.alloc(8192, 'x')
  freeImage(bytes.subarray(0, 4096))
  expect(bytes.length).toBe(8192)
})

test('what is no database is refused', async () => {
  const sqlite = await loadSqlite()
  expect(() => sqlite.open(Buffer.alloc(8192, 'no database'))).toThrow('not a database')
})
