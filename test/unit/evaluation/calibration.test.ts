import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CalibratedModel } from '../../../protocol/results.ts'
import {
  calibrate,
  calibratedModelKey,
  calibratedModelOf,
  fitIsotonic,
  measureConfidence,
} from '../../../server/domain/calibration.ts'
import type { SureAnswer } from '../../../server/domain/categoryMetrics.ts'
import { floorOf, reviewFloors, withoutFloors } from '../../../server/domain/reviewFloors.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { Calibrations } from '../../../server/results/calibrations.ts'
import { profile } from '../../support/runs/harness.ts'

const answers = fc.array(
  fc.record({ confidence: fc.integer({ min: 0, max: 20 }).map((step) => step / 20), isRight: fc.boolean() }),
  { minLength: 1, maxLength: 60 },
)

/** By its definition: the highest, over all beginnings before it, of the lowest mean over all ends behind it. */
function isotonicByDefinition(given: readonly SureAnswer[], at: number): number {
  const [lowest, highest] = [0, 1]
  const steps = [...new Set(given.map(({ confidence }) => confidence))].sort((one, other) => one - other)
  const mean = (from: number, to: number): number => {
    const within = given.filter(({ confidence }) => confidence >= from && confidence <= to)
    return within.filter(({ isRight }) => isRight).length / within.length
  }
  return steps
    .filter((from) => from <= at)
    .reduce((most, from) => {
      const least = steps.filter((to) => to >= at).reduce((low, to) => Math.min(low, mean(from, to)), highest)
      return Math.max(most, least)
    }, lowest)
}

describe('the isotonic correction', () => {
  test('is the isotonic regression at each confidence, but for what so few answers cannot show', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const points = fitIsotonic(given)
        const bound = 1 / (given.length + 2)
        for (const { confidence } of given) {
          const wanted = Math.min(1 - bound, Math.max(bound, isotonicByDefinition(given, confidence)))
          expect(calibrate(points, confidence)).toBeCloseTo(wanted, 10)
        }
      }),
    )
  })

  test('never falls, and stays within 0 and 1 for whatever confidence there is', () => {
    const any = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(answers, any, any, (given, one, other) => {
        const points = fitIsotonic(given)
        const [low, high] = [calibrate(points, Math.min(one, other)), calibrate(points, Math.max(one, other))]
        expect(low).toBeLessThanOrEqual(high)
        expect(low).toBeGreaterThan(0)
        expect(high).toBeLessThan(1)
      }),
    )
  })
})

const receipt = {
  kind: 'ollama',
  provider: 'local',
  endpoint: null,
  model: 'small',
  promptHash: 'aa',
  profileHash: 'pp',
  outputMode: 'schema',
} as const

describe('what is measured of confidence', () => {
  test('is told apart by who was asked and how, and only fitted where there are enough answers', () => {
    const sure = Array.from({ length: 40 }, (_, nth) => ({ confidence: 0.95, isRight: nth % 2 === 0, receipt }))
    const decided = { confidence: 0.5, isRight: true, receipt: { ...receipt, outputMode: 'decisions' as const } }
    const [stated, probabilities, ...more] = measureConfidence([...sure, decided, { ...decided, receipt: undefined }])
    expect(more).toEqual([])
    expect(stated).toMatchObject({ asked: { source: 'stated', version: null }, items: 40 })
    expect(stated?.calibrationError).toBeCloseTo(0.45, 10)
    expect(stated?.correction?.points).toEqual([{ confidence: 0.95, right: 0.5 }])
    // Each fifth has as many right ones as the rest.
    expect(stated?.correction?.calibrationError).toBeLessThan(0.05)
    expect(probabilities).toMatchObject({ asked: { source: 'probabilities' }, items: 1, correction: null })
  })
})

describe('corrections in the data folder', () => {
  let folder: string
  const asked = calibratedModelOf(receipt) as CalibratedModel
  const measured = (change: Partial<CalibratedModel> = {}) => [
    {
      asked: { ...asked, ...change },
      items: 120,
      calibrationError: 0.3,
      brier: 0.2,
      correction: { points: [{ confidence: 0.9, right: 0.6 }], calibrationError: 0.05, brier: 0.1 },
    },
  ]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-providers-calibrations-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('are found by another process, each for its model', async () => {
    await new Calibrations(diskFiles, folder).save(measured(), '2026-11-30T10:00:00.000Z')
    await new Calibrations(diskFiles, folder).save(measured({ model: 'large' }), '2026-11-30T10:00:00.000Z')
    const { byModel } = await new Calibrations(diskFiles, folder).read()
    expect(byModel.size).toBe(2)
    expect(byModel.get(calibratedModelKey(asked))?.used).toEqual({
      labels: 120,
      errorBefore: 0.3,
      errorAfter: 0.05,
      at: '2026-11-30T10:00:00.000Z',
    })
  })

  test('of a version give way to those of the next one; other questions have none', async () => {
    const calibrations = new Calibrations(diskFiles, folder)
    await calibrations.save(measured({ version: 'small-1' }), '2026-11-30T10:00:00.000Z')
    const before = await calibrations.read()
    await calibrations.save(measured({ version: 'small-2' }), '2026-11-30T11:00:00.000Z')
    const { byModel, version } = await calibrations.read()
    expect(version).not.toBe(before.version)
    expect([...byModel.values()].map(({ asked: { version: of } }) => of)).toEqual(['small-2'])
    expect(byModel.has(calibratedModelKey({ ...asked, version: 'small-2', questions: 'bb' }))).toBe(false)
  })

  test('that are damaged, or too few answers, correct nothing', async () => {
    const calibrations = new Calibrations(diskFiles, folder)
    expect((await calibrations.read()).byModel.size).toBe(0)
    await calibrations.save(
      [{ ...(measured()[0] as typeof measured extends () => (infer Each)[] ? Each : never), correction: null }],
      'now',
    )
    await mkdir(join(folder, 'calibrations'), { recursive: true })
    await writeFile(
      join(folder, 'calibrations', `${'0'.repeat(32)}.json`),
      '{"formatVersion":1,"points":[{"confidence":2,"right":2}]}',
    )
    await writeFile(join(folder, 'calibrations', `${'1'.repeat(32)}.json`), 'no JSON')
    expect((await new Calibrations(diskFiles, folder).read()).byModel.size).toBe(0)
  })
})

describe('floors', () => {
  const [root, science] = profile.categories as [(typeof profile.categories)[0], (typeof profile.categories)[0]]
  const floored = {
    ...profile,
    categories: [
      { ...root, review_below: 0.8, children: [{ name: 'Software' }, { name: 'Adverts', review_below: 0 }] },
      science,
    ],
  }

  test('go down to the children that have none, and the highest of a verdict counts', () => {
    const floors = reviewFloors(floored)
    expect(floorOf(['software'], floors)).toBe(0.8)
    expect(floorOf(['Adverts'], floors)).toBe(0)
    expect(floorOf(['Adverts', 'Technology'], floors)).toBe(0.8)
    expect(floorOf(['Science'], floors)).toBeNull()
    expect(floorOf([], floors)).toBeNull()
    expect(floorOf(null, floors)).toBeNull()
  })

  test('change nothing about what verdicts are made of', () => {
    expect(withoutFloors(profile)).toBe(profile)
    expect(withoutFloors(floored).categories[0]).toEqual({
      name: 'Technology',
      children: [{ name: 'Software' }, { name: 'Adverts' }],
    })
  })
})
