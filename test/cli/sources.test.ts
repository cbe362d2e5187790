import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lineDiff } from '../../cli/commands/frontMatter.ts'
import { loadSqlite } from '../../server/store/sqlite.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { makeSpreadsheet } from '../support/runs/madeSpreadsheet.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
})
afterEach(() => cli.remove())

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(cli.folder, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

async function runIdOf(words: string[]): Promise<string> {
  const { out } = await cli.run([...words, '--provider', 'builtin', '--json'])
  return JSON.parse(out).value.run.runId
}

describe('source', () => {
  test('describe shows format, fields and first items', async () => {
    await put('a.csv', Buffer.from('k;remark\n1;caf\xe9\n', 'latin1'))
    const told = await cli.run(['source', 'describe', 'a.csv', '--encoding', 'windows-1252', '--text', 'remark'])
    expect(told.code).toBe(0)
    expect(told.out).toContain(
      'Format     csv (or tsv, text)\nEncoding   windows-1252\nDelimiter  ;\nHeader     the first line\nText       remark\n',
    )
    expect(told.out).toContain('  line:2  café')
  })

  test('a document with several lists leads to --items', async () => {
    await put('a.json', '{"x":{"people":[{"text":"It crashes"}],"things":[{"m":2}]}}')
    const run = await cli.run(['run', 'a.json', '--provider', 'builtin'])
    expect(run).toMatchObject({ code: 2 })
    expect(run.err).toContain('next:  say which list holds the items: --items /x/people\n')
    expect((await cli.run(['run', 'a.json', '--provider', 'builtin', '--items', '/x/people'])).code).toBe(0)
  })

  test('front matter that cannot be read is told with the run, whenever it is shown, and with the file', async () => {
    await put('notes/a.md', '---\ntitle: [A\n---\nThe body of a note')
    await put('notes/b.md', '---\ntitle: B\n---\nThe body of another')
    const note = 'a.md: line 2 of its front matter is not YAML; only its plain lines are read'
    const run = await cli.run(['run', 'notes', '--provider', 'builtin'])
    expect(run.err.replaceAll(/\s+/g, ' ')).toContain(`Noted ${note}`)
    const runId = /run show (\S+)/.exec(run.err)?.[1] ?? (await runIdOf(['run', 'notes']))
    expect((await cli.run(['run', 'show', runId])).err.replaceAll(/\s+/g, ' ')).toContain(note)
    expect((await cli.run(['source', 'describe', 'notes/a.md'])).out).toContain(note)
  })

  test('rows of another encoding lead to --encoding, and not to a field or to the file', async () => {
    await put('a.csv', Buffer.from('k,remark\n1,caf\xe9\n2,na\xefve\n', 'latin1'))
    const run = await cli.run(['run', 'a.csv', '--provider', 'builtin'])
    expect(run).toMatchObject({ code: 2 })
    expect(run.err).toContain('next:  name its encoding: --encoding windows-1252\n')
    const described = await cli.run(['source', 'describe', 'a.csv'])
    expect(described.out).toContain('Encoding   utf-8, which not all of it is: name it, --encoding windows-1252\n')
    expect(described.out).not.toContain('--text')
    const read = await cli.run(['source', 'describe', 'a.csv', '--encoding', 'windows-1252'])
    expect(read.out).toContain('Encoding   windows-1252\n')
  })

  test('remember counts for the next run, which says so, until it is forgotten', async () => {
    await put('a.csv', 'k;one;two\nx1;It crashes whenever I open it;It shows nothing at all\n')
    expect((await cli.run(['run', 'a.csv', '--provider', 'builtin'])).code).toBe(2)
    await cli.run(['source', 'remember', 'a.csv', '--text', 'two', '--id', 'k'])
    const { out } = await cli.run(['run', 'a.csv', '--provider', 'builtin', '--json'])
    expect(JSON.parse(out).value).toMatchObject({
      run: { source: 'a.csv', isRemembered: true },
      results: [{ id: 'x1', status: 'ok' }],
    })
    await cli.run(['source', 'forget', 'a.csv'])
    expect((await cli.run(['run', 'a.csv', '--provider', 'builtin'])).code).toBe(2)
  })

  test('remember says what does not fit, and remembers it', async () => {
    await put('a.csv', 'k,remark\nx1,It crashes\n')
    const told = await cli.run(['source', 'remember', 'a.csv', '--text', 'nope'])
    expect(told).toMatchObject({ code: 0, out: 'Remembered.\n' })
    expect(told.err).toContain('no field "nope"; it has k, remark')
    const right = await cli.run(['source', 'remember', 'a.csv', '--text', 'remark'])
    expect(right).toMatchObject({ code: 0, out: 'Remembered.\n', err: '' })
  })

  test.each([
    [['describe', 'a.csv', '--delimiter', 'x'], 'It must be one of'],
    [['describe', 'a.csv', '--items', 'x'], 'It must begin with a slash'],
    [['remember', 'a.csv'], 'Say what to remember'],
    [['describe', 'none.csv'], 'there is no such file'],
  ])('%j is wrong use', async (words, sentence) => {
    await put('a.csv', 'id,text\n1,a\n')
    const told = await cli.run(['source', ...words])
    expect(told.code).toBe(2)
    expect(told.err).toContain(sentence)
  })
})

test('a piped log is taken apart, a piped text is not', async () => {
  const log =
    '2026-11-21 04:59:10 ERROR one\n  at a (b.js:1)\n2026-11-21 04:59:11 INFO two\n2026-11-21 04:59:12 INFO three\n'
  const many = await cli.run(['run', '-', '--provider', 'builtin', '--output', '-'], { stdin: log })
  expect(many.out.trimEnd().split('\n')).toHaveLength(3)
  const one = await cli.run(['run', '-', '--provider', 'builtin', '--output', '-'], { stdin: 'Just words.\nMore.\n' })
  expect(one.out.trimEnd().split('\n')).toHaveLength(1)
})

describe('reports', () => {
  test('SARIF and Markdown on stdout and in files', async () => {
    await put('a.jsonl', '{"id":1,"text":"It crashes"}\n')
    const sarif = await cli.run(['run', 'a.jsonl', '--provider', 'builtin', '--output', '-', '--format', 'sarif'])
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ properties: { id: '1' } }] }],
    })
    await cli.run(['run', 'a.jsonl', '--provider', 'builtin', '--output', 'report.md'])
    expect(await readFile(path.join(cli.folder, 'report.md'), 'utf8')).toContain('# Results')
  })
})

