import { Buffer } from 'node:buffer'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { defaultSourceLimits } from '../../../server/sources/sourceLimits.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const folder = useSourceFolder()
const { put } = folder

const read = async (path: string, limits = {}) =>
  entryLines(await readSource({ kind: 'paths', paths: [path] }, undefined, limits))

const packings: [string, (bytes: Buffer) => Buffer][] = [
  ['gz', (bytes) => gzipSync(bytes)],
  ['zst', (bytes) => zstdCompressSync(bytes)],
]

/** Name before the ending of the packing, content, items. */
const texts: [string, string | Buffer, string[]][] = [
  ['a.jsonl', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n', ['1|a', '2|b']],
  ['a.csv', 'id;text\n1;a\n2;b\n', ['1|a', '2|b']],
  ['a.json', '{"data":[{"id":1,"text":"a"}]}', ['1|a']],
  ['a.json', '{"text":"settings alone"}', ['line:1|settings alone']],
  ['a.rss', '<rss><channel><item><guid>1</guid><title>T</title></item></channel></rss>', ['1|T']],
  ['a.md', '---\nid: n\n---\nText', ['n|Text']],
  ['a.txt', 'a line', ['a.txt.PACK|a line']],
  ['a.csv', Buffer.from('\ufeffid,text\n1,ä\n'), ['1|ä']],
  ['a.csv', Buffer.from('\ufeffid,text\n1,ä\n', 'utf16le'), ['1|ä']],
]

test('a .zst that needs more memory than its strongest level is refused before any of it is taken', async () => {
  const packed = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, ...Array(100).fill(0)])
  expect(await read(put('a.log.zst', packed))).toEqual([
    'STOP unsupported: unpacking it takes more than 128 MB of memory (zstd --long)',
  ])
})

test('a .gz that is damaged in its middle says so', async () => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 40_000 }, (_, id) => `${Math.sin(id)}\n`).join('')))
  packed.fill(0xff, 200_000, 203_000)
  expect((await read(put('a.log.gz', packed))).at(-1)).toBe('STOP malformed: what is packed in it is damaged')
})

describe.each(packings)('a text packed as .%s', (ending, pack) => {
  test.each(texts)('%s %#', async (name, content, items) => {
    const path = put(`${name}.${ending}`, pack(Buffer.from(content)))
    expect(await read(path)).toEqual(items.map((item) => item.replace('PACK', ending)))
  })

  test('is known by what it holds, whatever its name is', async () => {
    expect(await read(put('export', pack(Buffer.from('{"id":1,"text":"a"}\n{"id":2,"text":"b"}'))))).toEqual([
      '1|a',
      '2|b',
    ])
  })

  test('in several parts, one after the other, is read to its end', async () => {
    const parts = ['{"id":1,"text":"a"}\n', '{"id":2,"text":"b"}\n'].map((part) => pack(Buffer.from(part)))
    expect(await read(put(`a.jsonl.${ending}`, Buffer.concat(parts)))).toEqual(['1|a', '2|b'])
  })

  test('is one item of a folder, and results of ours are none', async () => {
    put(`a.csv.${ending}`, pack(Buffer.from('id,text\n1,a\n')))
    put(`b.tar.${ending}`, pack(Buffer.alloc(2000)))
    put(`a.results.jsonl.${ending}`, pack(Buffer.from('{"id":1,"text":"a"}\n')))
    expect(await read(folder.path)).toEqual(['1|a'])
  })

  const rows = Array.from({ length: 40_000 }, (_, id) => `{"id":${id},"text":"${Math.sin(id)}"}\n`).join('')

  test('that is cut off keeps what came before', async () => {
    const packed = pack(Buffer.from(rows))
    const lines = await read(put(`a.jsonl.${ending}`, packed.subarray(0, packed.length - 100_000)))
    expect(lines.length).toBeGreaterThan(1000)
    expect(lines.at(-1)).toBe('STOP malformed: it is cut off: its end is missing')
  })

  test.each<[string, Buffer, string]>([
    ['nothing but its beginning', Buffer.from('text'), 'malformed'],
    ['an empty text', Buffer.alloc(0), 'empty: it is empty'],
    ['what is no text', Buffer.alloc(3000), 'binary: it is a binary file, not text'],
    [
      'a database',
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4000)]),
      'unsupported: it holds no text when unpacked; unpack it and use the file that comes out',
    ],
  ])('that holds %s is refused', async (what, content, failure) => {
    const packed = pack(content)
    const bytes = what.startsWith('nothing') ? packed.subarray(0, 11) : packed
    expect(await read(put(`a.${ending}`, bytes))).toEqual([expect.stringContaining(`STOP ${failure}`)])
  })

  test('that unfolds to one huge line holds no more of it than a row may have', async () => {
    const path = put(`a.txt.${ending}`, pack(Buffer.alloc(3_000_000, 'a')))
    expect(await read(path, { ...defaultSourceLimits, longestRowBytes: 1_000_000 })).toEqual([
      `a.txt.${ending}!row_too_long: a.txt.${ending}: it is larger than 0 MB.`,
    ])
  })
})
