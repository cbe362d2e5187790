import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { jsonLines } from '../support/runs/harness.ts'

let folder: string
let input: string
let server: TestServer
const others: TestServer[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'revisions-'))
  input = join(folder, 'in.jsonl')
  server = await startServer()
  await writeRows(3)
})
afterEach(async () => {
  for (const each of [server, ...others.splice(0)]) await each.stop()
  await rm(folder, { recursive: true, force: true })
})

const startServer = () => startTestServer({ dataDir: join(folder, 'data') })

function writeRows(count: number, words = 'the compiler stops'): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => ({ id: at + 1, text: `${words} when ${at} files are open` }))
  return writeFile(input, jsonLines(rows))
}

async function run(changes: Partial<RunRequest> = {}, on: TestServer = server): Promise<RunView> {
  let told: (view: RunView) => void = () => undefined
  const ended = new Promise<RunView>((resolve) => {
    told = resolve
  })
  const listening = on.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) told(view)
  })
  const started = await on.request('run/start', {
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [input] },
    override: { provider: 'builtin' },
    ...changes,
  })
  if (!started.ok) throw new Error(started.reason.message)
  const view = await ended
  listening.dispose()
  return view
}

/** The ids of the run and of the items that stand in the results file. */
async function inFile(): Promise<{ runs: string[]; items: number }> {
  const lines = (await readFile(join(folder, 'in.results.jsonl'), 'utf8')).trimEnd().split('\n')
  const records = lines.map((line) => JSON.parse(line) as { runId: string })
  return { runs: [...new Set(records.map(({ runId }) => runId))], items: records.length }
}

async function revisions(): Promise<[number, boolean][]> {
  const page = await server.request('revision/list', { path: input })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows.map(({ number, isKept }) => [number, isKept])
}

async function audited(): Promise<unknown[]> {
  const page = await server.request('audit/list', { what: ['revision'] })
  if (!page.ok) throw new Error(page.reason.message)
  const numberOf = (side: unknown) => (side as { number: number } | null)?.number ?? null
  return page.value.rows.map(({ action, before, after }) => [action, numberOf(before), numberOf(after)])
}

describe('results of several sources in one folder', () => {
  const runOver = (...paths: string[]) => run({ source: { kind: 'paths', paths } })

  test('whose names differ in their ending alone stand in files of their own', async () => {
    const table = join(folder, 'in.csv')
    await writeFile(table, 'id,text\n9,the compiler stops again\n')
    const first = await run()
    const other = await runOver(table)
    expect([first.resultsPath, other.resultsPath]).toEqual([
      join(folder, 'in.results.jsonl'),
      join(folder, 'in.csv.results.jsonl'),
    ])
    expect(await inFile()).toEqual({ runs: [first.runId], items: 3 })
    // Each of them goes on where it stood.
    expect((await run()).resultsPath).toBe(first.resultsPath)
    expect((await runOver(table)).resultsPath).toBe(other.resultsPath)
  })

  test('that were judged together do not take the place of others of the folder', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, `${name}.jsonl`)) as [string, string, string]
    for (const path of [a, b, c]) await writeFile(path, jsonLines([{ id: 1, text: `the compiler stops in ${path}` }]))
    const first = await runOver(a, b)
    const second = await runOver(b, c)
    expect(second.resultsPath).toBe(join(folder, 'b.jsonl+c.jsonl.results.jsonl'))
    expect(first.resultsPath).not.toBe(second.resultsPath)
    expect((await runOver(a, b)).resultsPath).toBe(first.resultsPath)
  })
})

