import type { Task } from '../../../protocol/names.ts'
import type { Usage } from '../../../protocol/results.ts'
import type { ResolvedRoute } from '../../../protocol/routing.ts'
import type { CompiledProfile } from '../../domain/work.ts'
import type { Clock } from '../clock.ts'
import type { RunLimits } from '../limits.ts'
import type { ModelClient } from './modelClient.ts'
import type { OutputModeLadder } from './outputModeLadder.ts'
import type { ProviderGate } from './providerGate.ts'

/** One task of a run with everything that its calls share. */
export interface Lane {
  task: Task
  route: ResolvedRoute
  judge: ModelClient
  gate: ProviderGate
  modes: OutputModeLadder
  profile: CompiledProfile
  promptHash: string
  profileHash: string
  batchSize: number
  limits: RunLimits
  clock: Clock
  /** A new random mark for each call, of letters and digits. */
  drawMark(): string
}

/** The parts of a receipt that all items of one call share, as JSON; the item's own number of calls is put in. */
export type ReceiptText = (attempts: number) => string

export function receiptText(
  lane: Lane,
  call: { mode: string; batch: number; latencyMs: number; usage: Usage; costUsd: number | null; at: string },
): ReceiptText {
  const before = receiptStart(lane, call.mode, call.batch)
  const { input, output, cached, reasoning } = call.usage
  const usage = { input: count(input), output: count(output), cached: count(cached), reasoning: count(reasoning) }
  const { costUsd, at } = call
  const after = JSON.stringify({ latencyMs: Math.max(0, call.latencyMs), usage, costUsd, at }).slice(1)
  return (attempts) => `${before},"attempts":${attempts},${after}`
}

/** Nearly all calls of a run have the same. */
const starts = new WeakMap<Lane, { mode: string; batch: number; text: string }>()

function receiptStart(lane: Lane, mode: string, batch: number): string {
  const known = starts.get(lane)
  if (known?.mode === mode && known.batch === batch) return known.text
  const { provider, kind, model, endpoint, rule } = lane.route
  const { promptHash, profileHash } = lane
  const optionsHash = lane.judge.optionsHash
  const said = { provider, kind, model, endpoint, rule, promptHash, profileHash, optionsHash, outputMode: mode, batch }
  const text = JSON.stringify(said).slice(0, -1)
  starts.set(lane, { mode, batch, text })
  return text
}

/** A server may say anything about its usage; what cannot be a number of tokens is unknown. */
function count(tokens: number | null | undefined): number | null {
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null
}
