import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { SourceSpec } from '../../../protocol/sources.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { openSourceFile } from '../../../server/sources/openSourceFile.ts'
import { recogniseFormat } from '../../../server/sources/recogniseFormat.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/sources/', import.meta.url))

const { put } = useSourceFolder()

type Told = Partial<Omit<Extract<SourceSpec, { kind: 'paths' }>, 'kind' | 'paths'>>
const read = (path: string, told: Told = {}, fields?: Parameters<typeof readSource>[1]) =>
  readSource({ kind: 'paths', paths: [path], ...told }, fields)

async function recognise(path: string) {
  const file = await openSourceFile(diskFiles, path)
  if (!file.ok) throw new Error(file.reason.message)
  await file.value.close()
  return recogniseFormat(file.value)
}

/** Fixture, what it is recognised as, and its items. */
const cases: [name: string, format: string, items: string[]][] = [
  [
    'rss2.xml',
    'feed',
    [
      'news-1|A faster & smaller parser\n\nIt is twice as fast.',
      'https://news.example/2|No guid here\n\nOnly a description.',
    ],
  ],
  ['rss1.rdf', 'feed', ['https://old.example/a|First\n\nText']],
  [
    'atom.xml',
    'feed',
    ['tag:releases,2026:7|Version 7\n\nOne < two\n\nThree', 'tag:releases,2026:8|Version 8\n\nOnly a summary'],
  ],
  ['feed.json', 'feed', ['n1|On pipes\n\nThey are good.', 'n2|<p>No title</p>']],
  [
    'subscriptions.opml',
    'opml',
    [
      'https://llvmweekly.example/rss|LLVM weekly',
      'https://zig.example/feed|Zig\n\nNews of Zig',
      'line:12|A note without an address',
    ],
  ],
  ['gh-issues.json', 'github', ['12|Crash on start\n\nIt stops.\nAlways.', '13|Dark mode']],
  ['github-pages.json', 'github', ['1|One\n\nB', '2|Two']],
  ['github-search.json', 'github', ['7|Found\n\nText']],
  [
    'log4j.log',
    'log',
    [
      'line:1|2026-11-21 04:59:10,123 INFO  [main] com.example.App - Started in 2.1 seconds',
      'line:2|2026-11-21 04:59:11,004 ERROR [worker-3] com.example.Orders - Order 17 failed\njava.lang.IllegalStateException: no stock\n\tat com.example.Stock.take(Stock.java:42)\n\tat com.example.Orders.place(Orders.java:17)\nCaused by: java.sql.SQLException: connection lost\n\tat com.example.Db.query(Db.java:9)\n\t... 12 more',
      'line:10|2026-11-21 04:59:12,500 WARN  [worker-3] com.example.Orders - Retrying',
    ],
  ],
  [
    'python.log',
    'log',
    [
      'line:1|INFO:root:listening on 8080',
      expect.stringMatching(
        /^line:2\|ERROR:root:request failed\nTraceback [\s\S]*\nKeyError: 'a'\n\nDuring [\s\S]*\napp\.NotFound: a$/,
      ),
      'line:14|WARNING:root:slow',
    ],
  ],
  [
    'unstamped.log',
    'log',
    [
      'line:1|> build',
      'line:2|compiling 12 files',
      expect.stringMatching(
        /^line:3\|src\/a\.ts[\s\S]*Traceback[\s\S]*\nModuleNotFoundError: No module named 'missing'$/,
      ),
      'line:11|done',
    ],
  ],
  [
    'syslog.txt',
    'log',
    [
      'line:1|Nov 21 04:59:10 web1 sshd[812]: Failed password for root from 203.0.113.9 port 4022',
      'line:2|Nov 21 04:59:11 web1 kernel: [12345.678901] Out of memory: Killed process 77',
      'line:3|<34>1 2026-11-21T04:59:12.003Z web1 su - ID47 - failed for root',
    ],
  ],
  [
    'access.log',
    'log',
    [
      'line:1|203.0.113.9 - - [21/Nov/2026:04:59:10 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8"',
      'line:2|203.0.113.9 - ada [21/Nov/2026:04:59:11 +0000] "POST /b HTTP/1.1" 500 0 "-" "curl/8"',
    ],
  ],
  [
    'docker.log',
    'log',
    [
      'line:1|2026-11-21T04:59:10Z ERROR boom\n    at run (/app/a.js:1:2)\n    at main (/app/a.js:9:2)',
      'line:4|2026-11-21T04:59:11Z INFO a long line',
    ],
  ],
  ['pino.jsonl', 'log', ['line:1|ERROR: request failed\nError: boom\n    at a.js:1', 'line:2|INFO: done']],
  ['colours.log', 'log', ['line:1|2026-11-21T04:59:10Z ERROR red', 'line:2|2026-11-21T04:59:11Z plain']],
  [
    'findings.sarif',
    'sarif',
    [
      'js/sql-injection:39fa2ee980eb94b0:1|This query depends on a user value.\n\njs/sql-injection: SQL from user input\n\nsrc/db.js:12\n\ndb.query(q + id)',
      'line:21|Unused variable x.\n\njs/unused: UnusedVariable',
      'js/sql-injection:src/e.js:4|Again.\n\njs/sql-injection: SQL from user input\n\nsrc/e.js:4',
    ],
  ],
  [
    'analysis.ipynb',
    'notebook',
    [
      'a1|# Title\nWords',
      'b2|print(1)',
      'line:5!skipped text_missing: Line 5: the cell is empty.',
      'line:6!skipped text_missing: Line 6: a raw cell is neither code nor text.',
    ],
  ],
  ['note.md', 'markdown', ['plan-1|A plan\n\n\nFirst paragraph.\n']],
  ['hugo.md', 'markdown', ['hugo.md|Body\n']],
  ['said-title.md', 'markdown', ['said-title.md|# Same\n\nBody\n']],
  ['broken-front-matter.md', 'markdown', [expect.stringMatching(/^broken-front-matter\.md\|/)]],
  [
    'export.json',
    'json',
    [
      'x1|one',
      'line:1:2!row_invalid: Line 1: not JSON (Unexpected token \'}\', "{"id":"x2","text":}" is not valid JSON).',
      'x3|three',
    ],
  ],
  ['table.txt', 'csv', ['1|first', '2|second']],
]

