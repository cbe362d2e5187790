import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { longestItemText } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let folder: string
let server: TestServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locate-'))
  server = await startTestServer({ dataDir: join(folder, 'data') })
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Judges a source and answers its results. */
async function judge(source: RunRequest['source']): Promise<ResultRecord[]> {
  const ended = new Promise((resolve) => {
    server.connection.onNotification('run/progress', (view: { finishedAt: string | null }) => {
      if (view.finishedAt !== null) resolve(null)
    })
  })
  const started = await server.request('run/start', {
    tasks: ['categorization'],
    source,
    override: { provider: 'builtin' },
  })
  if (!started.ok) throw new Error(started.reason.message)
  await ended
  const page = await server.request('run/results', { runId: started.value.runId })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows
}

const locate = ({ runId, id, inputHash }: ResultRecord) => server.request('run/locate', { runId, id, inputHash })
const row = (id: number, text = `the compiler stops at ${id}`) => JSON.stringify({ id, text })

test('a row is at its line, a broken one too, and where it has moved to', async () => {
  const path = join(folder, 'in.jsonl')
  await writeFile(path, [row(1), '{broken', '', row(3)].join('\n'))
  const results = await judge({ kind: 'paths', paths: [path] })
  expect(await Promise.all(results.map(locate))).toEqual([
    { ok: true, value: { path, line: 1 } },
    { ok: true, value: { path, line: 2 } },
    { ok: true, value: { path, line: 4 } },
  ])
  await writeFile(path, ['', row(9), row(3, 'other words now'), row(1)].join('\n'))
  const [first, broken, last] = results as [ResultRecord, ResultRecord, ResultRecord]
  expect(await locate(first)).toEqual({ ok: true, value: { path, line: 4 } })
  // Its text is another one now; its id is not.
  expect(await locate(last)).toEqual({ ok: true, value: { path, line: 3 } })
  expect(await locate(broken)).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'no_items' } })
})

test('a row without an id is known by its text alone: another one in its line is not it', async () => {
  const path = join(folder, 'in.jsonl')
  const texts = ['the compiler stops', 'a vaccine is found', 'the law is passed']
  await writeFile(path, texts.map((text) => JSON.stringify({ text })).join('\n'))
  const [first, second] = (await judge({ kind: 'paths', paths: [path] })) as [ResultRecord, ResultRecord]
  await writeFile(
    path,
    ['written above', 'the compiler has stopped', ...texts.slice(1)].map((text) => JSON.stringify({ text })).join('\n'),
  )
  expect(await locate(first)).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'no_items' } })
  expect(await locate(second)).toEqual({ ok: true, value: { path, line: 3 } })
})

test('an id that only looks like a place of another row is an id', async () => {
  const path = join(folder, 'in.jsonl')
  const named = (id: string, text: string) => JSON.stringify({ id, text })
  await writeFile(path, [named('line:2', 'the compiler stops'), named('b', 'a vaccine is found')].join('\n'))
  const [first] = (await judge({ kind: 'paths', paths: [path] })) as [ResultRecord]
  await writeFile(
    path,
    ['{"text": "above"}', '{"text": "another"}', named('line:2', 'the compiler has stopped')].join('\n'),
  )
  expect(await locate(first)).toEqual({ ok: true, value: { path, line: 3 } })
})

test('rows with the same text are told apart by their place, and a note is a whole file', async () => {
  const path = join(folder, 'in.jsonl')
  await writeFile(path, [1, 2, 3].map((id) => row(id, 'all the same')).join('\n'))
  const note = join(folder, 'note.txt')
  await writeFile(note, 'the compiler stops')
  const results = await judge({ kind: 'paths', paths: [path, note] })
  const places = await Promise.all(results.map(locate))
  expect(places.map((place) => place.ok && place.value)).toEqual([
    { path, line: 1 },
    { path, line: 2 },
    { path, line: 3 },
    { path: note, line: null },
  ])
})

test('what was never in a file, and what nobody judged, has no place', async () => {
  const [result] = (await judge({ kind: 'text', text: 'the compiler stops', name: 'a selection' })) as [ResultRecord]
  expect(await locate(result)).toMatchObject({ ok: false, reason: { code: 'source_invalid' } })
  expect(await locate({ ...result, id: 'another' })).toMatchObject({ ok: false, reason: { code: 'source_invalid' } })
  expect(await locate({ ...result, runId: '20261121t093000000z-nobody' })).toMatchObject({
    ok: false,
    reason: { code: 'not_found', what: 'run' },
  })
})

const textOf = ({ runId, id, inputHash }: ResultRecord) => server.request('run/itemText', { runId, id, inputHash })

test('the whole text of an item is read where it stands now, and it is told when it is another one', async () => {
  const path = join(folder, 'in.jsonl')
  const long = `${'x'.repeat(longestItemText - 1)}😀 and more`
  await writeFile(path, [row(1, 'the compiler\n\nstops'), row(2), row(3), row(4, long)].join('\n'))
  const [first, second, third, last] = (await judge({ kind: 'paths', paths: [path] })) as [
    ResultRecord,
    ...[ResultRecord, ResultRecord, ResultRecord],
  ]
  const asJudged = { isCut: false, isAsJudged: true }
  expect(await textOf(first)).toEqual({ ok: true, value: { text: 'the compiler\n\nstops', ...asJudged } })
  const cut = await textOf(last)
  expect(cut).toMatchObject({ ok: true, value: { isCut: true, isAsJudged: true } })
  expect(cut.ok && cut.value.text?.length).toBe(longestItemText)
  expect(cut.ok && cut.value.text?.isWellFormed()).toBe(true)
  await writeFile(path, [row(9), row(2, 'other words now'), row(1, 'the compiler\n\nstops')].join('\n'))
  expect(await textOf(first)).toEqual({ ok: true, value: { text: 'the compiler\n\nstops', ...asJudged } })
  const changed = { text: 'other words now', isCut: false, isAsJudged: false }
  expect(await textOf(second)).toEqual({ ok: true, value: changed })
  expect(await textOf(third)).toEqual({ ok: true, value: { text: null, isCut: false, isAsJudged: false } })
  await rm(path)
  expect(await textOf(first)).toMatchObject({ ok: false, reason: { code: 'source_invalid' } })
})

test('the text of a selection is that of its run', async () => {
  const [result] = (await judge({ kind: 'text', name: 'selection', text: 'the compiler stops' })) as [ResultRecord]
  expect(await textOf(result)).toMatchObject({ ok: true, value: { text: 'the compiler stops', isAsJudged: true } })
})
