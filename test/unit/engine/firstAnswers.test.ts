import { describe, expect, test } from 'vitest'
import { BatchSize } from '../../../server/engine/batchSize.ts'
import { FirstAnswers } from '../../../server/engine/firstAnswers.ts'
import { RateClimb } from '../../../server/engine/rateClimb.ts'
import { EqualRefusals } from '../../../server/runs/runWork.ts'
import { fail } from '../../../shared/fail.ts'

const useless = (asked: number, fresh = asked) => ({ asked, used: 0, fresh })

describe('the first answers', () => {
  test('of which ten are of no use are enough', () => {
    const first = new FirstAnswers()
    const met = Array.from({ length: 10 }, () => first.answered('scoring', useless(5)))
    expect(met.findIndex((each) => each !== null)).toBe(9)
    expect(met[9]).toEqual({ answers: 10, items: 50 })
  })

  test('about few items need not be as many', () => {
    const first = new FirstAnswers()
    first.answered('scoring', useless(3))
    const repeats = [2, 1, 1].map((asked) => first.answered('scoring', useless(asked, 0)))
    expect(repeats).toEqual([null, null, { answers: 4, items: 3 }])
  })

  test('of a single item are left to its attempts', () => {
    const first = new FirstAnswers()
    const met = [1, 0, 0, 0].map((fresh) => first.answered('scoring', { asked: 1, used: 0, fresh }))
    expect(met).toEqual([null, null, null, null])
  })

  test('say nothing more once one was of use, each task by itself', () => {
    const first = new FirstAnswers()
    first.answered('categorization', { asked: 5, used: 1, fresh: 5 })
    const one = Array.from({ length: 20 }, () => first.answered('categorization', useless(5)))
    const other = Array.from({ length: 20 }, () => first.answered('scoring', useless(5)))
    expect(one.every((each) => each === null)).toBe(true)
    expect(other[9]).not.toBeNull()
  })
})

describe('refusals', () => {
  const refusal = (detail: string) =>
    fail({ code: 'invalid_response', provider: 'p', problem: 'rejected_request', detail }).reason

  test('in the same words but for numbers and ids are equal', () => {
    const refusals = new EqualRefusals()
    const met = ['no (request 8f3a-22)', 'no (request 9b1c-07)', 'no (request 11)'].map((each) =>
      refusals.refused(refusal(each)),
    )
    expect(met).toEqual([false, false, true])
  })

  test('in other words begin anew, and none counts after an answer', () => {
    const refusals = new EqualRefusals()
    expect(['a', 'b', 'a', 'b', 'a'].map((each) => refusals.refused(refusal(each)))).not.toContain(true)
    refusals.answered()
    expect(['a', 'a', 'a', 'a'].map((each) => refusals.refused(refusal(each)))).not.toContain(true)
  })
})

describe('how many items a call judges', () => {
  test.each([
    [
      'as many as the model answered, twice in a row',
      [
        [2, 'partial'],
        [1, 'partial'],
      ],
      2,
    ],
    [
      'half, when nothing came four times in a row',
      [
        [0, 'void'],
        [0, 'void'],
        [0, 'void'],
        [0, 'void'],
      ],
      2,
    ],
    [
      'half, when it took too long twice',
      [
        [0, 'too_much'],
        [0, 'too_much'],
      ],
      2,
    ],
    [
      'as wanted, where whole answers come in between',
      [
        [1, 'partial'],
        [5, 'whole'],
        [1, 'partial'],
      ],
      5,
    ],
  ] as const)('is %s', (_, answers, size) => {
    const batch = new BatchSize(5)
    for (const [answered, evidence] of answers) batch.note(5, answered, evidence)
    expect(batch.current()).toBe(size)
    batch.note(size, size, 'whole')
    expect(batch.found()).toBe(size === 5 ? null : size)
  })

  test('is nothing to recommend before one such call was answered', () => {
    const batch = new BatchSize(5)
    for (let call = 0; call < 4; call++) batch.note(5, 0, 'void')
    expect([batch.current(), batch.found()]).toEqual([2, null])
    for (let call = 0; call < 4; call++) batch.note(2, 0, 'void')
    expect([batch.current(), batch.found()]).toEqual([1, null])
    batch.note(1, 1, 'whole')
    expect(batch.found()).toBe(1)
  })

  test('is not judged by the last few of a source', () => {
    const batch = new BatchSize(5)
    for (let call = 0; call < 9; call++) batch.note(3, 1, 'partial')
    expect(batch.found()).toBeNull()
  })
})

describe('more calls at once', () => {
  /** A server that answers so many calls a second when so many go at once. */
  function climbed(rateAt: (limit: number) => number, calls = 400): number[] {
    let now = 0
    let limit = 1
    const climb = new RateClimb({ monotonic: () => now })
    const seen: number[] = []
    for (let call = 0; call < calls; call++) {
      now += 1000 / rateAt(limit)
      limit = climb.next(limit, 8)
      if (seen.at(-1) !== limit) seen.push(limit)
    }
    return seen
  }

  test('go as long as that raises the rate', () => {
    expect(climbed((limit) => limit * 10)).toEqual([1, 2, 4, 8])
  })

  test('do not where the server answers one after the other', () => {
    expect(climbed(() => 10, 150)).toEqual([1, 2, 1])
  })

  test('stop where they bring nothing more', () => {
    expect(climbed((limit) => Math.min(limit, 4) * 10, 300)).toEqual([1, 2, 4, 8, 4])
  })
})
