import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { ItemIndex } from '../../../server/journal/itemIndex.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'
import { HeldCalls } from '../../support/runs/heldCalls.ts'

let harness: Harness
afterEach(() => harness.dispose())

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))
const stopAfter = (calls: number) => {
  let isStopped = false
  return {
    goOn: () => {
      isStopped = true
    },
    script: (request: Parameters<typeof goodAnswer>[0], call: number) =>
      isStopped || call <= calls ? goodAnswer(request) : fail({ code: 'quota_exceeded', provider: 'fake' }),
  }
}

/** A run of 30 rows that was stopped after 20. */
async function stoppedRun(options: Parameters<typeof createHarness>[1] = {}) {
  const { script, goOn } = stopAfter(4)
  harness = await createHarness(script, options)
  const path = await harness.file('a.jsonl', jsonLines(rows(30)))
  const view = await harness.run({
    source: { kind: 'paths', paths: [path] },
    tasks: ['categorization'],
    concurrency: 1,
  })
  expect(view).toMatchObject({ state: 'stopped', counts: { ok: 20 } })
  goOn()
  const journal = `${harness.folder}/data/runs/${view.runId}.journal.jsonl`
  return { path, view, journal, calls: harness.calls.length, text: () => readFile(journal, 'utf8') }
}

async function resume(runId: string) {
  harness.views.length = 0
  const resumed = await harness.runs.resume(runId)
  if (!resumed.ok) throw new Error(resumed.reason.message)
  return await harness.ended(runId)
}

const idsOf = async (path: string | null) => (await harness.results(path ?? '')).map((result) => result.id)
const allIds = (count: number) => rows(count).map((row) => String(row.id))

describe('resuming', () => {
  test('judges only what has no result, with the routes and the profile of the start', async () => {
    const { view, calls, text } = await stoppedRun()
    const before = await text()
    const after = await resume(view.runId)
    expect(after).toMatchObject({
      state: 'completed',
      reason: null,
      counts: { total: 30, ok: 30, failed: 0, waiting: 0 },
    })
    expect(after.startedAt).toBe(view.startedAt)
    const asked = harness.calls.slice(calls).flatMap((call) => call.work.items.map((item) => item.text))
    expect(asked.sort()).toEqual(
      rows(30)
        .slice(20)
        .map((row) => row.text),
    )
    expect(await idsOf(after.resultsPath)).toEqual(allIds(30))
    expect((await text()).startsWith(before)).toBe(true)
    expect(JSON.parse(before.split('\n')[0] ?? '')).toMatchObject({
      kind: 'run',
      runId: view.runId,
      routes: [{ provider: 'fake', model: 'fake-1' }],
      profile: { interests: 'compilers' },
    })
  })

  test('drops a torn last line and judges that item again', async () => {
    const { view, journal, calls, text } = await stoppedRun()
    const whole = await text()
    const lastItem = whole.indexOf('\n', whole.lastIndexOf('"kind":"item"')) + 1
    await truncate(journal, Buffer.byteLength(whole.slice(0, lastItem)) - 10)
    const after = await resume(view.runId)
    expect(after).toMatchObject({ state: 'completed', counts: { ok: 30 } })
    expect(harness.calls.slice(calls).flatMap((call) => call.work.items)).toHaveLength(11)
    expect(await idsOf(after.resultsPath)).toEqual(allIds(30))
    for (const line of (await text()).trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('drops zeros that a power cut left at the end', async () => {
    const { view, journal } = await stoppedRun()
    await appendFile(journal, `${'\0'.repeat(500)}\n`)
    const after = await resume(view.runId)
    expect(await idsOf(after.resultsPath)).toEqual(allIds(30))
    expect(harness.logged.join()).not.toContain('damaged')
  })

  test('tells a damaged line in the middle, and judges that item again', async () => {
    const { view, journal, calls, text } = await stoppedRun()
    const lines = (await text()).split('\n')
    lines[3] = (lines[3] ?? '').replaceAll('"', "'")
    lines[7] = '{"kind":"item","key":"short"}'
    await writeFile(journal, lines.join('\n'))
    const after = await resume(view.runId)
    expect(harness.logged.join()).toContain('damaged lines in its journal (4, 8)')
    expect(harness.calls.slice(calls).flatMap((call) => call.work.items)).toHaveLength(12)
    expect(await idsOf(after.resultsPath)).toEqual(allIds(30))
  })

  test.each([
    ['the first line is damaged', async (journal: string) => writeFile(journal, '{"kind":"run"}\n')],
    ['it is empty', async (journal: string) => writeFile(journal, '')],
    [
      'it is another run’s',
      async (journal: string) =>
        writeFile(
          journal,
          (await readFile(journal, 'utf8'))
            .replaceAll(/"crc":"[^"]+",/g, '')
            .replaceAll(/"runId":"[^"]+"/g, '"runId":"20200101t000000000z-other0"'),
        ),
    ],
    ['it is not there', async (journal: string) => diskFiles.unlink(journal)],
  ])('is refused when the journal cannot be used: %s', async (_, damage) => {
    const { view, journal } = await stoppedRun()
    await damage(journal)
    expect(await harness.runs.resume(view.runId)).toMatchObject({ ok: false, reason: { code: 'run_not_resumable' } })
  })

  test('a completed run is refused, unless items failed: then those are judged again', async () => {
    let isFixed = false
    harness = await createHarness((request) =>
      goodAnswer(request, (text) => (!isFixed && text === 'text 3.' ? null : undefined)),
    )
    const path = await harness.file('a.jsonl', jsonLines(rows(6)))
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'] })
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 5, failed: 1 } })
    isFixed = true
    harness.calls.length = 0
    expect(await resume(view.runId)).toMatchObject({ state: 'completed', counts: { ok: 6, failed: 0 } })
    expect(harness.calls.map((call) => call.work.items.map((item) => item.text))).toEqual([['text 3.']])
    expect(await idsOf(view.resultsPath)).toEqual(allIds(6))
    expect(await harness.runs.resume(view.runId)).toMatchObject({ ok: false, reason: { code: 'run_not_resumable' } })
  })

  test('an item that failed for good is not paid for again when the rest goes on', async () => {
    const { script, goOn } = stopAfter(5)
    harness = await createHarness((request, call) => {
      const answer = script(request, call)
      return answer.ok ? goodAnswer(request, (text) => (text === 'text 2.' ? null : undefined)) : answer
    })
    const path = await harness.file('a.jsonl', jsonLines(rows(20)))
    const view = await harness.run({
      source: { kind: 'paths', paths: [path] },
      tasks: ['categorization'],
      concurrency: 1,
    })
    expect(view).toMatchObject({ state: 'stopped', counts: { failed: 1 } })
    goOn()
    harness.calls.length = 0
    const after = await resume(view.runId)
    expect(after).toMatchObject({ state: 'completed', counts: { ok: 19, failed: 1 } })
    expect(harness.calls.flatMap((call) => call.work.items.map((item) => item.text))).not.toContain('text 2.')
  })
})

