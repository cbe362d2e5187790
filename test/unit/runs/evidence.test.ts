import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { Profile } from '../../../protocol/profile.ts'
import type { RunRequest } from '../../../protocol/runs.ts'
import { openReuse } from '../../../server/results/reuse.ts'
import {
  createHarness,
  goodAnswer,
  type Harness,
  type HarnessOptions,
  jsonLines,
  profile,
} from '../../support/runs/harness.ts'

let harness: Harness
afterEach(async () => await harness.dispose())

const quoting = Profile.parse({ ...profile, category_choice: { evidence: true } })
const first = 'The compiler is slow on large files, since the new release of last week.'
const texts = [first, `${first}!`, 'The linker stops.']

/** Quotes the third word of each text on, and of the linker what it does not say. */
const quotes = (text: string) => ({ evidence: text.includes('linker') ? 'It is fine.' : 'is slow' })

async function judge(more: Partial<RunRequest> = {}, options: HarnessOptions = {}) {
  harness = await createHarness((request) => goodAnswer(request, quotes), {
    loadProfile: async () => succeed({ profile: quoting, from: { origin: 'stored', name: null } }),
    ...options,
  })
  const path = await harness.file('a.jsonl', jsonLines(texts.map((text, id) => ({ id, text }))))
  const run = async (again: Partial<RunRequest> = {}) =>
    await harness.run({ source: { kind: 'paths', paths: [path] }, separate: false, ...more, ...again })
  const view = await run()
  const isRead = view.resultsPath?.endsWith('.jsonl') === true
  return { view, run, results: isRead ? await harness.results(view.resultsPath ?? '') : [] }
}

describe('quotes', () => {
  test('stand in the results, and those that the items do not have are counted', async () => {
    const { view, results } = await judge()
    expect(results.map(({ evidence }) => evidence)).toEqual([
      { categories: 'is slow' },
      { categories: 'is slow' },
      { categories: null },
    ])
    const summary = await harness.runs.summary(view.runId)
    expect(summary).toMatchObject({ ok: true, value: { items: 3, unfoundQuotes: 1 } })
    const found = await harness.runs.summary(view.runId, { search: 'large files' })
    expect(found.ok && found.value.unfoundQuotes).toBeUndefined()
  })

  test('have a column in a table, and only where they are asked for', async () => {
    const { view } = await judge({ output: { path: null, format: 'csv', none: false } })
    const [head, one, , last] = (await readFile(view.resultsPath ?? '', 'utf8')).split('\n')
    expect(head).toMatch(/,calibrated,evidence$/)
    expect(one).toMatch(/,Categories: is slow$/)
    expect(last).toMatch(/,$/)
    expect(view.hasEvidence).toBe(true)
  })

  test.each<[string, Partial<RunRequest>]>([
    ['whole', {}],
    ['for one of two tasks', { tasks: ['categorization'] }],
  ])('are taken over with the verdict that they are of, %s', async (_, before) => {
    const earlier: string[] = []
    const { run } = await judge(before, {
      openReuse: async (question) =>
        openReuse(join(harness.folder, 'data'), { earlier, elsewhere: { runIds: [], mostBytes: 0 } }, question),
    })
    earlier.push(harness.views.at(-1)?.runId ?? '')
    const calls = harness.calls.length
    const again = await run({ tasks: ['categorization', 'scoring'] })
    const results = await harness.results(again.resultsPath ?? '')
    expect(results.map(({ evidence }) => evidence?.categories)).toEqual(['is slow', 'is slow', null])
    expect(harness.calls.slice(calls).every(({ work }) => work.task === 'scoring')).toBe(true)
  })

  test('are not those of an item that is nearly the same: its words are others', async () => {
    const { results } = await judge({ nearDuplicates: 0.8 })
    expect(results[1]?.receipts.categorization?.likeness).toBeGreaterThan(0.8)
    expect(results[1]).not.toHaveProperty('evidence')
    expect(results[0]?.evidence).toEqual({ categories: 'is slow' })
  })
})
