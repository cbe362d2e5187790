import { describe, expect, test } from 'vitest'
import { CascadeLearner } from '../../../server/domain/cascade/cascadeLearner.ts'
import { type AuditCount, CascadePortion, sampleSize } from '../../../server/domain/cascade/cascadePortion.ts'
import { countTerms } from '../../../server/domain/cascade/textFeatures.ts'

const topics = ['invoice payment card', 'login password account', 'parcel courier delivery', 'refund return money']
const fillers =
  'please could you kindly help me with this today because it really matters to us and nobody answers'.split(' ')

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** `labelOf`: what the model says of a text of a topic. */
function rowsOf(count: number, seed: number, labelOf: (topic: number, random: () => number) => number) {
  const random = randomOf(seed)
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] as string
  return Array.from({ length: count }, () => {
    const topic = Math.floor(random() * topics.length)
    const words = (topics[topic] as string).split(' ')
    const text = [pick(fillers), pick(words), pick(fillers), pick(words), pick(fillers)].join(' ')
    return { text, label: labelOf(topic, random), draw: random(), auditDraw: random() }
  })
}

function newLearner(): CascadeLearner {
  return new CascadeLearner({ random: randomOf(7), giveWay: async () => undefined })
}

async function decide(
  learner: CascadeLearner,
  rows: ReturnType<typeof rowsOf>,
  count: AuditCount = { audited: 0, agreed: 0, takenBack: 0 },
) {
  const items = rows.map(({ text, draw, auditDraw }) => ({ text: countTerms(text), draw, auditDraw }))
  const portion = new CascadePortion(learner, items, 0.95, count)
  const found = { asked: [] as number[], decided: 0, agreed: 0, count }
  for (let step = await portion.next(); step.kind !== 'done'; step = await portion.next()) {
    if (step.kind === 'ask') {
      found.asked.push(...step.items)
      for (const item of step.items) portion.answered(item, rows[item]?.label ?? null)
    } else {
      found.decided += step.items.length
      found.agreed += step.items.filter(({ item, said }) => rows[item]?.label === said.label).length
    }
  }
  return found
}

describe('a portion', () => {
  test('is decided for the most part where the words say it all, each item asked or decided once', async () => {
    const found = await decide(
      newLearner(),
      rowsOf(3000, 1, (topic) => topic),
    )
    expect(new Set(found.asked).size).toBe(found.asked.length)
    expect(found.asked.length + found.decided).toBe(3000)
    expect(found.decided).toBeGreaterThan(2000)
    expect(found.agreed / found.decided).toBeGreaterThanOrEqual(0.95)
    expect(found.count.audited).toBeGreaterThan(50)
  })

  test('is asked as a whole where nothing can be learned', async () => {
    const found = await decide(
      newLearner(),
      rowsOf(1200, 2, (_, random) => Math.floor(random() * 4)),
    )
    expect(found).toMatchObject({ decided: 0 })
    expect(found.asked).toHaveLength(1200)
  })

  test('is asked as a whole where it is hardly more than the sample, or empty', async () => {
    const found = await decide(
      newLearner(),
      rowsOf(sampleSize + 20, 3, (topic) => topic),
    )
    expect(found).toMatchObject({ decided: 0 })
    expect(await decide(newLearner(), [])).toMatchObject({ decided: 0, asked: [] })
  })

  test('trusts what it has learned no longer when the model says something else, and earns the trust anew', async () => {
    const learner = newLearner()
    const count = { audited: 0, agreed: 0, takenBack: 0 }
    await decide(
      learner,
      rowsOf(2000, 4, (topic) => topic),
      count,
    )
    const changed = await decide(
      learner,
      rowsOf(3000, 5, (topic) => (topic + 1) % 4),
      count,
    )
    expect(count.takenBack).toBeGreaterThan(1000)
    expect(changed.decided === 0 || changed.agreed / changed.decided >= 0.95).toBe(true)
  })

  test('ends although no answer can be learned from, and although texts have no words', async () => {
    const rows = rowsOf(800, 6, (topic) => topic)
    const portion = new CascadePortion(
      newLearner(),
      rows.map(({ draw, auditDraw }) => ({ text: countTerms('… !! 🙂'), draw, auditDraw })),
      0.95,
      { audited: 0, agreed: 0, takenBack: 0 },
    )
    let asked = 0
    for (let step = await portion.next(); step.kind === 'ask'; step = await portion.next()) {
      asked += step.items.length
      for (const item of step.items) portion.answered(item, null)
    }
    expect(asked).toBe(800)
  })
})

describe('the terms of a text', () => {
  test('do not depend on case and accents, and have an end however long the text', () => {
    expect(countTerms('CAFÉ Crème')).toEqual(countTerms('cafe creme'))
    expect(countTerms('x'.repeat(10_000_000)).terms.length).toBeLessThan(20)
    expect(countTerms('').terms.length).toBe(1)
  })

  test('are the same for a text whatever was counted before it', () => {
    const first = countTerms('one two three')
    countTerms('four five six')
    expect(countTerms('one two three')).toEqual(first)
  })
})
