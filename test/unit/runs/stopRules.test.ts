import { afterEach, describe, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../../protocol/runs.ts'
import { UniformVerdicts } from '../../../server/engine/runTally.ts'
import { StopRules } from '../../../server/engine/stopRules.ts'
import { fail } from '../../../shared/fail.ts'
import {
  answerWith,
  createHarness,
  goodAnswer,
  type Harness,
  jsonLines,
  type Script,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => {
  await harness?.dispose()
})

async function runRows(script: Script, request: Partial<RunRequest>, count = 200): Promise<RunView> {
  harness = await createHarness(script)
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))
  const path = await harness.file('a.jsonl', jsonLines(rows))
  return await harness.run({
    ...{ source: { kind: 'paths', paths: [path] }, tasks: ['categorization'], batchSize: 1, concurrency: 1 },
    ...request,
  })
}

const refused = fail({ code: 'content_filtered', provider: 'fake', model: 'fake-1', detail: 'no' })
/** Every nth call is refused, so that no streak stops the run. */
const refuseOneOf =
  (nth: number): Script =>
  (request, call) =>
    call % nth === 0 ? refused : goodAnswer(request)

describe('a run stops, resumable, and says why', () => {
  test('when half of the items fail, without anybody having said so', async () => {
    const view = await runRows(refuseOneOf(2), {})
    expect(view).toMatchObject({
      state: 'stopped',
      reason: { code: 'stop_rule', rule: 'failed', limit: 0.5, measured: 0.5, items: 50 },
      counts: { ok: 25, failed: 25 },
    })
    expect(view.reason?.message).toBe('Stopped: 50 % of 50 items failed (the limit is 50 %).')
  })

  test('when the share that it was given fails, as soon as there are enough items', async () => {
    const view = await runRows(refuseOneOf(5), { stopWhen: { failedShare: 0.2, afterItems: 10 } })
    expect(view).toMatchObject({ reason: { rule: 'failed', limit: 0.2, items: 10 }, counts: { ok: 8, failed: 2 } })
  })

  test('when answers cannot be used, although asking again gets one for every item', async () => {
    const bad: Script = (request, call) => (call % 4 === 0 ? answerWith('nonsense') : goodAnswer(request))
    const view = await runRows(bad, { tasks: ['scoring'], stopWhen: { invalidShare: 0.25, afterItems: 20 } }, 100)
    expect(view).toMatchObject({
      state: 'stopped',
      reason: { rule: 'invalid', limit: 0.25, measured: 0.25, items: 20 },
      counts: { ok: 15, failed: 0 },
    })
    expect(view.reason?.message).toBe('Stopped: 25 % of 20 answers could not be used (the limit is 25 %).')
  })

  test('when answers about several items cannot be used, after as many items as for every share', async () => {
    const bad: Script = (request, call) => (call % 3 === 0 ? answerWith('nonsense') : goodAnswer(request))
    const view = await runRows(
      bad,
      { tasks: ['categorization', 'scoring'], batchSize: 5, stopWhen: { invalidShare: 0.2 } },
      120,
    )
    expect(view).toMatchObject({ state: 'stopped', reason: { rule: 'invalid', limit: 0.2 } })
    expect(harness.calls.length).toBeLessThan(40)
  })

  test('but not for rows that cannot be read, however many: nobody was asked about them', async () => {
    harness = await createHarness((request) => goodAnswer(request))
    const path = await harness.file('a.jsonl', `${jsonLines([{ id: 2, text: 'good' }])}\n${'{"id": 1,\n'.repeat(60)}`)
    const view = await harness.run({
      ...{ source: { kind: 'paths', paths: [path] }, stopWhen: { failedShare: 0.1, afterItems: 1 } },
    })
    expect(view).toMatchObject({ state: 'completed', reason: null, counts: { ok: 1, failed: 60 } })
  })

  test('but not for requests that the provider refused', async () => {
    const refusal = fail({ code: 'invalid_response', provider: 'fake', problem: 'rejected_request', detail: 'no' })
    const view = await runRows(
      (request, call) => (call % 2 === 0 ? refusal : goodAnswer(request)),
      { stopWhen: { invalidShare: 0.1, failedShare: null, afterItems: 5 } },
      20,
    )
    expect(view).toMatchObject({ state: 'completed', reason: null })
  })

  test('when everything gets one category', async () => {
    const view = await runRows((request) => goodAnswer(request), {
      stopWhen: { sameCategoryShare: 0.95, afterItems: 30 },
    })
    expect(view).toMatchObject({
      state: 'stopped',
      reason: { rule: 'same_category', category: 'Software', measured: 1, items: 30 },
      counts: { ok: 30, failed: 0 },
    })
  })

  test('when its time is over, also while a call hangs', async () => {
    const view = await runRows((request, call) => (call <= 3 ? goodAnswer(request) : new Promise(() => undefined)), {
      stopWhen: { maxSeconds: 60 },
    })
    expect(view).toMatchObject({ state: 'stopped', reason: { rule: 'time', limit: 60 } })
    // The clock of the tests waits for no file: how many of the three were written by then is the machine's.
    expect(view.counts.ok).toBeLessThanOrEqual(3)
    expect(view.reason).toMatchObject({ items: view.counts.ok })
  })

  test('and goes on when the rule is lifted', async () => {
    const stopped = await runRows(refuseOneOf(2), {})
    harness.views.length = 0
    expect(await harness.runs.resume(stopped.runId, { stopWhen: { failedShare: null } })).toMatchObject({ ok: true })
    expect(await harness.ended(stopped.runId)).toMatchObject({ state: 'completed', counts: { ok: 100, failed: 100 } })
  })

  test('and with the same rule gets as many items again', async () => {
    const stopped = await runRows(refuseOneOf(2), {})
    harness.views.length = 0
    await harness.runs.resume(stopped.runId)
    expect(await harness.ended(stopped.runId)).toMatchObject({
      state: 'stopped',
      reason: { code: 'stop_rule', items: 50 },
      counts: { ok: 50, failed: 50 },
    })
  })
})