describe('recognised by what it holds', () => {
  test.each(cases)('%s is %s', async (name, format, items) => {
    expect((await recognise(join(fixtures, name))).format).toBe(format)
    expect(entryLines(await read(join(fixtures, name)))).toEqual(items)
  })

  test.each([
    ['a page of HTML', 'page.html', '<!doctype html><p>Hi</p>', 'text'],
    ['settings', 'package.json', '{"name":"x","contributes":{"commands":[{"command":"a","title":"T"}]}}', 'json'],
    ['prose with commas', 'a.txt', 'One, two, three.\nFour, five, six.\nSeven, eight, nine.\n', 'text'],
    ['source code', 'a.ts', "import a from 'a'\n\nexport const x = [\n  1,\n]\n", 'text'],
    ['YAML', 'a.yaml', '---\nname: x\n---\nname: y\n', 'text'],
    ['a log named as text', 'out.txt', '[INFO] one\n[WARN] two\n[ERROR] three\n', 'log'],
    ['rows of issues', 'a.jsonl', '{"number":1,"title":"T","body":"B"}\n', 'github'],
    ['rows of another thing', 'a.jsonl', '{"id":1,"title":"T","body":"B"}\n', 'jsonl'],
    ['a table by its name', 'a.csv', 'one\ntwo\n', 'csv'],
    ['front matter without a telling name', 'README', '---\ntitle: T\n---\nBody\n', 'markdown'],
    ['an array in a file called .log', 'a.log', '[{"id":1,"text":"a"}]', 'json'],
  ])('%s', async (_, name, content, format) => {
    expect((await recognise(put(name, content))).format).toBe(format)
  })
})

describe('what a person says counts for more', () => {
  test('the format', async () => {
    const log = join(fixtures, 'log4j.log')
    expect(entryLines(await read(log, { format: 'text' }))).toHaveLength(1)
    expect(entryLines(await read(put('a.data', '{"id":1,"text":"a"}\n'), { format: 'jsonl' }))).toEqual(['1|a'])
  })

  test('the delimiter', async () => {
    const path = put('a.csv', 'id,x|text\n1,2|a\n')
    expect(entryLines(await read(path, { delimiter: '|' }))).toEqual(['line:2|a'])
  })

  test('the array within a document', async () => {
    const path = put('a.json', '{"items":[{"text":"no"}],"deep/er":{"list":[{"text":"yes"}]}}')
    expect(entryLines(await read(path))).toEqual(['line:1|no'])
    expect(entryLines(await read(path, { items: '/deep~1er/list' }))).toEqual(['line:1|yes'])
    expect(entryLines(await read(path, { items: '/none' }))).toEqual([
      expect.stringMatching(/^STOP malformed@1: there is no list of items/),
    ])
  })

  test('the fields of a format that knows its own', async () => {
    expect(
      entryLines(await read(join(fixtures, 'rss2.xml'), {}, { text: ['categories', 'author'], id: 'url' })),
    ).toEqual([
      'https://news.example/1|parsers, speed\n\nAda',
      'https://news.example/2!text_missing: Line 18: no field "categories", "author"; it has title, content, summary, url.',
    ])
  })

  test.each([
    ['windows-1252', Buffer.from([0x80, 0x20, 0x63, 0x61, 0x66, 0xe9, 0x92]), '€ café’'],
    ['utf-16le', Buffer.from('café', 'utf16le'), 'café'],
    ['utf-16be', Buffer.from('café', 'utf16le').swap16(), 'café'],
    ['shift_jis', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'],
    ['koi8-r', Buffer.from([0xcd, 0xc9, 0xd2]), 'мир'],
  ] as const)('the encoding %s', async (encoding, bytes, text) => {
    expect(entryLines(await read(put('a.txt', bytes), { encoding }))).toEqual([`a.txt|${text}`])
  })

  test('but a byte order mark for the most', async () => {
    const path = put('a.txt', Buffer.from('\uFEFFcafé'))
    expect(entryLines(await read(path, { encoding: 'windows-1252' }))).toEqual(['a.txt|café'])
  })

  test('what was remembered of each file', async () => {
    const path = put('a.csv', 'k,x\nkey,value\n')
    const remembered = { [path]: { text: ['x'], id: 'k' } }
    expect(entryLines(await read(path, { remembered }))).toEqual(['key|value'])
  })
})

test('a feed in the encoding that it declares', async () => {
  const xml =
    '<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item><guid>1</guid><title>caf\xe9</title></item></channel></rss>'
  expect(entryLines(await read(put('a.xml', Buffer.from(xml, 'latin1'))))).toEqual(['1|café'])
})