describe('a source that was edited before the run goes on', () => {
  test('rows keep their results wherever they stand; new and changed ones are judged, removed ones leave', async () => {
    const { path, view, calls } = await stoppedRun()
    const edited = rows(30).filter((row) => row.id !== 2)
    edited.reverse()
    edited.splice(4, 0, { id: 99, text: 'a new row' })
    const changed = edited.find((row) => row.id === 5)
    if (changed) changed.text = 'changed'
    await writeFile(path, jsonLines(edited))
    const after = await resume(view.runId)
    expect(after).toMatchObject({ state: 'completed', counts: { total: 30, ok: 30 } })
    expect(
      harness.calls
        .slice(calls)
        .flatMap((call) => call.work.items.map((item) => item.text))
        .toSorted(),
    ).toEqual(
      [
        ...rows(30)
          .slice(20)
          .map((row) => row.text),
        'a new row',
        'changed',
      ].toSorted(),
    )
    expect(await idsOf(after.resultsPath)).toEqual(edited.map((row) => String(row.id)))
    // What moved and what went is in the journal, so the next reader sees the same order.
    const page = await harness.runs.results(view.runId, { limit: 100 })
    expect(page.ok && page.value.rows.map((row) => row.id)).toEqual(edited.map((row) => String(row.id)))
  })

  test('rows without an id are known by their content', async () => {
    const { script, goOn } = stopAfter(2)
    harness = await createHarness(script)
    const texts = Array.from({ length: 15 }, (_, index) => ({ text: `only text ${index}` }))
    const path = await harness.file('a.jsonl', jsonLines(texts))
    const view = await harness.run({
      source: { kind: 'paths', paths: [path] },
      tasks: ['categorization'],
      concurrency: 1,
    })
    goOn()
    harness.calls.length = 0
    await writeFile(path, jsonLines([{ text: 'inserted' }, ...texts]))
    await resume(view.runId)
    const asked = harness.calls.flatMap((call) => call.work.items.map((item) => item.text))
    expect(asked.sort()).toEqual(['inserted', ...texts.slice(10).map((row) => row.text)].sort())
  })
})

