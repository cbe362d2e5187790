import { Buffer } from 'node:buffer'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { SourceFormat } from '../../../protocol/sources.ts'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { defaultLimits } from '../../../server/runs/limits.ts'
import type { OpenedFile } from '../../../server/sources/openedFile.ts'
import { type FileReading, planReading, readRows } from '../../../server/sources/readFile.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const read = async (path: string, limits = {}, files: RunFiles = diskFiles) =>
  entryLines(await readSource({ kind: 'paths', paths: [path] }, undefined, limits, files))

const item = '<item><guid>1</guid><title>T</title></item>'

describe('hostile files', () => {
  const cases: [string, string, string | Buffer, unknown[]][] = [
    [
      'entities that multiply',
      'a.xml',
      `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><rss><channel><item><guid>1</guid><title>&b;&c;</title></item></channel></rss>`,
      ['1|&b;&c;'],
    ],
    [
      'elements 100,000 deep',
      'a.xml',
      `<rss><channel>${item}${'<a>'.repeat(100_000)}`,
      ['1|T', 'STOP malformed@1: its elements are nested more than 1000 deep'],
    ],
    [
      'a feed without an end',
      'a.xml',
      `<rss>\n<channel>${item}<item><title>x`,
      ['1|T', 'STOP malformed@2: the document has no end'],
    ],
    ['a feed without entries', 'a.xml', '<rss><channel></channel></rss>', []],
    [
      '100,000 nested arrays',
      'a.json',
      `[${'['.repeat(100_000)}${']'.repeat(100_000)},{"id":1,"text":"a"}]`,
      [expect.stringMatching(/^line:1!row_invalid: /), '1|a'],
    ],
    [
      '100,000 nested objects around the array',
      'a.json',
      `${'{"a":'.repeat(100_000)}[]${'}'.repeat(100_000)}`,
      [expect.stringMatching(/^STOP malformed@1: there is no list of items/)],
    ],
    [
      'hostile keys on the way to the array',
      'a.json',
      '{"__proto__":{"x":1},"constructor":[1],"items":[{"id":1,"text":"a"}]}',
      ['1|a'],
    ],
    ['two documents', 'a.json', '[{"id":1,"text":"a"}]\n[{"id":2,"text":"b"}]\n', ['1|a', '2|b']],
    [
      'aliases that multiply',
      'a.md',
      `---\na: &a [1,2,3,4,5,6,7,8,9]\n${'bcdefgh'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`)
        .join('\n')}\n---\nBody`,
      ['a.md|Body'],
    ],
    ['front matter that is a list', 'a.md', '---\n- a\n---\nBody', ['a.md|Body']],
    ['front matter with hostile keys', 'a.md', '---\n__proto__: {text: no}\ntitle: T\n---\nBody', ['a.md|T\n\nBody']],
    ['NUL in a log', 'a.log', '2026-11-21 04:59:10 a\0b\n', ['STOP binary: it is a binary file, not text']],
    [
      'a log with mixed line ends and a byte order mark',
      'a.log',
      '\uFEFF2026-11-21 04:59:10 a\r\n  at b\n2026-11-21 04:59:11 c\r\n',
      ['line:1|2026-11-21 04:59:10 a\n  at b', 'line:3|2026-11-21 04:59:11 c'],
    ],
    [
      'a log that ends within a character',
      'a.log',
      Buffer.from([...Buffer.from('2026-11-21 04:59:10 a\n2026-11-21 04:59:11 '), 0xe2, 0x82]),
      ['line:1|2026-11-21 04:59:10 a', 'line:2!row_encoding: Line 2: not valid UTF-8.'],
    ],
    [
      'SARIF that is cut off',
      'a.sarif',
      '{"version":"2.1.0","$schema":"sarif","runs":[{"results":[{"ruleId":"r","message":{"text":"m"}},{"rul',
      ['line:1|m\n\nr', 'STOP malformed@1: the array is not closed; the element here has no end'],
    ],
  ]
  test.each(cases)('%s', async (_, name, content, expected) => {
    expect(await read(put(name, content))).toEqual(expected)
  })

  test('nothing is added to every object', async () => {
    await read(put('a.json', '{"__proto__":{"polluted":1},"items":[{"__proto__":{"polluted":1},"text":"a"}]}'))
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  test.each([
    [
      'a record of a log',
      'a.log',
      `2026-11-21 04:59:10 a\n${' at b\n'.repeat(100)}2026-11-21 04:59:11 c\n`,
      'line:1!row_too_long: Line 1: longer than a row may be.',
    ],
    [
      'an entry of a feed',
      'a.xml',
      `<rss><channel><item><title>${'x'.repeat(300)}</title></item>${item}</channel></rss>`,
      'line:1!row_too_long: Line 1: longer than a row may be.',
    ],
    [
      'a tag',
      'a.xml',
      `<rss><channel>${item}<item a="${'x'.repeat(300_000)}"/></channel></rss>`,
      'STOP malformed@1: a tag or comment is longer than a row may be',
    ],
    [
      'a comment',
      'a.opml',
      `<opml><body><outline text="a"/><!-- ${'x\n'.repeat(200_000)} --></body></opml>`,
      expect.stringMatching(/^STOP malformed@\d+: a tag or comment/),
    ],
  ])('%s that is too long is told', async (_, name, content, told) => {
    expect(await read(put(name, content), { longestRowBytes: 200 })).toContainEqual(told)
  })
})

/** The same bytes in other pieces. */
function inPieces(bytes: Buffer, sizes: readonly number[]): OpenedFile {
  return {
    path: '/x/file',
    size: bytes.length,
    modifiedAtMs: 0,
    encoding: 'utf-8',
    head: bytes,
    isHeadUtf8: true,
    async *chunks() {
      for (let at = 0, piece = 0; at < bytes.length; piece++) {
        const size = sizes[piece % sizes.length] ?? 1
        // The memory of a chunk is used again: whoever keeps it reads something else.
        const chunk = Buffer.from(bytes.subarray(at, at + size))
        yield chunk
        chunk.fill(0x21)
        at += size
      }
      return succeed(null)
    },
    close: async () => undefined,
  }
}

describe('where the file is cut into chunks never changes the records', () => {
  const contents: [SourceFormat, string][] = [
    ['jsonl', '{"id":1,"text":"ä\\u2028"}\r\n\n{"id":2,"text":"😀"}\n'],
    ['csv', 'id,text\n1,"ä ""q""\nzwei"\n2,😀\n'],
    ['json', '[\n{"id":1,"text":"]ä\\""},{"id":2,"text":"😀"}]\n[{"id":3,"text":"x"}]'],
    [
      'feed',
      '<?xml version="1.0"?><rss><channel><item><guid>1</guid><title>ä &amp; <![CDATA[<😀>]]></title></item>\n<item><title>b</title></item></channel></rss>',
    ],
    ['opml', '<opml><body><outline text="ä">\n<outline text="😀" xmlUrl="http://x/"/></outline></body></opml>'],
    ['log', '2026-11-21 04:59:10 ä\n  at 😀\n\n2026-11-21 04:59:11 b\n'],
    [
      'sarif',
      '{"runs":[{"results":[{"ruleId":"r","message":{"text":"ä😀"}}],"tool":{"driver":{"rules":[{"id":"r","name":"R"}]}}}]}',
    ],
    ['notebook', '{"cells":[{"cell_type":"code","id":"a","source":["ä\\n","😀"]}]}'],
  ]

  async function records(file: OpenedFile, format: SourceFormat): Promise<unknown[]> {
    const reading: FileReading = planReading(file, { format })
    const stream = readRows(file, reading, defaultLimits)
    const rows: unknown[] = []
    for (;;) {
      const next = await stream?.next()
      if (!next || next.done) return [...rows, next?.value]
      for (const row of next.value)
        rows.push(
          row.kind === 'row' ? [row.line, row.fields.names().map((name) => [name, row.fields.read(name)])] : row,
        )
    }
  }

  test.each(contents)('%s', async (format, content) => {
    const bytes = Buffer.from(content)
    const whole = await records(inPieces(bytes, [bytes.length]), format)
    expect(whole.length).toBeGreaterThan(1)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        expect(await records(inPieces(bytes, sizes), format)).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })
})

/** Counts what is asked of the file: a reader that keeps the file would show nothing until it has all of it. */
test.each([
  ['jsonl', 'a.jsonl', (id: number) => `{"id":${id},"text":"${'x'.repeat(200)}"}\n`, '', ''],
  [
    'json',
    'a.json',
    (id: number) => `{"id":${id},"text":"${'x'.repeat(200)}"},\n`,
    '{"items":[',
    '{"id":"last","text":"x"}]}',
  ],
  [
    'feed',
    'a.xml',
    (id: number) => `<item><guid>${id}</guid><title>${'x'.repeat(200)}</title></item>\n`,
    '<rss><channel>',
    '</channel></rss>',
  ],
  ['log', 'a.log', (id: number) => `2026-11-21 04:59:10 ${id} ${'x'.repeat(200)}\n at y\n`, '', ''],
])('%s: no more is read ahead of the items than a few chunks', async (_, name, row, before, after) => {
  const count = 20_000
  const path = put(name, before + Array.from({ length: count }, (_, id) => row(id)).join('') + after)
  let bytesRead = 0
  const files: RunFiles = {
    ...diskFiles,
    async open(file, flags, mode) {
      const handle: FileHandle = await diskFiles.open(file, flags, mode)
      const original = handle.read.bind(handle) as (...args: unknown[]) => Promise<{ bytesRead: number }>
      handle.read = (async (...args: unknown[]) => {
        const result = await original(...args)
        bytesRead += result.bytesRead
        return result
      }) as unknown as typeof handle.read
      return handle
    },
  }
  const { openSource } = await import('../../../server/sources/openSource.ts')
  const opened = await openSource({ source: { kind: 'paths', paths: [path] } }, files, defaultLimits)
  if (!opened.ok) throw new Error(opened.reason.message)
  const stream = opened.value.read()
  let items = 0
  let most = 0
  for (;;) {
    const next = await stream.next()
    if (next.done) break
    items += next.value.length
    const given = next.value.reduce((sum, entry) => sum + (entry.kind === 'readable' ? entry.text.length : 0), 0)
    most = Math.max(most, given)
    if (items < count / 2) expect(bytesRead).toBeLessThan(items * 320 + 5 * 64 * 1024)
  }
  expect(items).toBeGreaterThanOrEqual(count)
  expect(most).toBeLessThan(4 * 64 * 1024)
})
