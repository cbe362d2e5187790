import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Criterion, CriterionValue } from '../../../protocol/criteria.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import { type CriterionFilter, ResultFilter, type ResultPage, ResultSort } from '../../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import { createIdKeys } from '../../../server/results/idKeys.ts'
import { naturalKey } from '../../../server/results/naturalOrder.ts'
import { lastKey, radixSort } from '../../../server/results/radixSort.ts'
import { rankKeys } from '../../../server/results/rankKeys.ts'
import { itemLine, keyOf, type MadeJournals, makeJournals, recordOf } from '../../support/runs/resultRecords.ts'

let journals: MadeJournals
beforeEach(async () => {
  journals = await makeJournals()
})
afterEach(() => journals.dispose())

const run = '20261121t093000000z-made00'

function openValue<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return outcome.value
}

async function idsOf(query: object = {}): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page: ResultPage = openValue(await journals.queries.results(run, { limit: 7, cursor, ...query }))
    expect(page.rows.length).toBeLessThanOrEqual(7)
    ids.push(...page.rows.map(({ id }) => id))
    cursor = page.next
    if (cursor === null) {
      expect(page.total).toBe(ids.length)
      return ids
    }
  }
}

/** The same as the server answers, by a plain array of objects. */
function plainly(records: readonly ResultRecord[], filter: ResultFilter, sort: ResultSort): string[] {
  const fits = records.filter((record) => {
    const texts = [record.id, ...(record.categories ?? []), record.reasoning ?? '', record.error?.message ?? '']
    const { status, categories, minScore, maxScore, minConfidence = 0, belowConfidence = 2, search } = filter
    if (status && !status.includes(record.status)) return false
    if (categories) {
      const names = record.categories
      if (names === null || !(names.length === 0 ? [''] : names).some((name) => categories.includes(name))) return false
    }
    if ((minScore !== undefined || maxScore !== undefined) && record.score === null) return false
    if (minScore !== undefined && (record.score ?? 0) < minScore) return false
    if (maxScore !== undefined && (record.score ?? 0) > maxScore) return false
    const isAskedHowSure = filter.minConfidence !== undefined || filter.belowConfidence !== undefined
    const { confidence } = record
    if (isAskedHowSure && (confidence === null || confidence < minConfidence || confidence >= belowConfidence))
      return false
    for (const [name, wanted] of Object.entries(filter.criteria ?? {}))
      if (!answersFit(record, name, wanted)) return false
    return search === undefined || texts.some((text) => text.toLowerCase().includes(search.toLowerCase()))
  })
  const keyed = fits.map((record) => ({ id: record.id, key: sortKey(record, sort, records) }))
  const direction = sort.descending ? -1 : 1
  return keyed
    .sort((one, other) => {
      if (one.key === other.key) return 0
      if (one.key === null) return 1
      if (other.key === null) return -1
      return one.key < other.key ? -direction : direction
    })
    .map(({ id }) => id)
}

const criteria: Criterion[] = [
  { name: 'Severity', question: 'How bad?', type: 'scale', scale: { from: -1, to: 3 } },
  { name: 'real', question: 'Is it so?', type: 'boolean' },
  { name: 'Effort', question: 'How much?', type: 'choice', choices: [{ name: 'small' }, { name: 'LARGE' }] },
]

/** Null: it has no answer to it, or there is no such criterion. */
function answerOf({ criteria: said }: ResultRecord, name: string): CriterionValue | null {
  const criterion = criteria.find((each) => each.name.toLowerCase() === name.toLowerCase())
  return (criterion && said?.[criterion.name]) ?? null
}

function answersFit(record: ResultRecord, name: string, { min, max, values }: CriterionFilter): boolean {
  const answer = answerOf(record, name)
  if (answer === null) return false
  if ((min !== undefined || max !== undefined) && typeof answer !== 'number') return false
  if (min !== undefined && Number(answer) < min) return false
  if (max !== undefined && Number(answer) > max) return false
  const folded = (value: CriterionValue) => (typeof value === 'string' ? value.toLowerCase() : value)
  return values === undefined || values.some((value) => folded(value) === folded(answer))
}