describe('revisions', () => {
  test('are the runs over one source; the newest completed one is kept by itself', async () => {
    const first = await run()
    const second = await run()
    expect([first.revision, second.revision]).toMatchObject([
      { number: 1, isKept: true },
      { number: 2, isKept: true },
    ])
    expect(await revisions()).toEqual([
      [2, true],
      [1, false],
    ])
    expect(await server.request('revision/list', { runId: first.runId, limit: 1 })).toMatchObject({
      ok: true,
      value: { rows: [{ number: 2, run: { runId: second.runId } }], next: '2' },
    })
    expect(await inFile()).toEqual({ runs: [second.runId], items: 3 })
  })

  test('are kept, undone as far back as they go, and audited, with the results file following', async () => {
    const first = await run()
    await writeRows(4)
    await run()
    await writeRows(5)
    const third = await run()
    expect(await server.request('revision/keep', { runId: first.runId })).toMatchObject({
      ok: true,
      value: { number: 1, isKept: true, resultsPath: join(folder, 'in.results.jsonl') },
    })
    expect(await inFile()).toEqual({ runs: [first.runId], items: 3 })
    const undone: unknown[] = []
    for (let step = 0; step < 4; step++) {
      const answer = await server.request('revision/undo', { runId: third.runId })
      undone.push(answer.ok ? [answer.value.number, (await inFile()).items] : answer.reason.code)
    }
    expect(undone).toEqual([[3, 5], [2, 4], [1, 3], 'revision_invalid'])
    expect(await audited()).toEqual([
      ['undo', 2, 1],
      ['undo', 3, 2],
      ['undo', 1, 3],
      ['keep', 3, 1],
      ['complete', 2, 3],
      ['complete', 1, 2],
      ['complete', null, 1],
    ])
  })

  test('go on with the one before when the kept run is removed, which is told', async () => {
    const first = await run()
    const second = await run()
    expect(await server.request('run/remove', { runId: second.runId })).toMatchObject({
      ok: true,
      value: { number: 1, isKept: true, run: { runId: first.runId } },
    })
    expect(await inFile()).toEqual({ runs: [first.runId], items: 3 })
    expect(await server.request('run/remove', { runId: first.runId })).toEqual({ ok: true, value: null })
    expect(await revisions()).toEqual([])
    expect(await audited()).toMatchObject([['remove', 1, null], ['remove', 2, 1], ['complete', 1, 2], {}])
  })

  test('refuse what cannot be kept', async () => {
    const selection = await run({ source: { kind: 'text', name: 'a selection', text: 'a bug' } })
    expect(selection.revision).toBeNull()
    expect(await server.request('revision/keep', { runId: selection.runId })).toMatchObject({
      ok: false,
      reason: { code: 'revision_invalid', problem: 'no_source' },
    })
    expect(await server.request('revision/keep', { runId: '20261121t000000000z-none00' })).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
    const only = await run()
    expect(await server.request('revision/undo', { runId: only.runId })).toMatchObject({
      ok: false,
      reason: { code: 'revision_invalid', problem: 'nothing_before' },
    })
  })

  test('of a run that was stopped is not kept by itself, and its few results are not in the file', async () => {
    const first = await run()
    // It lists its model, so that the run starts, and takes no call.
    const refusing = createServer(({ method }, response) => {
      response.writeHead(method === 'GET' ? 200 : 401, { 'content-type': 'application/json' })
      response.end(method === 'GET' ? '{"object":"list","data":[{"id":"any"}]}' : '{"error":{"message":"no"}}')
    })
    refusing.listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const { port } = refusing.address() as AddressInfo
    const config = { base_url: `http://127.0.0.1:${port}/v1` }
    await server.request('provider/save', { provider: 'refusing', kind: 'openai-compatible', config })
    const second = await run({ override: { provider: 'refusing', model: 'any' } })
    refusing.close()
    expect(second).toMatchObject({ state: 'stopped', revision: { number: 2, isKept: false } })
    expect(await inFile()).toEqual({ runs: [first.runId], items: 3 })
    expect(await server.request('revision/keep', { runId: second.runId })).toMatchObject({
      ok: false,
      reason: { code: 'revision_invalid', problem: 'no_results' },
    })
  })

  test('leave a file that is not ours alone, and keep what was kept', async () => {
    const first = await run()
    const second = await run()
    await writeFile(join(folder, 'in.results.jsonl'), 'precious')
    expect(await server.request('revision/keep', { runId: first.runId })).toMatchObject({
      ok: false,
      reason: { code: 'output_invalid' },
    })
    expect(await readFile(join(folder, 'in.results.jsonl'), 'utf8')).toBe('precious')
    expect(await server.request('run/get', { runId: second.runId })).toMatchObject({
      value: { revision: { isKept: true } },
    })
  })
})

