import { defaultSourceLimits, type SourceLimits } from '../sources/sourceLimits.ts'

/** The bounds of a run, in one place so that a test or a setting can change them. */
export interface RunLimits extends SourceLimits {
  /** Items that one call judges, unless the request or the route says otherwise. */
  batchSize: number
  /** Calls at the same time, unless the request or the route says otherwise. */
  concurrency: number
  /** Answers that may be unusable for one item alone before it fails. Outages and rate limits do not count. */
  attempts: number
  /** A provider that asks to be left alone for longer than this stops the run, resumable; for less the run is parked and waits. */
  longestParkMs: number
  /** Answers outside the schema in a row, over all workers, after which a simpler output mode is used. */
  schemaFailuresBeforeStepDown: number
  /** Items failing in a row for the provider's reasons, without one success in between, after which the run stops. */
  failuresBeforeStop: number
  /** Records are written at once; they are synced to the disk together, at most so many and so late. */
  journalBatch: number
  journalDelayMs: number
  /** Items read ahead of the workers. */
  readAhead: number
  /** Characters read ahead of the workers; one item may exceed it alone. */
  readAheadCharacters: number
  /** Distinct suggested names that are kept. */
  suggestions: number
  progressEveryMs: number
  /** How long calls under way may go on after a person has paused the run. */
  pauseGraceMs: number
  /** The same after the run's time is over. */
  stopGraceMs: number
  /** How often at most the journal notes what the calls used. */
  usedNoteEveryMs: number
  /** How often a running run's counts go to the ledger, for the other windows. */
  ledgerEveryMs: number
  /** An owner whose journal was not touched for this long counts as dead, even if its process seems to live. */
  ownerSilenceMs: number
  /** How long an owner that is asked to pause or cancel a run may take to do it. Calls under way have their moment within it. */
  ownerAnswerMs: number
  /** How often the answer is looked for. */
  ownerLookMs: number
  /** How often the owner touches its journal. */
  heartbeatMs: number
  /** Requests and bytes of one batch at most, whatever its API takes: results come in portions, and a lost one costs less. */
  laneRequests: number
  laneBytes: number
  /** How soon a batch is looked at, and how seldom at last. */
  lanePollFirstMs: number
  /** The same of a server on this machine. */
  lanePollLocalMs: number
  lanePollMostMs: number
  /** How long a batch may take to end after it was cancelled at the deadline. */
  laneCancelMs: number
  /** How long cancelling the batches of a cancelled run may take. */
  laneGoodbyeMs: number
  /** How long what sorting and filtering need of a run's results stays in memory when nobody asks for them. */
  columnsIdleMs: number
}

export const defaultLimits: RunLimits = {
  ...defaultSourceLimits,
  batchSize: 5,
  concurrency: 4,
  attempts: 3,
  longestParkMs: 3_600_000,
  schemaFailuresBeforeStepDown: 3,
  failuresBeforeStop: 25,
  journalBatch: 256,
  journalDelayMs: 50,
  readAhead: 256,
  readAheadCharacters: 8_000_000,
  suggestions: 1000,
  progressEveryMs: 100,
  pauseGraceMs: 800,
  stopGraceMs: 10_000,
  usedNoteEveryMs: 20,
  ledgerEveryMs: 60_000,
  ownerSilenceMs: 120_000,
  ownerAnswerMs: 5000,
  ownerLookMs: 100,
  heartbeatMs: 15_000,
  laneRequests: 25_000,
  laneBytes: 100_000_000,
  lanePollFirstMs: 5000,
  lanePollLocalMs: 100,
  lanePollMostMs: 300_000,
  laneCancelMs: 900_000,
  laneGoodbyeMs: 5000,
  columnsIdleMs: 300_000,
}