function sortKey(
  record: ResultRecord,
  { by, criterion }: ResultSort,
  records: readonly ResultRecord[],
): string | number | null {
  switch (by) {
    case 'position':
      return records.indexOf(record)
    case 'id':
      return naturalKey(record.id)
    case 'status':
      return ['ok', 'failed', 'skipped'].indexOf(record.status)
    case 'category':
      return record.categories === null ? null : record.categories.map(naturalKey).join('\0')
    case 'criterion': {
      const answer = answerOf(record, criterion ?? '')
      return typeof answer === 'string' ? ['small', 'LARGE'].indexOf(answer) : answer === null ? null : Number(answer)
    }
    case 'doubt':
      if (record.human || record.categories === null) return null
      if (record.categories.length === 0) return 1
      return record.confidence === null ? null : 1 - Math.fround(record.confidence)
    default:
      return record[by]
  }
}

const names = ['Bug', 'bugs', 'Größe "9"', 'Idea 10', 'Idea 9']
const someRecord = fc.record({
  status: fc.constantFrom('ok' as const, 'failed' as const, 'skipped' as const),
  categories: fc.option(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 })),
  // Of the floats that 32 bits hold exactly.
  confidence: fc.option(fc.integer({ min: 0, max: 64 }).map((part) => part / 64)),
  interest: fc.option(fc.integer({ min: 0, max: 10 })),
  quality: fc.option(fc.integer({ min: 0, max: 10 })),
  score: fc.option(fc.integer({ min: 0, max: 200 }).map((tenths) => tenths / 10)),
  reasoning: fc.option(fc.constantFrom('It says "no"\\', 'Line\nbreak', 'GRÖSSE matters', 'status ok')),
  criteria: fc.option(
    fc.record(
      {
        Severity: fc.integer({ min: -1, max: 3 }),
        real: fc.boolean(),
        Effort: fc.constantFrom('small', 'LARGE'),
      },
      { requiredKeys: [] },
    ),
  ),
  error: fc.option(fc.constantFrom({ code: 'timeout', message: 'No answer in time.' })),
})
const someRecords = fc
  .array(fc.tuple(fc.constantFrom('line:', 'Item ', 'a"b', 'ü'), someRecord), { maxLength: 60 })
  .map((drawn) => drawn.map(([prefix, changes], at) => recordOf({ id: `${prefix}${at}`, ...changes })))
const someFilter = fc
  .record(
    {
      status: fc.uniqueArray(fc.constantFrom('ok' as const, 'failed' as const, 'skipped' as const), { minLength: 1 }),
      categories: fc.uniqueArray(fc.constantFrom(...names, ''), { minLength: 1 }),
      minScore: fc.integer({ min: 0, max: 20 }),
      maxScore: fc.integer({ min: 0, max: 20 }),
      minConfidence: fc.constantFrom(0, 0.25, 0.5),
      belowConfidence: fc.constantFrom(0.25, 0.5, 1),
      criteria: fc.record(
        {
          severity: fc.record(
            { min: fc.integer({ min: -2, max: 4 }), max: fc.integer({ min: -2, max: 4 }) },
            { requiredKeys: [] },
          ),
          real: fc.record({ values: fc.constantFrom([true], [false], [true, false], ['true']) }),
          Effort: fc.constantFrom({ values: ['large'] }, { min: 0 }),
          mood: fc.constant({ values: ['good'] }),
        },
        { requiredKeys: [] },
      ),
      search: fc.constantFrom('größe', 'ID', 'no"', 'STATUS', 'line:1', 'nowhere', 'runid', '\n'),
    },
    { requiredKeys: [] },
  )
  .map((filter) => ResultFilter.parse(filter))
const someSort = fc.record({
  by: fc.constantFrom(...ResultSort.shape.by.options),
  criterion: fc.constantFrom('severity', 'real', 'Effort', 'mood'),
  descending: fc.boolean(),
})

