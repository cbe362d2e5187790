import { describe, expect, test } from 'vitest'
import { packItems } from '../../../server/domain/packItems.ts'
import { BatchSize, type SizeEvidence } from '../../../server/engine/batchSize.ts'

/** Answers to calls of the size of the moment. */
function told(batch: BatchSize, evidence: SizeEvidence, times: number, answered?: number): void {
  for (let time = 0; time < times; time++) {
    const size = batch.current()
    batch.note(size, answered ?? (evidence === 'whole' ? size : 0), evidence)
  }
}

describe('the size of a batch', () => {
  test('shrinks after trouble, and grows again after success', () => {
    const batch = new BatchSize(40)
    told(batch, 'too_much', 2)
    expect(batch.current()).toBe(20)
    told(batch, 'whole', 8)
    expect(batch.current()).toBe(30)
    told(batch, 'whole', 8)
    expect(batch.current()).toBe(40)
    told(batch, 'whole', 100)
    expect(batch.current()).toBe(40)
    expect(batch.found()).toBeNull()
  })

  test('goes back at the first trouble with a size that is only tried, and waits longer each time', () => {
    const batch = new BatchSize(10)
    told(batch, 'partial', 2, 4)
    expect(batch.current()).toBe(4)
    told(batch, 'whole', 8)
    expect(batch.current()).toBe(6)
    expect(batch.found()).toBe(4)
    told(batch, 'partial', 1, 2)
    expect(batch.current()).toBe(4)
    told(batch, 'whole', 15)
    expect(batch.current()).toBe(4)
    told(batch, 'whole', 1)
    expect(batch.current()).toBe(6)
  })

  test('is never more than was wanted, and never less than one', () => {
    const batch = new BatchSize(2)
    told(batch, 'void', 50)
    expect(batch.current()).toBe(1)
    told(batch, 'whole', 500)
    expect(batch.current()).toBe(2)
  })
})

describe('what goes into one call', () => {
  const room = { ofAnswer: { fixed: 256, each: 350 }, frame: () => 'x'.repeat(3000) }
  const texts = (count: number, length: number) => Array.from({ length: count }, () => 'a'.repeat(length))

  test.each<[string, string[], object, number]>([
    ['all short ones, of a model of which nothing is known', texts(40, 260), {}, 40],
    ['no more long ones than fit into any usual window', texts(40, 4000), {}, 5],
    ['as many as fit into the window that is known', texts(40, 260), { contextTokens: 4096 }, 5],
    ['one, where nothing fits: its server says so', texts(3, 40_000), { contextTokens: 2048 }, 1],
    [
      'as many verdicts as the longest answer holds',
      texts(40, 260),
      { contextTokens: 200_000, answerTokens: 4096 },
      10,
    ],
    ['no book, however large the window is', texts(40, 4000), { contextTokens: 2_000_000 }, 17],
    ['other scripts by what they take', Array.from({ length: 40 }, () => '猫'.repeat(1000)), {}, 4],
  ])('%s', (_name, items, known, count) => {
    expect(packItems(items, { ...room, ...known })).toBe(count)
  })
})
