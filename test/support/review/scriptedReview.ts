import { succeed } from '../../../protocol/outcome.ts'
import type { Profile } from '../../../protocol/profile.ts'
import type { HumanLabel } from '../../../protocol/results.ts'
import type { ReviewState } from '../../../protocol/review.ts'
import { measureConfidence } from '../../../server/domain/calibration.ts'
import { chanceFrom, nextInReview, stateOfReview } from '../../../server/domain/review.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { orderReview } from '../../../server/results/reviewResults.ts'
import { answerWith, createHarness, jsonLines } from '../runs/harness.ts'

/** Of a labelled set. */
export interface LabelledRow {
  id: string
  text: string
  label: string
}

/** How often the scripted model is wrong. */
const errorRate = 0.12

/**
 * What the model says of a text, known beforehand. It is wrong in 12 of 100 texts and takes the next label of the list then. It says that
 * it is surer than it is: the cube root of 0.75 to 1 where it is right, most often near 1, of 0.5 to 0.85 where it is wrong.
 */
export function scriptedVerdict(text: string, label: string, labels: readonly string[], seed: number) {
  const draw = (nth: number): number => chanceFrom(seed, Number.parseInt(sha256(text).slice(0, 7), 16), nth) / 2 ** 32
  const isRight = draw(1) >= errorRate
  const sure = isRight ? 0.75 + 0.25 * Math.sqrt(draw(2)) : 0.5 + 0.35 * draw(2)
  const category = isRight ? label : (labels[(labels.indexOf(label) + 1) % labels.length] as string)
  return { category, isRight, confidence: Math.round(Math.cbrt(sure) * 100) / 100 }
}

/** One seeded review without an engine: what is known after a fifth of the queue, beside what is so. */
export function simulateReview(items: number, seed: number) {
  const verdicts = Array.from({ length: items }, (_, nth) => scriptedVerdict(String(nth), 'a', ['a', 'b'], seed))
  const orders = orderReview(items, {
    doubt: (nth) => Math.round((1 - (verdicts[nth]?.confidence ?? 0)) * 1_000_000),
    chance: (nth) => chanceFrom(seed + 1, nth),
  })
  const open = { size: items, isRight: () => null }
  const queue = nextInReview(open, orders, { skipped: new Set(), limit: Math.round(items / 5) })
  const seen = new Set(queue.map(({ item }) => item))
  const isRight = (nth: number): boolean => verdicts[nth]?.isRight === true
  const state = stateOfReview({ size: items, isRight: (nth) => (seen.has(nth) ? isRight(nth) : null) }, orders)
  const wrong = verdicts.filter((each) => !each.isRight).length
  const found = queue.filter(({ item }) => !isRight(item)).length
  return { state, found: found / wrong, right: 1 - wrong / items, stillWrong: wrong - found }
}

/** Whether both intervals of a state hold what is so. */
export function covers(
  { agreement, stillWrong }: Pick<ReviewState, 'agreement' | 'stillWrong'>,
  so: { right: number; stillWrong: number },
) {
  const within = (interval: { low: number; high: number } | null, value: number): boolean =>
    interval !== null && interval.low <= value && value <= interval.high
  return { agreement: within(agreement, so.right), stillWrong: within(stillWrong, so.stillWrong) }
}

/** A run of the scripted model over the rows, and its review up to a fifth of the queue, as the server leads it. */
export async function reviewScriptedRun(rows: readonly LabelledRow[], seed: number) {
  const labels = [...new Set(rows.map(({ label }) => label))].sort()
  const byText = new Map(rows.map(({ text, label }) => [text, scriptedVerdict(text, label, labels, seed)]))
  const profile: Profile = {
    categories: labels.map((name) => ({ name })),
    ...{ interests: '', anti_interests: '', limits: { categorize_chars: 2000, score_chars: 4000 } },
  }
  const said = new Map<string, { label: { categories: string[] } }>()
  const harness = await createHarness(
    ({ work }) =>
      answerWith(
        JSON.stringify({
          verdicts: work.items.map(({ key, text }) => {
            const { category = '', confidence = 0 } = byText.get(text) ?? {}
            return { key, categories: [category], confidence, suggested: { names: [], parent: null } }
          }),
        }),
      ),
    {
      loadProfile: async () => succeed({ profile, from: { origin: 'stored', name: null } }),
      labelsOf: async () => ({ version: String(said.size), labels: said as never }),
    },
  )
  try {
    const path = await harness.file('rows.jsonl', jsonLines(rows.map(({ id, text }) => ({ id, text }))))
    const { runId } = await harness.run({ tasks: ['categorization'], source: { kind: 'paths', paths: [path] } })
    const label = ({ inputHash }: { inputHash: string }, text: string): void => {
      const right = rows.find((row) => row.text === text)?.label ?? ''
      const human: Pick<HumanLabel, 'categories' | 'interest' | 'quality' | 'at'> = {
        ...{ categories: [right], interest: null, quality: null, at: '2026-11-30T10:00:00.000Z' },
      }
      said.set(inputHash, { label: human as { categories: string[] } })
    }
    const textOf = new Map(rows.map(({ id, text }) => [id, text]))
    let last: ReviewState | null = null
    for (let seen = 0; seen < rows.length / 5; ) {
      const page = await harness.runs.review(runId, { skipped: [], limit: 50 })
      if (!page.ok) throw new Error(page.reason.message)
      for (const { result } of page.value.items) label(result, textOf.get(result.id) ?? '')
      seen += page.value.items.length
      const now = await harness.runs.review(runId, { skipped: [], limit: 1 })
      if (now.ok) last = now.value.state
    }
    if (last === null) throw new Error('There was nothing to review')
    const verdicts = rows.map(({ text }) => byText.get(text))
    const wrong = verdicts.filter((each) => each?.isRight !== true).length
    const found = last.seen - last.right
    return { state: last, found: found / wrong, right: 1 - wrong / rows.length, stillWrong: wrong - found }
  } finally {
    await harness.dispose()
  }
}

const receipt = { kind: 'fake', provider: 'fake', endpoint: null, model: 'fake-1', promptHash: 'a', profileHash: 'b' }

/** Of the scripted model over the rows, expected calibration error before and after the correction. */
export function calibrateScripted(rows: readonly LabelledRow[], seed: number) {
  const labels = [...new Set(rows.map(({ label }) => label))]
  const answers = rows.map(({ text, label }) => ({
    ...scriptedVerdict(text, label, labels, seed),
    receipt: { ...receipt, outputMode: 'schema' as const },
  }))
  const [measured] = measureConfidence(answers)
  return { before: measured?.calibrationError ?? null, after: measured?.correction?.calibrationError ?? null }
}
