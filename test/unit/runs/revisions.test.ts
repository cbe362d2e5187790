import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import type { RevisionDiff, RevisionDiffRequest, RevisionFilter } from '../../../protocol/revisions.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { type MadeJournals, makeJournals, recordOf } from '../../support/runs/resultRecords.ts'

let journals: MadeJournals
beforeEach(async () => {
  journals = await makeJournals()
})
afterEach(() => journals.dispose())

const from = '20261121t093000000z-before'
const to = '20261121t103000000z-after0'

function openValue<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return outcome.value
}

async function write(before: readonly ResultRecord[], after: readonly ResultRecord[]): Promise<void> {
  await journals.write(from, before)
  await journals.write(to, after)
}

async function diff(request: Partial<RevisionDiffRequest> = {}): Promise<RevisionDiff> {
  return openValue(await journals.queries.diff({ from, to, limit: 100, ...request }))
}

const base = recordOf({ id: 'x', categories: ['A', 'B'], score: 10, interest: 5, quality: 5 })
const failed = { status: 'failed' as const, categories: null, score: null, error: { code: 'timeout', message: 'No.' } }

describe('the difference of an item', () => {
  test.each<[what: string, after: Partial<ResultRecord>, changes: string[]]>([
    ['nothing', {}, []],
    ['the order of its categories alone', { categories: ['B', 'A'] }, []],
    ['the sentence alone', { reasoning: 'Other words.', confidence: 0.1 }, []],
    ['another category', { categories: ['A', 'C'] }, ['labels']],
    ['a category less', { categories: ['A'] }, ['labels']],
    ['no category any more', { categories: [] }, ['labels']],
    ['not categorized any more', { categories: null }, ['labels']],
    ['another score', { score: 10.1 }, ['score']],
    ['no score any more', { score: null }, ['score']],
    ['other parts of the same score', { interest: 6, quality: 4 }, ['score']],
    ['both', { categories: ['C'], score: 1 }, ['labels', 'score']],
    ['it failed', failed, ['status']],
    ['it was skipped', { ...failed, status: 'skipped' }, ['status']],
    ['another text with the same result', { inputHash: sha256('other') }, ['text']],
    ['another text and label', { inputHash: sha256('other'), categories: ['C'] }, ['labels', 'text']],
  ])('%s', async (_, changed, changes) => {
    await write([base], [{ ...base, ...changed }])
    const found = await diff()
    expect(found.rows.map((row) => row.changes)).toEqual(changes.length === 0 ? [] : [changes])
    expect(found.rows[0]?.change).toBe(changes[0])
    expect(found.same).toBe(changes.length === 0 ? 1 : 0)
  })

  test('one that failed both times has not changed', async () => {
    await write([{ ...base, ...failed }], [{ ...base, ...failed, error: { code: 'overloaded', message: 'Busy.' } }])
    expect((await diff()).same).toBe(1)
  })
})

