import { Buffer } from 'node:buffer'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const { put } = useSourceFolder()

type Options = Partial<Parameters<typeof parquetWriteBuffer>[0]>

const ids: ColumnSource = { name: 'id', data: [1, 2], type: 'INT32' }
const texts: ColumnSource = { name: 'text', data: ['It stops', 'It is slow'], type: 'STRING' }
const bytes = ({ columnData = [ids, texts], ...options }: Options = {}) =>
  Buffer.from(parquetWriteBuffer({ columnData, ...options }))

const readAll = (path: string, fields: Parameters<typeof readSource>[1] = {}) =>
  readSource({ kind: 'paths', paths: [path] }, fields)
const read = async (path: string, fields = {}) => entryLines(await readAll(path, fields))

const compressors = {
  GZIP: (page: Uint8Array) => gzipSync(page),
  BROTLI: (page: Uint8Array) => brotliCompressSync(page),
  ZSTD: (page: Uint8Array) => zstdCompressSync(page),
  LZ4_RAW: (page: Uint8Array) => page,
}

test.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const)('columns packed by %s', async (codec) => {
  expect(await read(put('a.parquet', bytes({ codec, compressors })))).toEqual(['1|It stops', '2|It is slow'])
})

test('is known by what it holds, and its rows by their numbers', async () => {
  const path = put('export', bytes({ columnData: [texts] }))
  expect(await read(path)).toEqual(['row:1|It stops', 'row:2|It is slow'])
})

test('a text that begins like one is a text', async () => {
  expect(await read(put('a.txt', 'PAR1 is where it begins'))).toEqual(['a.txt|PAR1 is where it begins'])
})

test('more rows than one group holds, some at a time', async () => {
  const data = Array.from({ length: 25_000 }, (_, at) => `text ${at}`)
  const path = put('a.parquet', bytes({ columnData: [{ name: 'text', data }], rowGroupSize: 12_000 }))
  const lines = await read(path)
  expect(lines.length).toBe(25_000)
  expect([lines[0], lines[11_999], lines[12_000], lines[24_999]]).toEqual([
    'row:1|text 0',
    'row:12000|text 11999',
    'row:12001|text 12000',
    'row:25000|text 24999',
  ])
})

/** A column, the field that is asked for, and the text that its first row has. */
test.each<[string, ColumnSource[], string, string]>([
  ['a time', [{ name: 'a', data: [new Date('2026-11-21T14:30:00Z')], type: 'TIMESTAMP' }], 'a', '2026-11-21T14:30:00'],
  [
    'an integer that a number cannot hold',
    [{ name: 'a', data: [9007199254740993n], type: 'INT64' }],
    'a',
    '9007199254740993',
  ],
  ['bytes that are text', [{ name: 'a', data: [new Uint8Array([0xc3, 0xa4])], type: 'BYTE_ARRAY' }], 'a', 'ä'],
  ['yes', [{ name: 'a', data: [true], type: 'BOOLEAN' }], 'a', 'true'],
  ['a field within a field', [{ name: 'a', data: [{ b: { c: 'deep' } }], type: 'JSON' }], 'a.b.c', 'deep'],
])('%s', async (_, columnData, name, text) => {
  const [entry] = (await readAll(put('a.parquet', bytes({ columnData })), { text: [name] })).entries
  expect(entry).toMatchObject({ kind: 'readable', text })
})

test('bytes that are no text have nothing to judge', async () => {
  const path = put(
    'a.parquet',
    bytes({
      columnData: [{ name: 'a', data: [new Uint8Array([0, 0xff]), new Uint8Array([0x61])], type: 'BYTE_ARRAY' }],
    }),
  )
  expect(await read(path, { text: ['a'] })).toEqual(['row:1!text_missing: Row 1: no field "a"; it has a.', 'row:2|a'])
})

test('a day', async () => {
  const schema: Options['schema'] = [
    { name: 'root', num_children: 1 },
    { name: 'a', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
  ]
  const path = put('a.parquet', bytes({ columnData: [{ name: 'a', data: [new Date('2026-11-21')] }], schema }))
  expect(await read(path, { text: ['a'] })).toEqual(['row:1|2026-11-21'])
})

const whole = bytes()
const damagedPage = Buffer.from(
  bytes({ codec: 'GZIP', compressors, columnData: [{ name: 'text', data: ['x'.repeat(500)] }] }),
)
damagedPage.fill(0xff, 30, 45)

test.each<[string, Buffer, string, string]>([
  [
    'a cut end',
    whole.subarray(0, whole.length - 20),
    'malformed: it is damaged: its end is missing',
    'Correct the source',
  ],
  [
    'a codec that is not read',
    bytes({ codec: 'LZ4_RAW', compressors }),
    'unsupported: its columns are compressed with LZ4_RAW, which is not supported',
    'Save it as Parquet (snappy)',
  ],
  [
    'a footer that is encrypted',
    Buffer.concat([Buffer.from('PARE'), Buffer.alloc(50), Buffer.from('PARE')]),
    'encrypted: it is encrypted',
    'Save it without a password',
  ],
  [
    'no rows',
    bytes({ columnData: [{ name: 'text', data: [], type: 'STRING' }] }),
    'empty: it has no rows',
    'Choose another file',
  ],
])('%s is refused with what helps', async (_, content, failure, action) => {
  const found = await readAll(put('a.parquet', content))
  expect(entryLines(found).at(-1)).toBe(`STOP ${failure}`)
  expect(found.failure?.action.label).toBe(action)
})

test('damage within a page, and a description that is not one, end the reading with a sentence', async () => {
  expect((await read(put('a.parquet', damagedPage))).at(-1)).toBe(
    'STOP malformed: it is damaged: some of its rows cannot be unpacked',
  )
  const footer = Buffer.from(whole)
  footer.fill(0xfe, footer.length - 60, footer.length - 8)
  expect((await read(put('b.parquet', footer))).at(-1)).toBe(
    'STOP malformed: it is damaged: its metadata cannot be read',
  )
})