describe('results', () => {
  test('that nothing has changed about are taken over, with their receipts, and cost the new run nothing', async () => {
    const first = await run()
    await writeRows(5)
    const second = await run()
    expect(second.counts).toMatchObject({ ok: 5, reused: 3 })
    expect(second.spent.calls).toBeLessThanOrEqual(2)
    const page = await server.request('run/results', { runId: second.runId })
    if (!page.ok) throw new Error(page.reason.message)
    expect(page.value.rows.map(({ runId, reusedFrom }) => [runId, reusedFrom])).toEqual([
      ...Array.from({ length: 3 }, () => [second.runId, first.runId]),
      ...Array.from({ length: 2 }, () => [second.runId, undefined]),
    ])
    const before = await server.request('run/results', { runId: first.runId })
    expect(before.ok && before.value.rows.map(({ receipts }) => receipts)).toEqual(
      page.value.rows.slice(0, 3).map(({ receipts }) => receipts),
    )
    // Taken over once more, they still name the run that judged them.
    const third = await run()
    const again = await server.request('run/results', { runId: third.runId, limit: 1 })
    expect(again.ok && again.value.rows[0]?.reusedFrom).toBe(first.runId)
  })

  test.each<[what: string, changes: Partial<RunRequest>]>([
    ['everything is asked for', { reuse: 'none' }],
    ['the profile is another one', { profile: { kind: 'preset', name: 'issues' } }],
  ])('are judged again when %s', async (_, changes) => {
    await run()
    expect((await run(changes)).counts.reused ?? 0).toBe(0)
  })

  test('are judged again when their text is another one', async () => {
    await run()
    await writeRows(3, 'the linker stops')
    expect((await run()).counts.reused ?? 0).toBe(0)
  })

  test('are sorted, filtered, counted and exported over the wire', async () => {
    const { runId } = await run()
    const page = await server.request('run/results', {
      runId,
      sort: { by: 'id', descending: true },
      filter: { search: 'FORM ONLY', status: ['ok'] },
      offset: 1,
    })
    expect(page).toMatchObject({ ok: true, value: { rows: [{ id: '2' }, { id: '1' }], next: null, total: 3 } })
    expect(await server.request('run/summary', { runId })).toMatchObject({ ok: true, value: { items: 3 } })
    const path = join(folder, 'out.csv')
    expect(await server.request('run/export', { runId, path, format: 'csv' })).toEqual({
      ok: true,
      value: { path, items: 3 },
    })
    expect((await readFile(path, 'utf8')).split('\n')[0]).toMatch(/^id,status,/)
    expect(await server.request('run/export', { runId, path: input, format: 'jsonl' })).toMatchObject({
      ok: false,
      reason: { code: 'output_invalid' },
    })
  })
})

describe('several processes', () => {
  test('that keep different revisions at once leave the results of the one that is kept in the file', async () => {
    const runs = [await run(), await run({ reuse: 'none' }), await run({ reuse: 'none' })]
    const [first, second] = runs as [RunView, RunView]
    others.push(await startServer())
    for (let round = 0; round < 5; round++) {
      const [one, other] = await Promise.all([
        server.request('revision/keep', { runId: first.runId }),
        (others[0] as TestServer).request('revision/keep', { runId: second.runId }),
      ])
      expect([one, other]).toMatchObject([{ ok: true }, { ok: true }])
      const page = await server.request('revision/list', { path: input })
      const kept = page.ok ? page.value.rows.filter(({ isKept }) => isKept).map((each) => each.run.runId) : []
      expect(kept).toHaveLength(1)
      expect(await inFile()).toEqual({ runs: kept, items: 3 })
    }
    const left = await readdir(join(folder, 'data', 'runs'))
    expect(left.filter((name) => !name.endsWith('.journal.jsonl'))).toEqual([])
  })

  test('that complete runs at once leave the results of the one that is kept in the file', async () => {
    others.push(await startServer())
    for (let round = 0; round < 5; round++) {
      await Promise.all([run({ reuse: 'none' }), run({ reuse: 'none' }, others[0])])
      const page = await server.request('revision/list', { path: input })
      const kept = page.ok ? page.value.rows.filter(({ isKept }) => isKept).map((each) => each.run.runId) : []
      expect(kept).toHaveLength(1)
      expect(await inFile()).toEqual({ runs: kept, items: 3 })
    }
  })

  test('that die between keeping and writing have it written by the next one', { timeout: 60_000 }, async () => {
    const first = await run()
    await run({ reuse: 'none' })
    const child = fileURLToPath(new URL('../support/runs/keepInChild.ts', import.meta.url))
    await server.stop()
    const dying = spawn(process.execPath, ['--no-warnings', child, join(folder, 'data'), first.runId], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await once(dying, 'exit')).toEqual([null, 'SIGKILL'])
    server = await startServer()
    await expect.poll(async () => (await inFile()).runs).toEqual([first.runId])
    expect(await revisions()).toEqual([
      [2, false],
      [1, true],
    ])
    await expect
      .poll(() =>
        readdir(join(folder, 'data', 'runs')).then((names) => names.filter((name) => name.startsWith('keep-'))),
      )
      .toEqual([])
  })
})

