import { Buffer } from 'node:buffer'
import type { ResultRecord, ReviewCause } from '../../protocol/results.ts'
import { calibrate, calibratedModelKey, calibratedModelOf } from '../domain/calibration.ts'
import { floorOf, reviewFloors } from '../domain/reviewFloors.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import type { Calibration, Calibrations } from './calibrations.ts'
import type { ResultColumns } from './resultColumns.ts'

/** How far verdicts of a run can be relied on: what corrects their confidence, and below what they wait for a person. */
export interface Trust {
  /** Another one when any correction has changed. */
  version: string
  byModel: ReadonlyMap<string, Calibration>
  /** As the run's profile has them. */
  floors: ReadonlyMap<string, number>
}

/** Null: nothing is known beyond the verdicts. */
export async function openTrust(
  calibrations: Pick<Calibrations, 'read'> | undefined,
  { profile }: Pick<JournalHeader, 'profile'>,
): Promise<Trust | null> {
  const known = await calibrations?.read()
  const floors = reviewFloors(profile)
  if (floors.size === 0 && (known?.byModel.size ?? 0) === 0) return null
  return { version: known?.version ?? '', byModel: known?.byModel ?? new Map(), floors }
}

/** The result with its corrected confidence, and with why it waits for a person. */
export function withTrust(result: ResultRecord, trust: Trust | null): ResultRecord {
  if (trust === null && result.opinion === undefined) return result
  const calibrated = trust ? calibratedResult(result, trust) : result
  const review = causesOf(calibrated, trust)
  return review.length === 0 ? calibrated : { ...calibrated, review }
}

function calibratedResult(result: ResultRecord, { byModel }: Trust): ResultRecord {
  const { categorization } = result.receipts
  const asked = calibratedModelOf(categorization)
  const found = asked && byModel.get(calibratedModelKey(asked))
  if (!found || !categorization || result.confidence === null) return result
  const receipts = { ...result.receipts, categorization: { ...categorization, calibration: found.used } }
  return { ...result, calibrated: rounded(calibrate(found.points, result.confidence)), receipts }
}

/** More places than a few dozen labels can show are none. */
function rounded(share: number): number {
  return Math.round(share * 1e4) / 1e4
}

function causesOf(result: ResultRecord, trust: Trust | null): ReviewCause[] {
  const { status, categories, confidence, calibrated, opinion, human } = result
  if (status !== 'ok' || human) return []
  const floor = trust && floorOf(categories, trust.floors)
  return [
    ...(isBelow(calibrated ?? confidence, floor) ? (['below_floor'] as const) : []),
    ...(opinion?.differ && opinion.settle === 'agree-or-review' ? (['models_differ'] as const) : []),
  ]
}

/** A confidence that is not known has reached no floor. */
function isBelow(sureness: number | null, floor: number | null): boolean {
  return floor !== null && (sureness === null || sureness < floor)
}

/** The same of an item of the columns, whatever a person has said of it. */
export function isBelowFloor(columns: ResultColumns, item: number): boolean {
  return columns.index.state(item) === 'ok' && isBelow(columns.sureness(item), columns.floor(item))
}

/** It is below its floor or disputed, and nobody has said anything of it. */
export function waits(columns: ResultColumns, item: number): boolean {
  return !columns.isHuman(item) && (isBelowFloor(columns, item) || columns.opinion(item) === 'disputed')
}

/** The columns with corrected confidences and with the floors of their categories. */
export function columnsWithTrust(columns: ResultColumns, { byModel, floors }: Trust): ResultColumns {
  const corrections = Array.from({ length: columns.askers.size }, (_, asker) =>
    byModel.get(columns.askers.names(asker)?.[0] ?? ''),
  )
  // Sets are added when labels are laid over the columns.
  const floorOfSet = new Map<number, number | null>()
  function floorIn(set: number): number | null {
    const known = floorOfSet.get(set)
    if (known !== undefined) return known
    const floor = floorOf(columns.sets.names(set), floors)
    floorOfSet.set(set, floor)
    return floor
  }
  return {
    ...columns,
    sureness(item) {
      const confidence = columns.confidence(item)
      const correction = corrections[columns.asker(item)]
      // The column has 32 bits, the points have 64: a confidence is to meet the point that it was fitted on.
      return confidence === null || !correction
        ? confidence
        : rounded(calibrate(correction.points, Math.round(confidence * 1e6) / 1e6))
    },
    correction: (asker) => corrections[asker]?.used ?? null,
    floor: (item) => floorIn(columns.set(item)),
    get bytes() {
      return columns.bytes
    },
  }
}

/** Labels correct the confidences of one of those who were asked. */
export function isCorrected({ askers, correction }: Pick<ResultColumns, 'askers' | 'correction'>): boolean {
  return Array.from({ length: askers.size }, (_, asker) => correction(asker)).some((each) => each !== null)
}

/** The same for results on their way into a file. */
export async function* showTrust(groups: AsyncIterable<Buffer[]>, trust: Trust | null): AsyncGenerator<Buffer[]> {
  for await (const group of groups) {
    yield group.map((text) =>
      Buffer.from(JSON.stringify(withTrust(JSON.parse(text.toString()) as ResultRecord, trust))),
    )
  }
}
