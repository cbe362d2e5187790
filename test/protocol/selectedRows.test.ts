import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import stringWidth from 'string-width'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import type { LineRange } from '../../protocol/sources.ts'
import { startTestEditor, type TestEditor } from '../support/documents/editor.ts'
import type { TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let folder: string
let editor: TestEditor
let server: TestServer
let fake: FakeModelServer
let files = 0

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'selected-')))
  fake = await startFakeModelServer({ models: ['one'] })
  editor = await startTestEditor(folder, { dataDir: join(folder, '.data') })
  server = editor.server
  const config = { base_url: `${fake.origin}/v1` }
  unwrap(await server.request('provider/save', { provider: 'fake', kind: 'openai-compatible', config }))
})
afterAll(async () => {
  await server.stop()
  await fake.close()
  await rm(folder, { recursive: true, force: true })
})

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

async function write(text: string, ending: string): Promise<string> {
  const path = join(folder, `file-${++files}.${ending}`)
  await writeFile(path, text)
  return path
}

const requestFor = (
  path: string,
  lines?: LineRange[],
): Pick<RunRequest, 'tasks' | 'source' | 'override' | 'batchSize' | 'reuseMegabytes'> => ({
  tasks: ['categorization'],
  source: { kind: 'paths', paths: [path], ...(lines ? { lines } : {}) },
  override: { provider: 'fake', model: 'one' },
  batchSize: 1,
  // The files of these tests say the same.
  reuseMegabytes: 0,
})

async function ended(begin: () => ReturnType<TestServer['request']>): Promise<RunView> {
  let told: (view: RunView) => void = () => undefined
  const end = new Promise<RunView>((resolve) => {
    told = resolve
  })
  const listening = server.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) told(view)
  })
  unwrap((await begin()) as { ok: true; value: unknown })
  return await end.finally(() => listening.dispose())
}

const run = (path: string, lines?: LineRange[]): Promise<RunView> =>
  ended(() => server.request('run/start', requestFor(path, lines)))

async function resultsOf({ runId }: RunView): Promise<ResultRecord[]> {
  return unwrap(await server.request('run/results', { runId })).rows.map((row) =>
    'result' in row ? row.result : row,
  ) as ResultRecord[]
}

const csv = 'id,text\n1,one apple\n2,"two pears\nin two lines"\n3,three plums\n4,four nuts\n'
const log = [1, 2, 3]
  .map((nth) => `2026-01-0${nth} 10:00:00 ERROR number ${nth}\n  at first (a.js:1)\n  at second (b.js:2)\n`)
  .join('')
const list = JSON.stringify(
  [1, 2, 3].map((id) => ({ id, text: `Number ${id} of three` })),
  null,
  2,
)
const jsonl = [1, 2, 3].map((id) => `${JSON.stringify({ id, text: `Number ${id} of three` })}\n`).join('')

describe('lines of a file are its rows', () => {
  test.each<[what: string, ending: string, text: string, lines: LineRange[], ids: string[]]>([
    ['a row of a table', 'csv', csv, [{ from: 2, to: 2 }], ['1']],
    ['the second line of a cell, whose row is whole', 'csv', csv, [{ from: 4, to: 5 }], ['2', '3']],
    ['the names of columns, which are no row', 'csv', csv, [{ from: 1, to: 2 }], ['1']],
    [
      'several ranges',
      'csv',
      csv,
      [
        { from: 2, to: 2 },
        { from: 6, to: 2_147_483_647 },
      ],
      ['1', '4'],
    ],
    ['a trace without the line that it belongs to', 'log', log, [{ from: 5, to: 6 }], ['line:4']],
    ['a part of two objects of a list', 'json', list, [{ from: 4, to: 7 }], ['1', '2']],
    ['lines of JSON', 'jsonl', jsonl, [{ from: 2, to: 3 }], ['2', '3']],
    [
      'a text, of which only these lines are judged',
      'txt',
      'One thing.\nTwo things.\nThree.\n',
      [{ from: 2, to: 2 }],
      [''],
    ],
  ])('%s', async (_, ending, text, lines, ids) => {
    const path = await write(text, ending)
    const view = await run(path, lines)
    const results = await resultsOf(view)
    expect(results.map(({ id }) => id)).toEqual(ids.map((id) => id || basename(path)))
    expect(view.counts).toMatchObject({ ok: ids.length, total: ids.length })
  })

  test('what names no row, or several files, is refused before anybody is asked', async () => {
    const path = await write(csv, 'csv')
    const asked = fake.chats.length
    const none = await server.request('run/start', requestFor(path, [{ from: 1, to: 1 }]))
    expect(none).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'no_items' } })
    const both = {
      ...requestFor(path),
      source: { kind: 'paths' as const, paths: [path, await write(csv, 'csv')], lines: [{ from: 1, to: 9 }] },
    }
    expect(await server.request('run/start', both)).toMatchObject({ ok: false, reason: { code: 'source_invalid' } })
    expect(fake.chats.length).toBe(asked)
  })
})