describe('of two tasks', () => {
  const scores = { tasks: ['scoring'] } satisfies Partial<RunRequest>
  const categories = { tasks: ['categorization'] } satisfies Partial<RunRequest>

  async function firstOf({ runId }: RunView) {
    const page = await server.request('run/results', { runId, limit: 1 })
    if (!page.ok) throw new Error(page.reason.message)
    return page.value.rows[0]
  }

  test.each([
    ['categories and scores', [categories, scores]],
    ['scores and categories', [scores, categories]],
  ])('%s that were judged by runs of their own are one result, for nothing', async (_, [one, other]) => {
    await run(one)
    await run(other)
    const both = await run()
    expect(both.counts).toMatchObject({ ok: 3, reused: 3 })
    const judged = await run({ reuse: 'none' })
    const [taken, own] = [await firstOf(both), await firstOf(judged)]
    const verdict = ({
      categories: found,
      confidence,
      suggested,
      interest,
      quality,
      reasoning,
      score,
    }: typeof taken & {}) => ({ found, confidence, suggested, interest, quality, reasoning, score })
    expect(taken && verdict(taken)).toEqual(own && verdict(own))
    expect(Object.keys(taken?.receipts ?? {})).toEqual(['categorization', 'scoring'])
    expect(taken?.receipts.scoring?.reused?.runId).toMatch(/^\d{8}t/)
  })

  test('what is there of one is not asked again for the other', async () => {
    const first = await run(scores)
    const both = await run()
    expect(both.counts.reused ?? 0).toBe(0)
    const result = await firstOf(both)
    expect(result?.receipts.scoring?.reused).toEqual({ runId: first.runId })
    expect(result?.receipts.categorization?.reused).toBeUndefined()
  })

  test('a run of one takes its part of a run of both', async () => {
    await run()
    const alone = await run(scores)
    expect(alone.counts).toMatchObject({ ok: 3, reused: 3 })
    expect(await firstOf(alone)).toMatchObject({
      categories: null,
      confidence: null,
      suggested: null,
      interest: expect.any(Number),
    })
  })
})

describe('a sample', () => {
  test('does not take the place of more results, unless a person says so', async () => {
    const whole = await run()
    const sample = await run({ limit: 2 })
    expect(sample).toMatchObject({ state: 'completed', revision: { isKept: false }, resultsWritten: false })
    expect(await inFile()).toEqual({ runs: [whole.runId], items: 3 })
    expect((await server.request('revision/keep', { runId: sample.runId })).ok).toBe(true)
    expect(await inFile()).toEqual({ runs: [sample.runId], items: 2 })
  })

  test('is kept where it is all that there is, and gives way to more', async () => {
    const sample = await run({ limit: 1 })
    expect(await inFile()).toEqual({ runs: [sample.runId], items: 1 })
    const larger = await run({ limit: 2 })
    expect(await inFile()).toEqual({ runs: [larger.runId], items: 2 })
    const whole = await run()
    expect(await inFile()).toEqual({ runs: [whole.runId], items: 3 })
  })

  test('in a file of its own is written there', async () => {
    await run()
    const path = join(folder, 'sample.jsonl')
    const sample = await run({ limit: 1, output: { path, format: 'jsonl', none: false } })
    expect(sample).toMatchObject({ revision: { isKept: false }, resultsWritten: true })
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('a results file that somebody has edited', () => {
  const file = () => join(folder, 'in.results.jsonl')
  const edit = async () => writeFile(file(), (await readFile(file(), 'utf8')).replace('"status":"ok"', '"status":"OK"'))
  const request: RunRequest = {
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [] },
    output: { path: null, format: 'jsonl', none: false },
  }

  test('is not written over by a run, before anybody is asked, unless it is named', async () => {
    await run()
    await edit()
    const before = await readFile(file(), 'utf8')
    const source: RunRequest['source'] = { kind: 'paths', paths: [input] }
    const refused = await server.request('run/start', { ...request, source, override: { provider: 'builtin' } })
    expect(refused).toMatchObject({ ok: false, reason: { code: 'output_invalid', path: file(), edited: true } })
    expect(await readFile(file(), 'utf8')).toBe(before)
    const named = await run({ output: { path: file(), format: 'jsonl', none: false } })
    expect(await inFile()).toEqual({ runs: [named.runId], items: 3 })
    // It is as it was written again.
    await run()
  })

  test('is not written over by a revision that is kept, nor when it is to be written again', async () => {
    const first = await run()
    await run()
    await edit()
    const before = await readFile(file(), 'utf8')
    expect(await server.request('revision/keep', { runId: first.runId })).toMatchObject({
      ok: false,
      reason: { code: 'output_invalid', edited: true },
    })
    expect(await revisions()).toEqual([
      [2, true],
      [1, false],
    ])
    const rewritten = await server.request('run/rewrite', { runId: first.runId })
    expect(rewritten).toMatchObject({ ok: false, reason: { edited: true } })
    expect(await readFile(file(), 'utf8')).toBe(before)
    expect((await server.request('run/rewrite', { runId: first.runId, overwrite: true })).ok).toBe(true)
    expect(await inFile()).toEqual({ runs: [first.runId], items: 3 })
  })

  test('that is gone or was emptied is written again', async () => {
    await run()
    await writeFile(file(), '')
    await run()
    await rm(file())
    const last = await run()
    expect(await inFile()).toEqual({ runs: [last.runId], items: 3 })
  })
})