describe('queries', () => {
  test('find what a plain array of the results would, in its order', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(someRecords, someFilter, someSort, async (records, filter, sort) => {
        // A new inode each time: a journal is never written anew while a server looks at it.
        await journals.dispose()
        journals = await makeJournals()
        await journals.write(run, records, { criteria })
        expect(await idsOf({ filter, sort })).toEqual(plainly(records, filter, sort))
      }),
      { numRuns: 150 },
    )
  })

  test('count the answers to criteria, and keep them beside a long journal', async () => {
    const answers = (severity: number) => ({
      Severity: severity,
      real: severity > 1,
      ...(severity < 0 ? {} : { Effort: 'small' }),
    })
    const records = [-1, 3, 3].map((severity, at) => recordOf({ id: `i${at}`, criteria: answers(severity) }))
    const long = Array.from({ length: 1200 }, (_, at) =>
      recordOf({ id: `long${at}`, criteria: at % 2 === 0 ? { real: true } : null, reasoning: 'word '.repeat(800) }),
    )
    await journals.write(
      run,
      [...records, recordOf({ id: 'none', criteria: { Severity: 17, real: 'yes' } }), ...long],
      { criteria },
    )
    const first = openValue(await journals.queries.summary(run)).criteria
    expect(first).toEqual([
      {
        name: 'Severity',
        values: [-1, 0, 1, 2, 3].map((value) => ({ value, items: value === -1 ? 1 : value === 3 ? 2 : 0 })),
      },
      {
        name: 'real',
        values: [
          { value: false, items: 1 },
          { value: true, items: 602 },
        ],
      },
      {
        name: 'Effort',
        values: [
          { value: 'small', items: 2 },
          { value: 'LARGE', items: 0 },
        ],
      },
    ])
    // A process that has just started reads them from the file beside the journal.
    expect(openValue(await journals.again().summary(run)).criteria).toEqual(first)
    expect(openValue(await journals.queries.summary(run, { criteria: { REAL: { values: [false] } } })).items).toBe(1)
  })

  test('compare runs by their answers, too, where the score is the same', async () => {
    const other = '20261121t093000000z-made02'
    const answered = (severity: number) =>
      recordOf({ id: 'a', interest: null, quality: null, criteria: { Severity: severity } })
    await journals.write(run, [answered(1)], { criteria })
    await journals.write(other, [{ ...answered(2), runId: other }], { criteria: criteria.toReversed() })
    const changes = async (to: string) =>
      openValue(await journals.queries.diff({ from: run, to, limit: 100 })).rows.map((row) => row.changes)
    expect(await changes(other)).toEqual([['score']])
    expect(await changes(run)).toEqual([])
  })

  test('of a run without criteria know of none', async () => {
    await journals.write(run, [recordOf({ id: 'a' })])
    expect(openValue(await journals.queries.summary(run))).not.toHaveProperty('criteria')
    expect(await idsOf({ filter: { criteria: { Severity: { min: 0 } } } })).toEqual([])
    expect(await idsOf({ sort: { by: 'criterion', criterion: 'Severity', descending: true } })).toEqual(['a'])
  })

  test.each<[filter: ResultFilter, ids: string[]]>([
    [{ belowConfidence: 0.6 }, ['0.5999']],
    [{ minConfidence: 0.6 }, ['0.6', '0.61', '1']],
    [{ minConfidence: 0.6, belowConfidence: 0.61 }, ['0.6']],
    [{ belowConfidence: 1 }, ['0.5999', '0.6', '0.61']],
  ])('part results by confidence where it is said, although a column has it shorter: %j', async (filter, ids) => {
    const sure = [0.5999, 0.6, 0.61, 1].map((confidence) => recordOf({ id: String(confidence), confidence }))
    await journals.write(run, [...sure, recordOf({ id: 'unknown', confidence: null })])
    expect(await idsOf({ filter })).toEqual(ids)
  })

  test('find what is named one by one, or all but that: an id and a text may each be of several', async () => {
    const hash = (digit: string) => digit.repeat(64)
    const records = [
      recordOf({ id: 'a', inputHash: hash('1') }),
      recordOf({ id: 'a', inputHash: hash('2'), score: 4 }),
      recordOf({ id: 'b', inputHash: hash('1'), score: 9 }),
      recordOf({ id: 'c', inputHash: `${'1'.repeat(8)}${'3'.repeat(56)}`, score: 1 }),
    ]
    await journals.write(run, records, { keys: ['1', '2', '3', '4'].map((digit) => keyOf(digit)) })
    const only = [
      { id: 'a', inputHash: hash('2') },
      { id: 'b', inputHash: hash('1') },
      { id: 'a', inputHash: hash('9') },
    ]
    const scores = async (filter: ResultFilter) => {
      const page = openValue(
        await journals.queries.results(run, { limit: 9, filter, sort: { by: 'id', descending: false } }),
      )
      return page.rows.map(({ id, inputHash }) => `${id}${inputHash[9]}`)
    }
    expect(await scores({ only })).toEqual(['a2', 'b1'])
    expect(await scores({ except: only })).toEqual(['a1', 'c3'])
    expect(await scores({ only, minScore: 5 })).toEqual(['b1'])
    expect(await scores({ only, except: only.slice(0, 1) })).toEqual(['b1'])
    expect(await scores({ only: [{ id: 'd', inputHash: hash('1') }] })).toEqual([])
  })

  test('of a run that grows see what was added, replaced, moved and gone', async () => {
    const records = ['a', 'b', 'c', 'd'].map((id) => recordOf({ id, score: 1 }))
    await journals.write(run, records)
    expect(await idsOf({ sort: { by: 'score', descending: true } })).toEqual(['a', 'b', 'c', 'd'])
    await journals.append(
      run,
      itemLine(recordOf({ id: 'e', score: 3 }), 4),
      itemLine(recordOf({ id: 'c', score: 2 }), 2),
      `{"kind":"moved","key":"${keyOf('a')}","at":9}\n`,
      `{"kind":"gone","key":"${keyOf('b')}"}\n`,
    )
    expect(await idsOf()).toEqual(['c', 'd', 'e', 'a'])
    expect(await idsOf({ sort: { by: 'score', descending: true } })).toEqual(['e', 'c', 'd', 'a'])
  })

  test('pass over what is damaged, and read it again once it was written over', async () => {
    const line = itemLine(recordOf({ id: 'b' }), 1)
    await journals.write(run, [recordOf({ id: 'a' })])
    await journals.append(run, line.slice(0, 40))
    expect(await idsOf()).toEqual(['a'])
    await journals.append(run, line.slice(40), 'nonsense\n', itemLine(recordOf({ id: 'c' }), 2))
    expect(await idsOf()).toEqual(['a', 'b', 'c'])
  })

  test('go on by their cursor where they were, whatever came before it meanwhile', async () => {
    await journals.write(run, [recordOf({ id: '5' })])
    await journals.append(run, ...[10, 20, 30, 40].map((at) => itemLine(recordOf({ id: String(at) }), at)))
    const first = openValue(await journals.queries.results(run, { limit: 3 }))
    await journals.append(run, itemLine(recordOf({ id: '7' }), 7))
    const second = openValue(await journals.queries.results(run, { limit: 3, cursor: first.next }))
    expect(first.rows.map(({ id }) => id)).toEqual(['5', '10', '20'])
    expect(second.rows.map(({ id }) => id)).toEqual(['30', '40'])
    expect(second.total).toBe(6)
  })

  test('are given up when nobody waits for them', async () => {
    await journals.write(run, [recordOf({ id: 'a' })])
    const answer = await journals.queries.results(run, { limit: 1, filter: { search: 'a' } }, AbortSignal.abort())
    expect(answer).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    expect(await idsOf()).toEqual(['a'])
  })

  test('that find results write them, in their order, to a file', async () => {
    await journals.write(
      run,
      ['a', 'b', 'c'].map((id, at) => recordOf({ id, score: at })),
    )
    const path = join(journals.folder, 'best.jsonl')
    const sort = { by: 'score' as const, descending: true }
    const request = { runId: run, filter: { minScore: 1 }, sort, path, format: 'jsonl' as const }
    expect(await journals.queries.exportResults(request)).toEqual({ ok: true, value: { path, items: 2 } })
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as ResultRecord).id)).toEqual(['c', 'b'])
  })
})