describe('the difference of two runs', () => {
  const many = (ids: readonly string[], change: (id: string) => Partial<ResultRecord> = () => ({})) =>
    ids.map((id) => recordOf({ id, ...change(id) }))

  test('tells what is new and gone, in the order of the later run and then the earlier one', async () => {
    await write(
      many(['a', 'b', 'c', 'd']),
      many(['e', 'd', 'b'], (id) => (id === 'd' ? { score: 1 } : {})),
    )
    const found = await diff()
    expect(found.rows.map(({ id, change }) => [id, change])).toEqual([
      ['e', 'new'],
      ['d', 'score'],
      ['a', 'gone'],
      ['c', 'gone'],
    ])
    expect(found.rows.map(({ before, after }) => [before?.score ?? null, after?.score ?? null])).toEqual([
      [null, 5],
      [5, 1],
      [5, null],
      [5, null],
    ])
    expect(found).toMatchObject({
      total: 4,
      same: 1,
      next: null,
      counts: { new: 1, gone: 2, status: 0, labels: 0, score: 1, text: 0 },
    })
  })

  test('knows an item by its content where ids are others now, equal contents in their order', async () => {
    const hash = (id: string) => ({ inputHash: sha256(id.slice(1)) })
    await write(many(['1same', '2same', '3own'], hash), many(['7own', '8same', '9same'], hash))
    expect(await diff()).toMatchObject({ rows: [], total: 0, same: 3 })
  })

  test('can be narrowed by change and by what either side is, in pages', async () => {
    const ids = Array.from({ length: 30 }, (_, number) => `i${number}`)
    const after = many(ids, (id) => (Number(id.slice(1)) % 3 === 0 ? { categories: ['New'] } : { score: 6 }))
    await write(many(ids), after)
    expect(await diff({ only: ['labels'] })).toMatchObject({ total: 10, counts: { labels: 10, score: 20 } })
    expect(await diff({ filter: { categories: ['New'] } })).toMatchObject({ total: 10 })
    expect(await diff({ filter: { maxScore: 5 }, only: ['score'] })).toMatchObject({ total: 20 })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: RevisionDiff = await diff({ limit: 7, cursor })
      seen.push(...page.rows.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    expect(seen).toEqual(ids)
    expect((await diff({ offset: 28 })).rows.map(({ id }) => id)).toEqual(['i28', 'i29'])
  })

  test('is that of now when the later run has grown', async () => {
    await write(many(['a']), many(['a']))
    expect((await diff()).total).toBe(0)
    await journals.write(to, many(['a', 'b']))
    expect((await diff()).total).toBe(1)
  })
})

describe('a comparison', () => {
  const labelled = (labels: readonly (string | null)[], scores: readonly (number | null)[] = []) =>
    labels.map((label, at) =>
      recordOf({
        id: String(at),
        categories: label === null ? null : label === '' ? [] : label.split('+'),
        score: scores[at] ?? null,
      }),
    )

  test('counts who moved where, and how well the two agree', async () => {
    await write(labelled(['A', 'A', 'B', 'B+A', '', null]), labelled(['A', 'B', 'B', 'B', 'A', 'A']))
    const { categories, agreement, items } = openValue(await journals.queries.compare({ from, to }))
    expect(items).toEqual({ from: 6, to: 6, both: 6 })
    expect(categories).toEqual([
      { from: 'B', to: 'B', items: 2 },
      { from: 'A', to: 'A', items: 1 },
      { from: 'A', to: 'B', items: 1 },
      { from: null, to: 'A', items: 1 },
    ])
    // 3 of 5 agree; by chance 2/5 * 2/5 + 2/5 * 3/5 = 0.4.
    expect(agreement).toMatchObject({ items: 5, moved: 2, sameFirst: 0.6, sameSet: 0.4 })
    expect(agreement.kappa).toBeCloseTo((0.6 - 0.4) / 0.6)
  })

  test.each<[what: string, filter: RevisionFilter, cells: [string | null, string | null][], rows: string[]]>([
    [
      'by what they were',
      { fromCategories: ['A'] },
      [
        ['A', 'A'],
        ['A', 'B'],
      ],
      ['1'],
    ],
    [
      'by what they are',
      { toCategories: ['A'] },
      [
        ['A', 'A'],
        [null, 'A'],
      ],
      ['4', '5', '6'],
    ],
    [
      'by both',
      { fromCategories: ['A', 'B'], toCategories: ['B'] },
      [
        ['A', 'B'],
        ['B', 'B'],
      ],
      ['1', '3'],
    ],
    ['that fitted nowhere', { fromCategories: [''] }, [[null, 'A']], ['4']],
    [
      'by how they changed',
      { only: ['labels'] },
      [
        ['A', 'B'],
        ['B', 'B'],
        [null, 'A'],
      ],
      ['1', '3', '4', '5'],
    ],
    ['that are new', { only: ['new'] }, [], ['6']],
    ['by a name that nobody has', { toCategories: ['C'] }, [], []],
  ])('and the differences are only of items %s', async (_, filter, cells, rows) => {
    await write(labelled(['A', 'A', 'B', 'B+A', '', null]), labelled(['A', 'B', 'B', 'B', 'A', 'A', 'A']))
    const compared = openValue(await journals.queries.compare({ from, to, ...filter }))
    expect(compared.categories.map((cell) => [cell.from, cell.to]).sort()).toEqual([...cells].sort())
    expect((await diff(filter)).rows.map(({ id }) => id)).toEqual(rows)
  })

  test('has no kappa where all have one category, and nothing of what is not there', async () => {
    await write(labelled(['A', 'A']), labelled(['A', 'A']))
    expect(openValue(await journals.queries.compare({ from, to })).agreement.kappa).toBeNull()
    await write(labelled([null]), labelled([null]))
    const { agreement, score, categories } = openValue(await journals.queries.compare({ from, to }))
    expect(agreement).toEqual({ items: 0, moved: 0, sameFirst: null, sameSet: null, kappa: null })
    expect([score.items, score.mean, score.meanAbsolute, categories]).toEqual([0, null, null, []])
  })

  test('tells how scores shifted, whole points together and the same in both directions', async () => {
    const none = ['A', 'A', 'A', 'A', 'A', 'A']
    await write(labelled(none, [0, 20, 5, 5, 5, null]), labelled(none, [20, 0, 5, 5.5, 4.5, 3]))
    const { score } = openValue(await journals.queries.compare({ from, to }))
    expect([score.items, score.mean]).toEqual([5, 0])
    expect(score.meanAbsolute).toBeCloseTo((20 + 20 + 0.5 + 0.5) / 5)
    const shifts = score.distribution.flatMap((items, place) => (items > 0 ? [[place - 20, items]] : []))
    expect(shifts).toEqual([
      [-20, 1],
      [-1, 1],
      [0, 1],
      [1, 1],
      [20, 1],
    ])
  })
})