describe('results front-matter', () => {
  test('shows the change, makes it when told so, and leaves what was changed since alone', async () => {
    const one = await put('notes/one.md', '---\ntitle: One\n---\nThe software crashes.\n')
    const two = await put('notes/two.md', 'Software.\n')
    const run = await runIdOf(['run', 'notes'])
    const shown = await cli.run(['results', 'front-matter', run])
    expect(shown.out).toMatch(
      /--- notes\/one\.md\n\+\+\+ notes\/one\.md\n@@ -1,5 \+1,\d+ @@\n ---\n title: One\n\+llm_providers:/,
    )
    expect(shown.err).toContain('2 files would be changed')
    expect(await readFile(one, 'utf8')).toBe('---\ntitle: One\n---\nThe software crashes.\n')
    await writeFile(two, 'Something else.\n')
    const written = await cli.run(['results', 'front-matter', run, '--write'])
    expect(written.code).toBe(4)
    expect(written.err).toMatch(/left alone: .*two\.md/)
    expect(await readFile(one, 'utf8')).toMatch(/^---\ntitle: One\nllm_providers:\n {2}categories: /)
    expect(await readFile(two, 'utf8')).toBe('Something else.\n')
    const none = path.join(cli.folder, 'notes', 'none.md')
    const left = await cli.run(['results', 'front-matter', run, none, two])
    expect(left.err.split('\n').slice(0, 2)).toEqual([
      `left alone: ${none}: there is no such file.`,
      `left alone: The file "${two}" was changed elsewhere in the meantime.`,
    ])
    const again = await cli.run(['results', 'front-matter', run, one, '--write'])
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('0 files changed') })
  })
})

describe('a diff of lines', () => {
  test.each([
    ['a\nb\nc', 'a\nb\nc', ''],
    ['a\nb', 'a\nx\nb', '--- f\n+++ f\n@@ -1,2 +1,3 @@\n a\n+x\n b'],
    [
      '1\n2\n3\n4\n5\n6\n7\n8\n9',
      '1\n2\n3\n4\nx\n6\n7\n8\n9',
      '--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8',
    ],
    ['a\na', 'a\na\na', '--- f\n+++ f\n@@ -1,2 +1,3 @@\n a\n a\n+a'],
  ])('%j to %j', (before, after, diff) => {
    expect(lineDiff('f', before, after)).toBe(diff)
  })
})

async function database(sql: string): Promise<Uint8Array> {
  const connection = (await loadSqlite()).open(null)
  connection.script(sql)
  const image = connection.image()
  connection.close()
  return image
}