describe('rules', () => {
  test('that are null are off, those that are left out are the usual ones', () => {
    const lifted = new StopRules({ failedShare: null })
    const usual = new StopRules({ sameCategoryShare: undefined })
    const failure = { code: 'timeout' } as const
    // Not all in a row, which is a rule of its own.
    const failures = Array.from({ length: 60 }, (_, at) => (at % 10 === 0 ? null : failure))
    const met = failures.map((each) => [lifted.judged(each, null), usual.judged(each, null)])
    expect(met.every(([none]) => none === null)).toBe(true)
    expect(met.findIndex(([, some]) => some !== null)).toBe(49)
  })

  test('on answers count what an answer left out in proportion, and each task by itself', () => {
    const rules = new StopRules({ invalidShare: 0.2, afterItems: 10 })
    expect(rules.answered('scoring', { asked: 5, used: 5, fresh: 5 }, null)).toBeNull()
    expect(rules.answered('categorization', { asked: 5, used: 4, fresh: 5 }, null)).toBeNull()
    expect(rules.answered('categorization', { asked: 5, used: 4, fresh: 5 }, null)).toMatchObject({
      rule: 'invalid',
      measured: 0.2,
      items: 2,
    })
    expect(rules.answered('scoring', { asked: 5, used: 4, fresh: 5 }, null)).toBeNull()
  })

  test('on one category count items and not labels', () => {
    const rules = new StopRules({ sameCategoryShare: 0.6, afterItems: 4 })
    const labels = [['A', 'B'], ['B'], ['C'], ['A'], ['B'], ['B']]
    expect(labels.map((each) => rules.judged(null, each)?.category ?? null)).toEqual([null, null, null, null, 'B', 'B'])
  })
})

