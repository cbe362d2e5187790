import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { jsonLines } from '../support/runs/harness.ts'

let folder: string
let server: TestServer
const at = (...names: string[]) => join(folder, ...names)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renamed-'))
  server = await startTestServer({ dataDir: at('data') })
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const rows = (words: string, count = 4) =>
  jsonLines(Array.from({ length: count }, (_, n) => ({ id: n + 1, text: `${words} when ${n} files are open` })))

async function run(paths: string[], changes: Partial<RunRequest> = {}): Promise<RunView> {
  let end: (view: RunView) => void = () => undefined
  const ended = new Promise<RunView>((resolve) => {
    end = resolve
  })
  const listening = server.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) end(view)
  })
  const request = { source: { kind: 'paths' as const, paths }, override: { provider: 'builtin' }, ...changes }
  const started = await server.request('run/start', { tasks: ['categorization', 'scoring'], ...request })
  if (!started.ok) throw new Error(started.reason.message)
  const view = await ended
  listening.dispose()
  return view
}

async function revisionsOf(path: string): Promise<[string, boolean][]> {
  const page = await server.request('revision/list', { path })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows.map(({ run: { runId }, isKept }) => [runId, isKept])
}

async function placeOf(runId: string, id: string): Promise<unknown> {
  const found = await server.request('run/results', { runId, limit: 10 })
  const result = found.ok ? found.value.rows.find((row) => row.id === id) : undefined
  const place = await server.request('run/locate', { runId, id, inputHash: result?.inputHash ?? '' })
  return place.ok ? place.value : place.reason.code
}

test('a file that was renamed or moved keeps its results, its places, and goes on where it was', async () => {
  await writeFile(at('in.jsonl'), rows('the compiler stops'))
  const first = await run([at('in.jsonl')])
  await rename(at('in.jsonl'), at('tickets.jsonl'))
  // Whether the run is looked at or the file, whichever comes first.
  expect(await placeOf(first.runId, '2')).toEqual({ path: at('tickets.jsonl'), line: 2 })
  expect(await revisionsOf(at('tickets.jsonl'))).toEqual([[first.runId, true]])
  expect(await placeOf(first.runId, '3')).toEqual({ path: at('tickets.jsonl'), line: 3 })

  // From here on it is known by its name: what it holds may change.
  await writeFile(at('tickets.jsonl'), rows('the compiler stops', 5))
  const second = await run([at('tickets.jsonl')])
  expect(second.counts).toMatchObject({ ok: 5, reused: 4 })
  expect(await revisionsOf(at('tickets.jsonl'))).toEqual([
    [second.runId, true],
    [first.runId, false],
  ])

  await mkdir(at('elsewhere'))
  await rename(at('tickets.jsonl'), at('elsewhere', 'tickets.jsonl'))
  await rename(at('tickets.results.jsonl'), at('elsewhere', 'tickets.results.jsonl'))
  const third = await run([at('elsewhere', 'tickets.jsonl')])
  expect(third.counts).toMatchObject({ ok: 5, reused: 5 })
  expect(third.revision?.number).toBe(3)
  const undone = await server.request('revision/undo', { runId: third.runId })
  expect(undone.ok && undone.value.run.runId).toBe(second.runId)
  expect(await readFile(at('elsewhere', 'tickets.results.jsonl'), 'utf8')).toContain(second.runId)
})

test('a copy has no results as long as the original is there, and a file with runs of its own keeps those', async () => {
  await writeFile(at('in.jsonl'), rows('the compiler stops'))
  const original = await run([at('in.jsonl')])
  await cp(at('in.jsonl'), at('copy.jsonl'))
  expect(await revisionsOf(at('copy.jsonl'))).toEqual([])
  expect(await revisionsOf(at('in.jsonl'))).toEqual([[original.runId, true]])
  const own = await run([at('copy.jsonl')])
  await rm(at('in.jsonl'))
  expect(await revisionsOf(at('copy.jsonl'))).toEqual([[own.runId, true]])
  // Of two files like it that are left, one has the results.
  await cp(at('copy.jsonl'), at('one.jsonl'))
  await cp(at('copy.jsonl'), at('two.jsonl'))
  expect(await revisionsOf(at('one.jsonl'))).toEqual([[original.runId, true]])
  expect(await revisionsOf(at('two.jsonl'))).toEqual([])
})

test('another file that has the size of one that is gone has none of its results', async () => {
  await writeFile(at('in.jsonl'), rows('the compiler stops'))
  await run([at('in.jsonl')])
  await rm(at('in.jsonl'))
  await writeFile(at('other.jsonl'), rows('the debugger stops'))
  expect(await revisionsOf(at('other.jsonl'))).toEqual([])
})

test('an editor says which folder it has renamed, so that runs over it and within it follow', async () => {
  await mkdir(at('notes'))
  await writeFile(at('notes', 'one.jsonl'), rows('the compiler stops'))
  await writeFile(at('notes', 'two.md'), 'The window is closed when it should not be.\n')
  const over = await run([at('notes')])
  const within = await run([at('notes', 'one.jsonl')])
  await rename(at('notes'), at('texts'))
  const moved = await server.request('source/moved', { from: at('notes'), to: at('texts') })
  expect(moved).toEqual({ ok: true, value: { sources: 2 } })
  expect(await revisionsOf(at('texts'))).toEqual([[over.runId, true]])
  expect(await revisionsOf(at('texts', 'one.jsonl'))).toEqual([[within.runId, true]])

  await rename(at('texts', 'two.md'), at('texts', 'second.md'))
  await server.request('source/moved', { from: at('texts', 'two.md'), to: at('texts', 'second.md') })
  expect(await placeOf(over.runId, 'two.md')).toMatchObject({ path: at('texts', 'second.md') })
  const again = await server.request('source/moved', { from: at('nowhere'), to: at('texts') })
  expect(again).toEqual({ ok: true, value: { sources: 0 } })
})