describe('one result', () => {
  test.each<[what: string, query: object, offset: number | null]>([
    ['in the order of the source', {}, 1],
    ['in another order', { sort: { by: 'score', descending: true } }, 2],
    ['where a filter leaves others out', { filter: { minScore: 2, maxScore: 3 } }, 0],
    ['where a filter leaves it out', { filter: { minScore: 3 } }, null],
  ])('is told with its place %s', async (_, query, offset) => {
    const records = [4, 2, 3].map((score, at) => recordOf({ id: `${at}`, score }))
    await journals.write(run, records)
    const { id, inputHash } = records[1] as ResultRecord
    const found = openValue(await journals.queries.item(run, { id, inputHash, ...query }))
    expect(found).toMatchObject({ result: records[1], offset, workspaceFolder: null })
    expect(found?.categories).toContainEqual({ name: 'Software', parent: 'Technology' })
  })

  test('is another one than those of the same text, and null where there is none', async () => {
    const inputHash = 'a'.repeat(64)
    await journals.write(
      run,
      ['one', 'other'].map((id) => recordOf({ id, inputHash })),
    )
    expect(openValue(await journals.queries.item(run, { id: 'other', inputHash }))).toMatchObject({ offset: 1 })
    expect(openValue(await journals.queries.item(run, { id: 'third', inputHash }))).toBeNull()
    expect(openValue(await journals.queries.item(run, { id: 'one', inputHash: 'b'.repeat(64) }))).toBeNull()
  })
})

