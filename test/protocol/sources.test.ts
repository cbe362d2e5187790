import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { SourceSpec } from '../../protocol/sources.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
let work: string
beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'llm-providers-sources-'))
  server = await startTestServer({ newsCategories: true })
})
afterEach(async () => {
  await server.stop()
  await rm(work, { recursive: true, force: true })
})

async function put(name: string, content: string): Promise<string> {
  const file = path.join(work, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

const from = (...paths: string[]): SourceSpec => ({ kind: 'paths', paths })

async function run(source: SourceSpec, more: Partial<Params<'run/start'>> = {}): Promise<RunView> {
  let registration = { dispose: () => {} }
  const over = new Promise<RunView>((resolve) => {
    registration = server.connection.onNotification('run/progress', (view: RunView) => {
      if (view.finishedAt !== null) resolve(view)
    })
  })
  const started = await server.request('run/start', {
    tasks: ['categorization'],
    source,
    override: { provider: 'builtin' },
    ...more,
  })
  if (!started.ok) throw new Error(started.reason.message)
  return await over.finally(() => registration.dispose())
}

describe('source/describe', () => {
  test('tells format, fields and what would be judged', async () => {
    const file = await put('a.csv', 'Ticket;Title;Body\n7;Slow;It is slow\n8;;Crash\n')
    expect(await server.request('source/describe', { source: from(file) })).toEqual({
      ok: true,
      value: {
        format: 'csv',
        formats: ['csv', 'tsv', 'text'],
        delimiter: ';',
        encoding: 'utf-8',
        items: null,
        fields: [
          { name: 'Ticket', example: '7' },
          { name: 'Title', example: 'Slow' },
          { name: 'Body', example: 'It is slow' },
        ],
        text: ['Title', 'Body'],
        id: 'Ticket',
        header: true,
        rows: [
          { id: '7', text: 'Slow\n\nIt is slow' },
          { id: '8', text: 'Crash' },
        ],
        problems: [],
        isRemembered: false,
      },
    })
  })

  test('leaves the text to a person where nothing says which field it is', async () => {
    const file = await put('a.jsonl', '{"k":1,"value":"x"}\n')
    const unclear = await server.request('source/describe', { source: from(file) })
    expect(unclear).toMatchObject({
      ok: true,
      value: { text: null, rows: [], fields: [{ name: 'k' }, { name: 'value' }] },
    })
    const told = await server.request('source/describe', { source: from(file), fields: { text: ['value'] } })
    expect(told).toMatchObject({ ok: true, value: { text: ['value'], rows: [{ id: 'line:1', text: 'x' }] } })
  })

  test('looks at the first file of a folder, at a selection, and says what is not there', async () => {
    await put('notes/b.md', '---\ntitle: B\n---\nBody')
    expect(await server.request('source/describe', { source: from(path.join(work, 'notes')) })).toMatchObject({
      ok: true,
      value: { format: 'markdown', text: ['title', 'body'], id: 'path', rows: [{ id: 'b.md', text: 'B\n\nBody' }] },
    })
    const selection = { kind: 'text' as const, name: 'a.md:1-2', text: 'words' }
    expect(await server.request('source/describe', { source: selection })).toMatchObject({
      value: { format: 'text', rows: [{ id: 'a.md:1-2', text: 'words' }] },
    })
    expect(await server.request('source/describe', { source: from(path.join(work, 'none')) })).toMatchObject({
      ok: false,
      reason: { code: 'source_invalid', problem: 'missing' },
    })
  })
})

describe('what is remembered of a file', () => {
  test('counts where the request says nothing, is told, and is kept by the run', async () => {
    const file = await put('data/a.csv', 'k;left;right\nx1;the compiler crashes;the window flickers\n')
    const settings = { format: 'csv' as const, text: ['left'], id: 'k' }
    expect(await run(from(file)).catch((error: Error) => error.message)).toContain('no row has a field with text')
    expect(await server.request('source/remember', { path: file, settings })).toEqual({ ok: true, value: null })
    const described = await server.request('source/describe', { source: from(file) })
    expect(described).toMatchObject({ value: { isRemembered: true, text: ['left'], id: 'k' } })
    const view = await run(from(file))
    expect(view).toMatchObject({ source: 'a.csv', isRemembered: true, counts: { ok: 1, failed: 0 } })
    expect(await server.request('run/results', { runId: view.runId })).toMatchObject({
      value: { rows: [{ id: 'x1' }] },
    })
    // Within a folder that is named, too.
    expect(await run(from(path.join(work, 'data')))).toMatchObject({ counts: { ok: 1, failed: 0 } })
    await server.request('source/remember', { path: file, settings: null })
    expect(await server.request('source/describe', { source: from(file) })).toMatchObject({
      value: { isRemembered: false },
    })
  })

  test('is not mixed with what is said, and not taken from whoever asks', async () => {
    const file = await put('a.csv', 'k;remark;text\nx1;r;t\n')
    await server.request('source/remember', { path: file, settings: { text: ['remark'], id: 'k' } })
    const said = await server.request('source/describe', { source: from(file), fields: { text: ['text'] } })
    expect(said).toMatchObject({ value: { isRemembered: false, text: ['text'], id: null } })
    const forged = { ...from(file), remembered: { [file]: { text: ['text'] } } } as SourceSpec
    expect(await server.request('source/describe', { source: forged })).toMatchObject({ value: { text: ['remark'] } })
  })

  test.each([
    ['beside a format', { format: 'csv' as const, header: false }],
    ['alone', { header: false }],
  ])('what is said of the header counts %s, whatever is remembered', async (_, said) => {
    const file = await put('a.csv', 'id,text\n1,the compiler crashes\n')
    await server.request('source/remember', { path: file, settings: { text: ['text'], id: 'id' } })
    const source = { kind: 'paths' as const, paths: [file], ...said }
    const view = await run(source, { fields: { text: ['column 2'] } })
    expect(view).toMatchObject({ source: 'a.csv', counts: { ok: 2, failed: 0 } })
  })
})

describe('results in front matter', () => {
  const note = '---\r\n# a comment\r\ntitle:   "A plan"\r\ntags: [a, b]\r\n---\r\nThe software crashes.\r\n'

  test('are not offered for a note that a link of the workspace leads out to', async () => {
    const outside = await put('outside/a.md', note)
    await put('clone/b.md', note.replace('crashes', 'works'))
    const clone = path.join(work, 'clone')
    await symlink(outside, path.join(clone, 'a.md'))
    const source = from(path.join(clone, 'a.md'))
    const { runId } = await run(source, { workspaceFolder: clone })
    const file = path.join(clone, 'a.md')
    expect(await server.request('run/frontMatter', { runId, path: file })).toMatchObject({
      ok: false,
      reason: { code: 'output_invalid', path: file },
    })
  })

  test('are added beside what is there, replaced the next time, and never written by themselves', async () => {
    const file = await put('notes/a.md', note)
    const plain = await put('notes/b.md', 'Software without front matter.\n')
    const { runId } = await run(from(path.join(work, 'notes')))
    expect(await server.request('run/markdownFiles', { runId })).toEqual({
      ok: true,
      value: { rows: [file, plain], next: null },
    })
    const change = await server.request('run/frontMatter', { runId, path: file })
    if (!change.ok) throw new Error(change.reason.message)
    const { before, after } = change.value
    expect(before).toBe(note)
    expect(after.startsWith(note.slice(0, note.lastIndexOf('---')))).toBe(true)
    expect(after.endsWith('---\r\nThe software crashes.\r\n')).toBe(true)
    expect(after).toContain(`llm_providers:\r\n  categories: `)
    expect(after.replaceAll('\r\n', '')).not.toContain('\n')
    expect(await readFile(file, 'utf8')).toBe(note)
    // Written, it is still the same item, and a second change replaces the first.
    await writeFile(file, after)
    expect(await server.request('run/frontMatter', { runId, path: file })).toMatchObject({
      value: { before: after, after },
    })
    expect(await server.request('run/frontMatter', { runId, path: plain })).toMatchObject({
      value: { after: expect.stringMatching(/^---\nllm_providers:\n[\s\S]*\n---\n\nSoftware without/) },
    })
  })

  test('are what a person said where somebody corrected them, and say so', async () => {
    const file = await put('notes/a.md', note)
    const { runId } = await run(from(path.join(work, 'notes')), {
      ...{ workspaceFolder: work, profile: { kind: 'preset', name: 'issues' } as const },
    })
    const results = await server.request('run/results', { runId })
    const [{ id, inputHash, categories }] = (results.ok ? results.value.rows : []) as [ResultRecord]
    const label = { id, inputHash, runId, categories: ['Question'], interest: 10, quality: 10 }
    expect(categories).not.toEqual(['Question'])
    const before = await server.request('run/frontMatter', { runId, path: file })
    expect(before.ok && before.value.after).toMatch(/judged_by: builtin\/keywords\r\n/)
    await server.request('label/save', { workspaceFolder: work, label })
    const change = await server.request('run/frontMatter', { runId, path: file })
    const written = change.ok ? change.value.after : ''
    expect(written).toMatch(
      /categories:\r\n {4}- Question\r\n {2}score: \d+\r\n {2}interest: 10\r\n {2}quality: 10\r\n/,
    )
    expect(written).toMatch(/judged_by: builtin\/keywords, corrected by a person\r\n/)
    expect(written).not.toContain('confidence')
  })

  test('are refused for a text that was not judged, for other files and for unknown runs', async () => {
    const file = await put('notes/a.md', note)
    const { runId } = await run(from(path.join(work, 'notes')))
    await writeFile(file, note.replace('crashes', 'works'))
    expect(await server.request('run/frontMatter', { runId, path: file })).toMatchObject({
      reason: { code: 'conflict' },
    })
    for (const other of [await put('c.md', note), path.join(work, 'none.md')]) {
      expect(await server.request('run/frontMatter', { runId, path: other })).toMatchObject({
        reason: { code: 'source_invalid', problem: 'no_items' },
      })
    }
    expect(await server.request('run/frontMatter', { runId: '20261121-none', path: file })).toMatchObject({
      reason: { code: 'not_found' },
    })
  })
})