describe('rows and their file', () => {
  test('share what was judged, in both directions, and their results files', async () => {
    const path = await write(csv, 'csv')
    const rows = await run(path, [{ from: 2, to: 5 }])
    const whole = await run(path)
    expect(whole.counts).toMatchObject({ ok: 4, reused: 3 })
    expect((await run(path, [{ from: 6, to: 6 }])).counts).toMatchObject({ ok: 1, reused: 1 })
    expect(rows.resultsPath).toBe(path.replace(/\.csv$/, '.lines-2-5.results.jsonl'))
    expect(whole.resultsPath).toBe(path.replace(/\.csv$/, '.results.jsonl'))
  })

  test('rows with equal texts and no ids keep theirs apart: the labels stand where the rows were selected', async () => {
    const line = (text: string) => `${JSON.stringify({ text })}\n`
    const text = line('The same thing') + line('Another thing') + line('The same thing')
    const path = await write(text, 'jsonl')
    const view = await run(path, [{ from: 3, to: 3 }])
    expect((await resultsOf(view)).map(({ id }) => id)).toEqual(['line:3'])
    const open = editor.open(path, text)
    await open.until(async () => (await open.hints()).length > 0)
    expect((await open.hints()).map((hint) => hint.line)).toEqual([2])
  })

  test('labels of the whole file stay when some of its rows are judged anew, and only those that changed are asked about', async () => {
    const path = await write(jsonl, 'jsonl')
    await run(path)
    const open = editor.open(path, jsonl)
    await open.until(async () => (await open.hints()).length === 3)
    open.edit('Number 2 of three', 'Number 2, edited')
    await open.until(async () => (await open.hints())[1]?.label.startsWith('changed since') === true)
    const lens = (await open.lenses()).find(({ command }) => command?.command === 'llmProviders.judgeChanged')
    expect(lens?.command?.title).toBe('Judge 1 changed')
    await writeFile(path, open.text())
    const [{ runId = '', lines }] = (lens?.command?.arguments ?? [{}]) as [{ runId?: string; lines?: null }]
    expect(lines).toBeNull()
    const asked = fake.chats.length
    const again = await ended(() => server.request('run/startAgain', { runId }))
    expect(again.counts).toMatchObject({ ok: 3, reused: 2 })
    expect(fake.chats.length).toBe(asked + 1)
    await open.until(async () =>
      (await open.lenses()).every(({ command }) => command?.command !== 'llmProviders.judgeChanged'),
    )

    open.edit('Number 3 of three', 'Number 3, edited')
    await writeFile(path, open.text())
    await ended(() => server.request('run/startAgain', { runId, rows: { path, lines: [{ from: 3, to: 3 }] } }))
    await open.until(async () => (await open.hints()).every(({ label }) => !label.startsWith('changed since')))
    expect(await open.hints()).toHaveLength(3)
  })
})

describe('labels', () => {
  test('appear while the run goes on', async () => {
    const path = await write(jsonl, 'jsonl')
    const open = editor.open(path, jsonl)
    expect(await open.hints()).toEqual([])
    let release = fake.hold()
    const before = fake.chats.length
    const end = ended(() => server.request('run/start', { ...requestFor(path), concurrency: 1 }))
    await fake.arrived(before + 1)
    const next = fake.hold()
    release()
    release = next
    await fake.arrived(before + 2)
    await open.until(async () => (await open.hints()).length === 1)
    expect((await open.lenses()).map(({ command }) => command?.title)).toEqual(['1 result, still judging'])
    release()
    await end
    await open.until(async () => (await open.hints()).length === 3)
  })

  test('have one width, whatever is written in them, and the rows that have none keep it', async () => {
    fake.decide(({ prompt }) => (prompt.includes('Number 2') ? { kind: 'text', text: 'none' } : undefined))
    const text = `id,text\n${jsonl.replaceAll(/.*"id":(\d),"text":"(.*)".*/g, '$1,$2')}4,日本語の文 🎉\n5,not judged\n`
    const path = await write(text, 'csv')
    await ended(() => server.request('run/start', { ...requestFor(path), limit: 4, stopWhen: { failedShare: null } }))
    fake.decide(() => undefined)
    const open = editor.open(path, text)
    await open.until(async () => (await open.hints()).length === 4)
    const hints = await open.rawHints()
    const words = hints.map(({ label }) =>
      typeof label === 'string' ? label : label.map(({ value }) => value).join(''),
    )
    expect(new Set(words.map((word) => stringWidth(word))).size).toBe(1)
    expect(hints.map(({ position }) => position.line).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(words.filter((word) => word.trim() === '')).toHaveLength(2)
  })
})