describe('tables that are no text', () => {
  const people = "create table people (id integer, name text); insert into people values (9, 'Ada');"
  const notes =
    "create table notes (id integer, body text); insert into notes values (1, 'It stops'), (2, 'It is slow');"

  test('a database with several tables leads to --table, and takes a statement instead', async () => {
    await put('a.db', await database(people + notes))
    const run = await cli.run(['run', 'a.db', '--provider', 'builtin'])
    expect(run).toMatchObject({ code: 2 })
    expect(run.err).toContain('it has several tables (notes, people); say which holds the items.')
    expect(run.err).toContain('next:  name one: --table notes\n')
    const query = ['--query', 'select id, body from notes where id = 2']
    expect((await cli.run(['source', 'describe', 'a.db', ...query])).out).toContain('  2  It is slow')
    expect((await cli.run(['run', 'a.db', '--provider', 'builtin', '--table', 'notes'])).code).toBe(0)
  })

  test('a spreadsheet leads to --sheet, and an old one to the new kind', async () => {
    const rows = [
      ['id', 'text'],
      [1, 'It stops'],
    ]
    await put(
      'a.xlsx',
      makeSpreadsheet([
        { name: 'Open tickets', rows },
        { name: 'B', rows: [['x']] },
      ]),
    )
    const run = await cli.run(['run', 'a.xlsx', '--provider', 'builtin', '--sheet', 'C'])
    expect(run.err).toContain("next:  name one: --sheet 'Open tickets'\n")
    expect((await cli.run(['run', 'a.xlsx', '--provider', 'builtin', '--sheet', 'B'])).code).toBe(2)
    await put(
      'b.xls',
      Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(600)]),
    )
    const old = await cli.run(['run', 'b.xls', '--provider', 'builtin'])
    expect(old.err).toMatch(/next: {2}save \S+b\.xls as /)
  })
})

describe('a copy of the source with its results', () => {
  const added = 'category,confidence,interest,quality,score,reasoning,review'
  const judged = /^,?\(no category\),[\d.]*,\d+,\d+,[\d.]+,.*,$/
  const sources: [string, () => Promise<string | Uint8Array> | string | Uint8Array, string, string[]][] = [
    ['a.csv', () => 'id;text;who\n1;"a; b";x\n2;;y\n', 'id,text,who', ['1,a; b,x', '2,,y']],
    [
      'a.jsonl',
      () => '{"id":1,"text":"a"}\n{"id":2,"text":"b","tags":["x","y"]}\n',
      'id,text,tags',
      ['1,a,', '2,b,"[""x"",""y""]"'],
    ],
    [
      'a.xlsx',
      () =>
        makeSpreadsheet([
          {
            name: 'A',
            rows: [
              ['id', 'text', 'score'],
              [1, 'a', 5],
              [2, '=b', 6],
            ],
          },
        ]),
      'id,text,score',
      ['1,a,5', "2,'=b,6"],
    ],
    [
      'a.db',
      () => database("create table t (id integer, text text); insert into t values (1, 'a'), (2, 'b');"),
      'id,text',
      ['1,a', '2,b'],
    ],
  ]

  test.each(sources)('%s: its rows in their order, with the columns added', async (name, content, header, rows) => {
    await put(name, await content())
    expect((await cli.run(['run', name, '--provider', 'builtin', '--with-source'])).code).toBe(0)
    const [first, ...lines] = (await readFile(path.join(cli.folder, 'a.with-results.csv'), 'utf8'))
      .trimEnd()
      .split('\n')
    expect(first).toBe(`${header},${header.includes('score') ? added.replace('score', 'score (result)') : added}`)
    expect(lines.map((line, at) => line.startsWith(`${rows[at]},`))).toEqual(rows.map(() => true))
    expect(lines[0]?.slice(rows[0]?.length)).toMatch(judged)
  })

  test('a row that was not judged, or has changed since, has nothing added, and a filter leaves it out', async () => {
    await put('a.csv', 'id,text\n1,a\n2,b\n3,c\n')
    const runId = await runIdOf(['run', 'a.csv', '--limit', '2'])
    await put('a.csv', 'id,text\n1,a\n2,another\n3,c\n')
    expect((await cli.run(['results', runId, '--with-source', '--output', 'b.csv'])).err).toBe('')
    const copy = (await readFile(path.join(cli.folder, 'b.csv'), 'utf8')).trimEnd().split('\n')
    expect(copy[1]).toMatch(/^1,a,\(no category\)/)
    expect(copy.slice(2)).toEqual(['2,another,,,,,,,', '3,c,,,,,,,'])
    await cli.run(['results', runId, '--with-source', '--output', 'c.csv', '--filter', 'status=ok'])
    expect((await readFile(path.join(cli.folder, 'c.csv'), 'utf8')).trimEnd().split('\n').length).toBe(3)
  })

  test('is written over one of ours and over nothing else, and not of what has no columns', async () => {
    await put('a.csv', 'id,text\n1,a\n')
    await put('a.with-results.csv', 'mine')
    const refused = await cli.run(['run', 'a.csv', '--provider', 'builtin', '--with-source'])
    expect(refused.err).toContain('is there and is none of ours; say where the copy goes: --output FILE')
    expect(await readFile(path.join(cli.folder, 'a.with-results.csv'), 'utf8')).toBe('mine')
    await put('a.txt', 'a text')
    const runId = await runIdOf(['run', 'a.txt'])
    const text = await cli.run(['results', runId, '--with-source'])
    expect(text.err).toContain('it has no columns that results could be added to')
    expect((await cli.run(['results', runId, '--with-source', '--format', 'json'])).code).toBe(2)
  })
})