describe('a disk that fails', () => {
  /** Lets writes to journals fail from the n-th on. */
  function failingFiles(code: string, from: number): RunFiles {
    let writes = 0
    return {
      ...diskFiles,
      async open(path, flags, mode) {
        const handle = await diskFiles.open(path, flags, mode)
        if (!path.endsWith('.journal.jsonl')) return handle
        const write = handle.write.bind(handle) as (...values: unknown[]) => unknown
        handle.write = (async (...values: unknown[]) => {
          writes++
          if (writes < from) return await write(...values)
          if (code === 'short') {
            const [bytes, offset, length, position] = values as [Buffer, number, number, number]
            return writes === from ? await write(bytes, offset, Math.ceil(length / 2), position) : { bytesWritten: 0 }
          }
          throw Object.assign(new Error(code), { code })
        }) as typeof handle.write
        return handle
      },
    }
  }

  test.each([
    ['ENOSPC', 'the disk is full'],
    ['EIO', 'the disk reports an error'],
    ['short', 'the disk is full'],
  ])('stops the run with a reason, and what was written counts: %s', async (code, words) => {
    let stops = 0
    for (let from = 2; ; from++) {
      harness = await createHarness(
        async (request) => {
          await new Promise(setImmediate)
          return goodAnswer(request)
        },
        { files: failingFiles(code, from), limits: { journalBatch: 5 } },
      )
      const path = await harness.file('a.jsonl', jsonLines(rows(80)))
      const view = await harness.run({
        source: { kind: 'paths', paths: [path] },
        tasks: ['categorization'],
        concurrency: 1,
      })
      if (view.state === 'completed') break
      stops++
      expect(view).toMatchObject({ state: 'stopped', reason: { code: 'store_failed' } })
      expect(view.reason?.message).toContain(words)
      const page = await harness.runs.results(view.runId, { limit: 100 })
      expect(page.ok && page.value.rows.length).toBe(view.counts.ok)
      await harness.dispose()
    }
    expect(stops).toBeGreaterThan(1)
  })

  test('a journal that cannot be made is told before anything starts', async () => {
    harness = await createHarness(undefined, { files: failingFiles('ENOSPC', 1) })
    const path = await harness.file('a.jsonl', jsonLines(rows(3)))
    const started = await harness.runs.start(harness.request({ source: { kind: 'paths', paths: [path] } }))
    expect(started).toMatchObject({ ok: false, reason: { code: 'store_failed' } })
    expect(harness.calls).toHaveLength(0)
    expect(harness.ledger.rows.size).toBe(0)
  })
})

describe('results in pages', () => {
  test('come in the order of the source, 100 at most, however they came', async () => {
    harness = await createHarness()
    const path = await harness.file('a.jsonl', jsonLines(rows(250)))
    const view = await harness.run({ source: { kind: 'paths', paths: [path] }, tasks: ['scoring'], concurrency: 7 })
    const seen: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page = await harness.runs.results(view.runId, { limit: 100, cursor })
      if (!page.ok) throw new Error(page.reason.message)
      expect(page.value.rows.length).toBeLessThanOrEqual(100)
      seen.push(...page.value.rows.map((row) => row.id))
      cursor = page.value.next
      pages++
    } while (cursor !== null)
    expect(pages).toBe(3)
    expect(seen).toEqual(allIds(250))
    expect(await harness.runs.results('20261121t000000000z-none00', { limit: 1 })).toMatchObject({
      ok: false,
      reason: { code: 'not_found' },
    })
  })

  test('of a run that goes on are those that are ready', async () => {
    const third = new HeldCalls()
    harness = await createHarness(async (request) => {
      if (request.work.items.some((item) => item.text === 'text 3.')) await third.hold()
      return goodAnswer(request)
    })
    const path = await harness.file('a.jsonl', jsonLines(rows(6)))
    const started = await harness.runs.start(
      harness.request({ source: { kind: 'paths', paths: [path] }, tasks: ['scoring'], concurrency: 2, batchSize: 1 }),
    )
    if (!started.ok) throw new Error(started.reason.message)
    await third.reached(1)
    const page = await harness.runs.results(started.value.runId, { limit: 6 })
    expect(page.ok && page.value.rows.map((row) => row.id)).not.toContain('3')
    third.open()
    const view = await harness.ended(started.value.runId)
    expect(view.counts.ok).toBe(6)
  })
})

describe('the index of items', () => {
  test('finds every key among many and orders by position, ties included', () => {
    harness = { dispose: async () => undefined } as Harness
    const index = new ItemIndex()
    const keyOf = (number: number): string => sha256(String(number)).slice(0, 24)
    for (let number = 0; number < 100_000; number++) {
      const item = index.add(keyOf(number))
      index.setSeen(item, 99_999 - number)
      if (number % 2 === 0) index.setFinal(item, 'ok', number, { offset: number * 1000, length: 7 })
    }
    expect(index.size).toBe(100_000)
    for (let number = 0; number < 100_000; number += 997) {
      expect(index.find(keyOf(number))).toBe(number)
      expect(index.key(number)).toBe(keyOf(number))
    }
    expect(index.find(keyOf(100_001))).toBe(-1)
    index.setPosition(0, index.position(2))
    const order = index.inOrder()
    expect(order).toHaveLength(50_000)
    expect([...order.subarray(0, 2)]).toEqual([99_998, 99_996])
    expect([...order.subarray(-2)]).toEqual([0, 2])
    expect(index.place(99_998)).toEqual({ offset: 99_998_000, length: 7 })
  })
})
