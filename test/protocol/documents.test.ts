import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { startTestEditor, type TestEditor } from '../support/documents/editor.ts'
import { initializeParams, startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let folder: string
let editor: TestEditor
let server: TestServer

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'documents-')))
  editor = await startTestEditor(folder, { dataDir: join(folder, '.data'), newsCategories: true })
  server = editor.server
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(path: string, changes: Partial<RunRequest> = {}, on: TestServer = server): Promise<RunView> {
  let told: (view: RunView) => void = () => undefined
  const ended = new Promise<RunView>((resolve) => {
    told = resolve
  })
  const listening = on.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) told(view)
  })
  const started = await on.request('run/start', {
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [path] },
    override: { provider: 'builtin' },
    ...changes,
  })
  if (!started.ok) throw new Error(started.reason.message)
  const view = await ended
  listening.dispose()
  return view
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

const issues = [
  { id: 7, text: 'The compiler of the software crashes when a program is built' },
  { id: 8, text: 'A vaccine against the disease was found by the hospital' },
  { id: 9, text: '🎉 The government holds an election and votes on a new law' },
]
const rows = (all: readonly object[], end = '\n') => all.map((row) => `${JSON.stringify(row)}${end}`).join('')

describe('what a file with results shows', () => {
  test('a hint for each record, a lens above, everything on hovering', async () => {
    const path = await write('in.jsonl', rows(issues))
    const view = await run(path)
    const open = editor.open(path, rows(issues))
    const hints = await open.hints()
    expect(hints.map(({ line, character }) => [line, character])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
    expect(hints[1]?.label).toMatch(/^Health.* · \d+\.\d$/)
    expect(await open.lenses()).toMatchObject([
      { command: { title: '3 results', command: 'llmProviders.openResults', arguments: [view.runId] } },
    ])
    const hover = (await open.hover({ line: 1, character: 5 })) ?? ''
    for (const words of [
      'Categories',
      'Health',
      'Score',
      'interest',
      'quality',
      'Why this model',
      'builtin',
      'Prompt',
      'Cost',
    ]) {
      expect(hover).toContain(words)
    }
    const [, hint] = await open.rawHints()
    expect(hint?.label).toMatchObject([
      { command: { command: 'llmProviders.openResult', arguments: [{ uri: open.uri, key: expect.any(String) }] } },
    ])
    const resolved = await server.connection.sendRequest<{ tooltip: { value: string } }>('inlayHint/resolve', hint)
    expect(resolved.tooltip.value).toBe(hover)
  })

  test('a file without results, and one that is closed, show nothing', async () => {
    const path = await write('in.jsonl', rows(issues))
    const other = await write('other.jsonl', rows(issues))
    await run(path)
    const silent = editor.open(other, rows(issues))
    expect([await silent.hints(), await silent.lenses(), await silent.hover({ line: 0, character: 0 })]).toEqual([
      [],
      [],
      null,
    ])
    expect(await server.request('document/results', { paths: [path, other, join(folder, 'none')] })).toMatchObject({
      ok: true,
      value: { rows: [{ path }] },
    })
    const open = editor.open(path, rows(issues))
    expect(await open.hints()).toHaveLength(3)
    open.close()
    expect([await open.hints(), await open.lenses()]).toEqual([[], []])
  })
})

describe('records are known by their content', () => {
  test('lines that move keep their results, one that is edited has changed, and undoing that brings it back', async () => {
    const path = await write('in.jsonl', rows(issues))
    await run(path)
    const open = editor.open(path, rows(issues))
    const labels = async () => (await open.hints()).map(({ line, label }) => `${line} ${label}`)
    const [first, second, third] = (await open.hints()).map(({ label }) => label)
    open.edit(rows([issues[0] as object]), `\n${rows([{ id: 'new', text: 'Nobody has judged this' }])}`)
    open.edit(rows([issues[2] as object]), rows([issues[2] as object, issues[0] as object]))
    await open.until(async () => (await open.hints()).length === 3)
    expect(await labels()).toEqual([`2 ${second}`, `3 ${third}`, `4 ${first}`])
    open.edit('A vaccine', 'Another vaccine')
    await open.until(async () => (await labels())[0]?.includes('changed since') === true)
    expect(await labels()).toEqual([`2 changed since: ${second}`, `3 ${third}`, `4 ${first}`])
    expect((await open.actions({ line: 2, character: 9 })).map(({ title }) => title)).toEqual([
      'Why this model?',
      'Show in the results panel',
    ])
    expect(await open.hover({ line: 2, character: 0 })).toContain('The text has changed since')
    open.edit('Another vaccine', 'A vaccine')
    await open.until(async () => (await labels())[0] === `2 ${second}`)
    expect(await open.lenses()).toMatchObject([{ command: { title: '3 results' } }])
  })

  test('places count as the editor counts: other line ends, signs of two units, a byte order mark', async () => {
    const text = rows([{ id: 'a', text: 'A 🎉 party for the software' }, ...issues], '\r\n')
    const path = await write('in.jsonl', `\uFEFF${text}`)
    await run(path)
    const open = editor.open(path, text)
    expect((await open.hints()).map(({ line, character }) => [line, character])).toEqual(
      [0, 1, 2, 3].map((line) => [line, 0]),
    )
    open.edit('{"id":"a"', '  {"id":"a"')
    await open.until(async () => (await open.hints())[0]?.character === 2)
    const list = `[${issues.map((issue) => JSON.stringify(issue)).join(', ')}]`
    const array = await write('in.json', `{"🎉": 1,\r\n  "rows": ${list}}`)
    await run(array)
    const second = editor.open(array, await readFile(array, 'utf8'))
    expect(await second.hints()).toMatchObject([1, 1, 1].map((line) => ({ line })))
  })

  test('equal records without an id have results of their own', async () => {
    const text = rows([{ text: 'The same words about software' }, { text: 'The same words about software' }])
    const path = await write('in.jsonl', text)
    await run(path)
    expect(await editor.open(path, text).hints()).toHaveLength(2)
  })
})

describe('what can be a source', () => {
  const csv = 'id,text\r\n1,"The compiler of the software\r\ncrashes"\r\n2,A vaccine and a hospital\r\n'
  const log =
    '2026-11-21 10:00:00 ERROR The software crashed\n  at main.c:1\n2026-11-21 10:00:01 INFO The hospital has a vaccine\n'
  const note = '---\ntitle: A plan\nid: plan\n---\n\nThe software of the hospital needs a compiler.\n'
  const array = `[\n  {"id": 1, "text": "The compiler of the software"},\n  {"id": 2, "text": "A vaccine"}\n]\n`
  test.each([
    ['table.csv', csv, [1, 3]],
    ['server.log', log, [0, 2]],
    ['rows.json', array, [1, 2]],
    ['table.tsv', csv.replaceAll(',', '\t'), [1, 3]],
  ])('%s', async (name, text, lines) => {
    const path = await write(name, text)
    await run(path)
    const open = editor.open(path, text)
    expect((await open.hints()).map(({ line }) => line)).toEqual(lines)
    const inside = { line: (lines[0] as number) + (name === 'server.log' ? 1 : 0), character: 2 }
    expect(await open.hover(inside)).toContain('Why this model')
  })

  test('a note, of a folder, has its result above it', async () => {
    const path = await write('notes/plan.md', note)
    await write('notes/other.md', 'Something else about a vaccine\n')
    const view = await run(join(folder, 'notes'))
    const open = editor.open(path, note)
    expect(await open.hints()).toEqual([])
    const titles = (await open.lenses()).map(({ command }) => command?.title)
    expect(titles[0]).toMatch(/ · \d+\.\d$/)
    expect(await open.lenses()).toMatchObject([{ command: { command: 'llmProviders.openResult' } }, {}, {}, {}])
    expect(titles.slice(1)).toEqual(['Correct the category…', 'Correct the score…', 'Why this model?'])
    expect(await open.hover({ line: 5, character: 4 })).toContain('plan')
    expect(
      await server.request('document/results', { paths: [path, join(folder, 'notes', '.hidden.md')] }),
    ).toMatchObject({
      value: { rows: [{ path, runId: view.runId }] },
    })
  })
})

describe('where an item stands', () => {
  const csv = 'id,text\n1,The compiler of the software\n2,"A vaccine\nand a hospital"\n'
  const log = '2026-11-21 10:00:00 ERROR The software crashed\n2026-11-21 10:00:01 INFO The hospital has a vaccine\n'
  test.each([
    ['table.csv', csv, '2,"A', 3, '0,Written above\n3,"And one\nof two lines"\n'],
    ['server.log', log, '2026-11-21 10:00:01', 2, '2026-11-21 10:00:00 WARN Above\n  at main.c:1\n  at run.c:2\n'],
  ])('in %s is told of the text as it is open, saved or not', async (name, text, at, line, above) => {
    const path = await write(name, text)
    const view = await run(path)
    const page = await server.request('run/results', { runId: view.runId })
    if (!page.ok) throw new Error(page.reason.message)
    const { id, inputHash } = page.value.rows.at(-1) as { id: string; inputHash: string }
    const locate = async () => await server.request('run/locate', { runId: view.runId, id, inputHash })
    const open = editor.open(path, text)
    expect(await locate()).toEqual({ ok: true, value: { path, line } })
    open.edit(at, above + at)
    expect(await locate()).toEqual({ ok: true, value: { path, line: line + 3 } })
    open.close()
    expect(await locate()).toEqual({ ok: true, value: { path, line } })
  })

  test('is found in an open file that the run has reached through a link, and in a folder', async () => {
    const path = await write('notes/in.jsonl', rows(issues))
    const link = join(folder, 'linked')
    await symlink(join(folder, 'notes'), link)
    const view = await run(link)
    const page = await server.request('run/results', { runId: view.runId })
    if (!page.ok) throw new Error(page.reason.message)
    const { id, inputHash } = page.value.rows[0] as { id: string; inputHash: string }
    const open = editor.open(path, rows(issues))
    expect(await open.hints()).toHaveLength(3)
    open.edit('{', `${rows([{ id: 1, text: 'Above' }])}{`)
    expect(await server.request('run/locate', { runId: view.runId, id, inputHash })).toEqual({
      ok: true,
      value: { path: join(link, 'in.jsonl'), line: 2 },
    })
  })
})

describe('failed items', () => {
  test('are problems of their lines, with the reason as the code, until they are mended', async () => {
    const text = `${rows(issues)}{"id": 10, "nothing": 1}\n{"id": 11, "text": broken\n`
    const path = await write('in.jsonl', text)
    await run(path)
    const open = editor.open(path, text)
    await open.until(() => open.diagnostics().length === 2)
    expect(open.diagnostics()).toMatchObject([
      { range: { start: { line: 3, character: 0 } }, severity: 2, code: 'text_missing', source: 'LLM Providers' },
      { range: { start: { line: 4, character: 0 } }, severity: 2, code: 'row_invalid' },
    ])
    expect(await open.lenses()).toMatchObject([{ command: { title: '5 results, 2 failed' } }])
    const [why] = await open.actions({ line: 3, character: 0 })
    expect(why).toMatchObject({ title: 'Why this model?', kind: 'quickfix' })
    open.edit('"nothing": 1', '"text": "This is text now"')
    await open.until(() => open.diagnostics().length === 1)
    open.close()
    await open.until(() => open.diagnostics().length === 0)
  })
})

describe('what a person says', () => {
  test('is shown as such, wherever it was said, and can be taken back', async () => {
    const path = await write('in.jsonl', rows(issues))
    const view = await run(path)
    const open = editor.open(path, rows(issues))
    const actions = await open.actions({ line: 1, character: 4 })
    expect(actions.map(({ title }) => title)).toEqual([
      'Correct the category…',
      'Correct the score…',
      'Why this model?',
      'Show in the results panel',
    ])
    const [place] = (actions[0]?.command?.arguments ?? []) as { uri: string; key: string }[]
    if (!place) throw new Error('nothing is offered')
    const item = await server.request('document/item', { uri: place.uri, at: { key: place.key } })
    if (!item.ok || !item.value) throw new Error('there is no such record')
    expect(item.value).toMatchObject({ runId: view.runId, line: 1, character: 0, isChanged: false, label: null })
    expect(item.value.categories).toContainEqual({ name: 'Software Development', parent: 'Technology' })
    expect(await server.request('document/item', { uri: place.uri, at: { line: 1, character: 20 } })).toEqual(item)

    const { id, inputHash } = item.value.result
    const label = { id, inputHash, runId: view.runId, categories: ['Politics'], interest: 10, quality: 10 }
    // Another window: its server writes, this one hears of it through the data.
    const other = await startTestServer({ dataDir: join(folder, '.data') })
    expect(await other.request('label/save', { workspaceFolder: folder, label })).toMatchObject({ ok: true })
    const second = async () => (await open.hints())[1]?.label
    await open.until(async () => (await second())?.startsWith('corrected: Politics') === true)
    expect(await second()).toBe('corrected: Politics · 10.0')
    expect((await open.hover({ line: 1, character: 4 }))?.replaceAll('\\', '')).toMatch(
      /Corrected by a person on .*Politics, interest 10, quality 10/,
    )
    const offered = (await open.actions({ line: 1, character: 4 })).map(({ title }) => title)
    expect(offered).toContain('Remove the correction')
    await other.stop()

    expect(await server.request('label/remove', { workspaceFolder: folder, inputHash })).toMatchObject({ ok: true })
    await open.until(async () => (await second())?.startsWith('Health') === true)
  })
})

describe('what runs change', () => {
  test('a later run, an earlier one that is kept again, and none', async () => {
    const path = await write('in.jsonl', rows(issues))
    const open = editor.open(path, rows(issues))
    expect(await open.hints()).toEqual([])
    const first = await run(path)
    await open.until(async () => (await open.hints()).length === 3)
    await writeFile(path, rows(issues.slice(0, 2)))
    const second = await run(path, { reuse: 'none' })
    await open.until(async () => (await open.hints()).length === 2)
    await server.request('revision/keep', { runId: first.runId })
    await open.until(async () => (await open.hints()).length === 3)
    await server.request('run/remove', { runId: second.runId })
    await server.request('run/remove', { runId: first.runId })
    await open.until(async () => (await open.hints()).length === 0)
    expect(await open.lenses()).toEqual([])
  })
})

describe('bounds', () => {
  test('a long file says that it is one, whether it was sent or not', async () => {
    const long = rows(
      Array.from({ length: 3000 }, (_, at) => ({ id: at, text: `The software ${'crashes '.repeat(300)}` })),
    )
    expect(long.length).toBeGreaterThan(5 * 1024 * 1024)
    const path = await write('in.jsonl', long)
    const view = await run(path, { limit: 2, tasks: ['scoring'] })
    const told = [{ command: { title: expect.stringContaining('too long'), arguments: [view.runId] } }]
    const uri = pathToFileURL(path).href
    expect(await server.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } })).toMatchObject(told)
    const open = editor.open(path, long)
    expect(await open.hints()).toEqual([])
    expect(await open.lenses()).toMatchObject(told)
  })

  test('a file of almost that length is read while others are answered, and what is typed is followed', async () => {
    const text = rows(Array.from({ length: 20_000 }, (_, at) => ({ id: at, text: `${at} ${'software '.repeat(24)}` })))
    expect(text.length).toBeGreaterThan(4_500_000)
    const path = await write('in.jsonl', text)
    await run(path, { tasks: ['scoring'] })
    const open = editor.open(path, text)
    let answered = 0
    const others = Array.from({ length: 5 }, () => server.request('route/list', {}).then(() => answered++))
    const hints = open.hints(10_000, 10_010)
    await Promise.all(others)
    expect(answered).toBe(5)
    expect((await hints).map(({ line }) => line)).toEqual(Array.from({ length: 11 }, (_, at) => 10_000 + at))
    open.edit('{"id":0,', '\n{"id":0,')
    open.edit('"text":"5 ', '"text":"55 ')
    await open.until(async () => (await open.hints(0, 10))[5]?.label.startsWith('changed since') === true)
    expect((await open.hints(10_000, 10_000)).map(({ line }) => line)).toEqual([10_000])
  }, 60_000)
})

describe('clients that want none of it', () => {
  test('a server that is not asked to be a language server is none', async () => {
    const plain = await startTestServer({ dataDir: join(folder, '.data'), initialize: false })
    const answer = await plain.connection.sendRequest<{ capabilities: object }>(
      'initialize',
      initializeParams(join(folder, '.data')),
    )
    const offered = ['hoverProvider', 'inlayHintProvider', 'codeLensProvider', 'codeActionProvider']
    for (const provider of offered) expect(answer.capabilities).not.toHaveProperty(provider)
    await plain.stop()
  })

  test('hostile text of a model or a file stays text', async () => {
    const id = '[x](command:llmProviders.showLog) <img src=x> https://example.com ![y](http://127.0.0.1/z) `'
    const text = rows([{ id, text: 'The software of the compiler' }])
    const path = await write('in.jsonl', text)
    await run(path)
    const hover = (await editor.open(path, text).hover({ line: 0, character: 0 })) ?? ''
    expect(hover).not.toMatch(/\]\(|(?<!\\)<|https:|(?<!\\)!/)
    expect(hover).toContain('\\[x\\]\\(command\\:llmProviders\\.showLog\\)')
  })
})