test('a failed item has the receipt of its last attempt', async () => {
  harness = await createHarness((request) =>
    request.work.items.some(({ text }) => text === 'bad') ? refused : goodAnswer(request),
  )
  const path = await harness.file(
    'a.jsonl',
    jsonLines([
      { id: 1, text: 'bad' },
      { id: 2, text: 'good' },
    ]),
  )
  const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
  const [bad, good] = await harness.results(view.resultsPath ?? '')
  expect(bad).toMatchObject({
    status: 'failed',
    receipts: { categorization: { model: 'fake-1', attempts: 2, batch: 1, costUsd: null, usage: { input: null } } },
  })
  expect(bad?.receipts.scoring).toBeUndefined()
  expect(good?.receipts.scoring).toBeDefined()
})

describe('a run whose verdicts are nearly all alike says so', () => {
  const sayAll =
    (verdict: object, other: object = verdict): Script =>
    (request) =>
      goodAnswer(request, (text) => (text === 'text 7.' ? other : verdict))
  const many = { categories: ['Technology', 'Software', 'Adverts', 'Science'] }
  const good = { categories: ['Science'] }
  const cases: [string, Script, number, object | undefined][] = [
    ['no category', sayAll({ categories: [] }), 10, { code: 'no_category', items: 10, of: 10 }],
    ['no category but for one', sayAll({ categories: [] }, good), 20, { code: 'no_category', items: 19, of: 20 }],
    ['one category', sayAll({}), 12, { code: 'same_category', items: 12, of: 12, category: 'Software' }],
    ['four labels', sayAll(many), 11, { code: 'most_categories', items: 11, of: 11, each: 4 }],
    [
      'confidence 0',
      (request) => goodAnswer(request, (text) => ({ ...(text < 'text 5' ? good : {}), confidence: 0 })),
      10,
      { code: 'no_confidence', items: 10, of: 10 },
    ],
    ['nothing of nine items', sayAll({ categories: [] }), 9, undefined],
    [
      'nothing where two of twenty differ',
      (request) => goodAnswer(request, (text) => (text.endsWith('7.') ? good : {})),
      20,
      undefined,
    ],
    [
      'nothing of confidences that are not said',
      (request) => goodAnswer(request, (text) => ({ ...(text < 'text 5' ? good : {}), confidence: 'high' })),
      10,
      undefined,
    ],
  ]
  test.each(cases)('%s', async (_, script, count, hint) => {
    const view = await runRows(script, {}, count)
    expect(view).toMatchObject({ state: 'completed', counts: { ok: count } })
    expect(view.hint).toEqual(hint)
  })

  test('after it went on, too, and no longer once enough others were judged', async () => {
    let isGood = false
    const refuseAt =
      (at: number): Script =>
      (request, call) =>
        call === at
          ? fail({ code: 'quota_exceeded', provider: 'fake' })
          : goodAnswer(request, (text) => (isGood && Number(text.slice(5)) % 2 ? good : {}))
    const stopped = await runRows(refuseAt(13), {}, 30)
    const hint = { code: 'same_category', items: 12, of: 12, category: 'Software' }
    expect(stopped).toMatchObject({ state: 'stopped', hint })
    isGood = true
    await harness.runs.resume(stopped.runId)
    await expect.poll(() => harness.views.at(-1)?.state).toBe('completed')
    expect(harness.views.at(-1)?.hint).toBeUndefined()
    // Told before, it holds until ten more were judged.
    expect(harness.views[harness.views.findIndex(({ state }) => state === 'stopped') + 1]).toMatchObject({ hint })
  })

  test('never where a single category is on offer, which all may have', () => {
    const one = new UniformVerdicts(1)
    const two = new UniformVerdicts(2)
    const verdict = { categories: ['Science'], confidence: 0.9, suggested: { names: [], parent: null } }
    for (let count = 0; count < 10; count++) for (const verdicts of [one, two]) verdicts.add(verdict)
    expect(one.hint(undefined)).toBeUndefined()
    expect(two.hint(undefined)).toMatchObject({ code: 'same_category' })
  })
})
