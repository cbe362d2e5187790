import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { planParking, planWait } from '../domain/retryRules.ts'
import { type CircuitBreaker, createCircuitBreakers } from '../engine/circuitBreaker.ts'
import { type Clock, systemClock } from '../files/clock.ts'
import { diskFiles, type RunFiles } from '../files/diskFiles.ts'
import { journalPathIn } from '../journal/journalPath.ts'
import { WrittenFiles } from '../results/writtenFiles.ts'
import { defaultLimits, type RunLimits } from './limits.ts'
import { PreviewResults } from './previewResults.ts'
import type { RunsOptions } from './runOptions.ts'

/** The options with everything filled in. */
export interface RunContext extends RunsOptions {
  clock: Clock
  random: () => number
  files: RunFiles
  limits: RunLimits
  folder: string
  /** One circuit breaker a provider, shared by all runs of the process. */
  breakerOf(provider: string): CircuitBreaker
  journalPath(runId: string): string
  drawMark(): string
  previews: PreviewResults
  written: WrittenFiles
  settleResults?(source: string, path: string): Promise<void>
}

/** Results files are settled with the queries, which are made from this. */
export function fillIn({ settleResults: _, ...options }: RunsOptions): RunContext {
  const folder = join(options.dataDir, 'runs')
  const clock = options.clock ?? systemClock
  const random = options.random ?? (() => randomInt(2 ** 32) / 2 ** 32)
  const files = options.files ?? diskFiles
  const limits = { ...defaultLimits, ...options.limits }
  return {
    ...options,
    clock,
    random,
    files,
    written: new WrittenFiles(files, options.dataDir),
    limits,
    breakerOf: createCircuitBreakers({
      ...{ clock, random, plan: planWait, planParking, longestParkMs: limits.longestParkMs },
      onPauseAsked: options.onPauseAsked,
    }),
    folder,
    journalPath: (runId) => journalPathIn(options.dataDir, runId),
    // Not from `random`: no text may guess it. Three digits are one token of most models, three of anything else are two or three.
    drawMark: () => String(randomInt(100_000_000, 1_000_000_000)),
    previews: new PreviewResults(),
  }
}

/** Sorts by the time of its start: `20261121t093000123z-4f7k2m`. */
export function newRunId({ clock, random }: RunContext): string {
  const time = new Date(clock.now()).toISOString().replaceAll(/[-:.]/g, '').toLowerCase()
  const tail = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0')
  return `${time}-${tail}`
}