describe('the summary', () => {
  const receipt = {
    ...{ provider: 'fake', kind: 'openai', model: 'm', endpoint: null, rule: 'route' as const },
    ...{ promptHash: 'p', profileHash: 'q', outputMode: 'schema' as const, batch: 2, attempts: 1 },
    ...{ latencyMs: 100, usage: { input: 10, output: 4, cached: null }, costUsd: 0.5, at: '2026-11-21T09:30:00Z' },
  }

  test('counts shares of calls, and neither what was taken over nor what another item was asked about', async () => {
    await journals.write(run, [
      recordOf({ id: 'a', score: 20, confidence: 1, receipts: { categorization: receipt, scoring: receipt } }),
      recordOf({ id: 'b', score: 0.9, confidence: 0.7, receipts: { categorization: { ...receipt, costUsd: null } } }),
      recordOf({ id: 'c', categories: [], receipts: { scoring: receipt }, reusedFrom: run }),
      recordOf({ id: 'd', categories: ['Bug', 'Software'], receipts: { scoring: { ...receipt, sharedWith: 'a' } } }),
      recordOf({ id: 'e', status: 'failed', categories: null, score: null, confidence: null }),
    ])
    const summary = openValue(await journals.queries.summary(run))
    expect(summary).toMatchObject({
      items: 5,
      byStatus: { ok: 4, failed: 1, skipped: 0 },
      byCategory: [
        { category: 'Software', items: 3 },
        { category: null, items: 1 },
        { category: 'Bug', items: 1 },
      ],
      meanScore: (20 + 0.9 + 5 + 5) / 4,
      latencyMs: { p50: 100, p95: 200 },
      spent: { costUsd: 0.5, unpricedCalls: 1, input: 15, output: 6, calls: 2 },
      reused: 1,
    })
    expect([summary.scores[0], summary.scores[5], summary.scores[20]]).toEqual([1, 2, 1])
    expect([summary.confidence[5], summary.confidence[7], summary.confidence[9]]).toEqual([2, 1, 1])
    expect(summary.memoryBytes).toBeGreaterThan(0)
    expect(openValue(await journals.queries.summary(run, { status: ['failed'] }))).toMatchObject({
      items: 1,
      latencyMs: null,
      meanScore: null,
    })
  })
})

describe('reading a journal', () => {
  test('takes the same from receipts whatever the order of their fields, and whatever a text pretends to be', async () => {
    const receipt = (number: number) => ({
      ...{ provider: 'fake', kind: 'openai', model: 'a","batch":9,"x":"', endpoint: null, rule: 'route' as const },
      ...{ promptHash: 'p', profileHash: 'q', outputMode: 'schema' as const, batch: number, attempts: 2 },
      ...{ latencyMs: 1e-7 * number, usage: { input: number, output: null, cached: 3, reasoning: null } },
      ...{ costUsd: 2.5e-7 * number, at: '2026-11-21T09:30:00Z' },
    })
    const records = [1, 2, 5].map((number) =>
      recordOf({
        id: `${number},"receipts":{`,
        reasoning: '}},"reusedFrom":"nobody"}}',
        receipts: { categorization: receipt(number), ...(number > 1 ? { scoring: receipt(number + 1) } : {}) },
        ...(number === 5 ? { reusedFrom: run } : {}),
      }),
    )
    await journals.write(run, records)
    const quick = openValue(await journals.queries.summary(run))
    await journals.dispose()
    journals = await makeJournals()
    const turned = records.map(({ receipts, ...record }) => {
      const others = Object.entries(receipts).map(([task, each]) => [
        task,
        Object.fromEntries(Object.entries(each ?? {}).reverse()),
      ])
      return { receipts: Object.fromEntries(others), ...record } as ResultRecord
    })
    await journals.write(run, turned)
    const slow = openValue(await journals.queries.summary(run))
    expect(quick).toEqual(slow)
    expect(quick).toMatchObject({ reused: 1, spent: { input: 3, calls: 2 } })
  })
})

describe('sorting', () => {
  test('by counting keeps equals in their order and puts what has no key last', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat(), fc.constant(lastKey))), (keys) => {
        const items = Uint32Array.from(keys.keys())
        const plain = [...keys.keys()].sort((one, other) => (keys[one] as number) - (keys[other] as number))
        expect([...radixSort(items, (item) => keys[item] as number)]).toEqual(plain)
      }),
    )
  })

  test('of ids is as a person would', () => {
    const ids = ['line:10', 'line:9', 'Line:1', 'b', 'a2', 'a10', 'a02', '7', '', 'a99999999999999999999']
    const sorted = ids.toSorted((one, other) => (naturalKey(one) < naturalKey(other) ? -1 : 1))
    expect(sorted).toEqual(['', '7', 'a2', 'a02', 'a10', 'a99999999999999999999', 'b', 'Line:1', 'line:9', 'line:10'])
  })

  const ranked = async (ids: readonly string[], pause: () => Promise<void> = async () => undefined) => {
    const keys = createIdKeys(ids.length)
    // As our own writer has it: run, id, hash.
    for (const id of ids) keys.add(Buffer.from(JSON.stringify({ runId: run, id, inputHash: 'a'.repeat(64) })))
    return [...(await rankKeys(keys.finish(), pause))]
  }
  const expected = (ids: readonly string[]) => {
    const keys = ids.map((id) => Buffer.from(naturalKey(id)).toString('latin1'))
    const places = new Map([...new Set(keys)].sort().map((key, rank) => [key, rank]))
    return keys.map((key) => places.get(key))
  }

  test('of ids gives equal ones one rank, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('a', 'A', 'a01', 'a1', 'é"\\'))),
        async (ids) => {
          expect(await ranked(ids)).toEqual(expected(ids))
        },
      ),
    )
  })

  test('of many ids that begin alike, and of many that are the same, lets others have their turn', async () => {
    const ids = Array.from({ length: 12_000 }, (_, at) =>
      at % 2 === 0 ? `https://example.com/issues/with/a/long/way/${(at * 7919) % 6_000}` : `the same id ${at % 3}`,
    )
    let pauses = 0
    expect(await ranked(ids, async () => void pauses++)).toEqual(expected(ids))
    expect(pauses).toBeGreaterThan(1)
  })
})
