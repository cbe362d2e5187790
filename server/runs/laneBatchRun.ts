import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { retryRule } from '../domain/retryRules.ts'
import type { BatchPort } from '../engine/modelClient.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { journalFailure } from '../journal/journalWriter.ts'
import type { BatchStatus, NewBatch } from '../providers/batchApi.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { LaneAnswers, type LaneEvents } from './laneAnswers.ts'
import { type LaneBatchNote, TicketReader } from './laneFiles.ts'

/** How often an account without room for another batch is asked again when none of ours is in the way. */
const mostRefusals = 3
type Next =
  | { kind: 'on' }
  | { kind: 'wait'; ms: number; isProgress?: boolean }
  | { kind: 'stop'; reason: Reason | null }
const on: Next = { kind: 'on' }

/** One batch from its file on this machine to the results of its items. Each step is noted before the next one is taken. */
export class LaneBatchRun {
  readonly #lane: LaneEvents
  readonly #submitted = new Signal()
  readonly #over = new Signal()
  readonly #answers: LaneAnswers
  #note: LaneBatchNote
  #mayExist = false
  #refusals = 0
  #waited = 0
  #cancelledAt: number | null = null

  constructor(lane: LaneEvents) {
    this.#lane = lane
    this.#note = lane.note
    this.#answers = new LaneAnswers(lane)
  }

  /** Settles when the provider has it, or it comes to nothing. */
  get submitted(): Promise<void> {
    return this.#submitted.promise
  }

  /** Settles when it is done, or the run stops. Never rejects. */
  get ended(): Promise<void> {
    return this.#over.promise
  }

  get isOpen(): boolean {
    return !this.#note.isDone
  }

  get isWithProvider(): boolean {
    return this.#note.id !== null && this.#note.outcome === 'working'
  }

  /** `mayExist`: an earlier process may have made it without noting that. */
  start({ mayExist }: { mayExist: boolean }): void {
    this.#mayExist = mayExist
    void this.#drive()
      .catch((error: unknown) => this.#lane.lifecycle.stopAtOnce(reasonOfCrash(error)))
      .finally(() => {
        this.#submitted.give()
        this.#over.give()
      })
  }

  /** The run stops. `cancels`: nobody wants its results, so that it is not to be paid for. */
  async rest(cancels: boolean): Promise<void> {
    await this.ended
    const { id, outcome } = this.#note
    if (!cancels || id === null || outcome !== 'working') return
    const { port, run } = this.#lane
    const soon = AbortSignal.timeout(run.limits.laneGoodbyeMs)
    const cancelled = await port.cancel(id, soon)
    if (!cancelled.ok) run.log(`batch ${id} was not cancelled: ${cancelled.reason.message}`)
  }

  async #drive(): Promise<void> {
    const { lifecycle, run } = this.#lane
    while (!this.#note.isDone && !lifecycle.stopping.aborted) {
      const next = await this.#step()
      if (next.kind === 'stop') {
        if (next.reason) lifecycle.stop(next.reason)
        return
      }
      if (next.kind === 'on' || next.isProgress) this.#waited = 0
      if (next.kind === 'on') continue
      const late = this.#lane.late.aborted ? [] : [this.#lane.late]
      await run.clock.wait(next.ms, AbortSignal.any([lifecycle.stopping, ...late]))
    }
  }

  async #step(): Promise<Next> {
    const { port, late } = this.#lane
    const { file, id, outcome, read } = this.#note
    if (read !== null) return await this.#clear()
    if (outcome !== 'working') return await this.#lane.readInTurn(() => this.#read())
    if (late.aborted && (id === null || this.#hasWaitedLongEnough())) return await this.#giveUp()
    if (id !== null) return await this.#look(id)
    if (file === null && port.upload !== null) return await this.#upload(port.upload)
    return await this.#create()
  }

  async #upload(upload: NonNullable<BatchPort['upload']>): Promise<Next> {
    const { port, lifecycle } = this.#lane
    const batch = this.#newBatch()
    const found = this.#mayExist ? await port.findFile(batch, lifecycle.aborting) : null
    const known = found?.ok ? found.value : null
    const uploaded = known === null ? await upload(batch, lifecycle.aborting) : { ok: true as const, value: known }
    if (!uploaded.ok) {
      this.#mayExist = true
      return this.#afterFailure(uploaded.reason, 'stops')
    }
    await this.#set({ file: uploaded.value })
    return on
  }

  async #create(): Promise<Next> {
    const { port, lifecycle, files } = this.#lane
    const batch = this.#newBatch()
    const found = this.#mayExist ? await port.find(batch, lifecycle.aborting) : null
    if (found && !found.ok && retryRule(found.reason).kind !== 'split_batch') {
      return this.#afterFailure(found.reason, 'waits')
    }
    const known = found?.ok ? found.value : null
    const created = known ? { ok: true as const, value: known } : await port.create(batch, lifecycle.aborting)
    if (!created.ok) {
      this.#mayExist = true
      return this.#afterFailure(created.reason, 'stops')
    }
    // Over or not, the next look says what came of it.
    await this.#set({ id: created.value.id, said: created.value.said })
    await files.remove(this.#note.number, 'lines')
    this.#submitted.give()
    return this.#pause()
  }

  async #look(id: string): Promise<Next> {
    const { port, lifecycle, late, run } = this.#lane
    if (late.aborted && this.#cancelledAt === null) {
      this.#cancelledAt = run.clock.monotonic()
      const cancelled = await port.cancel(id, lifecycle.aborting)
      if (!cancelled.ok) run.log(`batch ${id} was not cancelled: ${cancelled.reason.message}`)
    }
    const status = await port.status(id, lifecycle.aborting)
    if (!status.ok) {
      if (isGone(status.reason)) return await this.#lose('gone', this.#note.mostUsd ?? 0)
      return this.#afterFailure(status.reason, 'waits')
    }
    const { outcome, said, results, answered, failure } = status.value
    if (outcome === 'failed' && results.length === 0) return await this.#failed(status.value)
    const isNews = said !== this.#note.said || answered !== this.#note.answeredRequests
    if (isNews || outcome !== 'working') await this.#set({ outcome, said, results, answeredRequests: answered })
    if (failure) run.log(`batch ${id}: ${failure.code} ${failure.message}`)
    if (outcome !== 'working') return on
    const next = this.#pause()
    return isNews && next.kind === 'wait' ? { ...next, isProgress: true } : next
  }

  /** As a whole: for want of room it is made again later; whatever else is wrong with it is wrong with the next one, too. */
  async #failed({ id, said, failure }: BatchStatus): Promise<Next> {
    const { context, hasOthersWorking, run } = this.#lane
    const detail = failure ? `${failure.code} ${failure.message}`.trim() : said
    run.log(`batch ${id} failed: ${detail}`)
    if (failure?.code === 'token_limit_exceeded') {
      const isAlone = !hasOthersWorking()
      if (!isAlone || ++this.#refusals < mostRefusals) {
        // The old one is over: it is no longer the one that would be found.
        this.#mayExist = false
        await this.#set({ id: null, said: failure.code })
        return { kind: 'wait', ms: run.limits.lanePollMostMs }
      }
    }
    await this.#lose(said, 0)
    const { provider } = context.route
    return {
      kind: 'stop',
      reason: fail({ code: 'invalid_response', provider, problem: 'rejected_request', detail }).reason,
    }
  }

  /** Nothing comes of it: its items are in no batch. `costUsd`: what it may have cost. */
  async #lose(said: string, costUsd: number): Promise<Next> {
    await this.#answers.releaseUnanswered()
    const { items } = this.#note
    await this.#set({ outcome: 'failed', said, read: { answered: 0, left: items, expired: 0, costUsd } })
    this.#lane.reservation.settle(costUsd)
    return on
  }

  /** The deadline has passed, and it has not ended although it was cancelled. What it may still cost stays set aside. */
  async #giveUp(): Promise<Next> {
    await this.#answers.releaseUnanswered()
    const { items, id, mostUsd } = this.#note
    await this.#set({ said: 'given up', read: { answered: 0, left: items, expired: 0, costUsd: 0 } })
    this.#lane.reservation.settle(id === null ? 0 : (mostUsd ?? 0))
    return on
  }

  #hasWaitedLongEnough(): boolean {
    const { clock, limits } = this.#lane.run
    return this.#cancelledAt !== null && clock.monotonic() - this.#cancelledAt >= limits.laneCancelMs
  }

  async #read(): Promise<Next> {
    const { port, lifecycle, files, run, record } = this.#lane
    const { number, requests, results, outcome } = this.#note
    const tickets = await TicketReader.open(run.files, files.path(number, 'items'), requests)
    try {
      for (const result of results) {
        const lines = await port.download(result, lifecycle.aborting)
        if (!lines.ok) {
          if (isGone(lines.reason)) continue
          return this.#afterFailure(lines.reason, 'waits')
        }
        const isWhole = await this.#answers.readLines(lines.value, tickets)
        if (lifecycle.stopping.aborted) return { kind: 'stop', reason: null }
        if (!isWhole) return this.#pause()
      }
      const unanswered = await this.#answers.releaseUnanswered(tickets)
      const flushed = await record.flush()
      if (!flushed.ok) return { kind: 'stop', reason: flushed.reason }
      const { answered, costUsd, skipped } = this.#answers.counts()
      const expired = outcome === 'expired' ? unanswered : 0
      const left = Math.max(0, this.#note.items - answered)
      await this.#set({ read: { answered, left, expired, costUsd } })
      // What another process has read before is on its bill: here nobody knows what it was.
      const shareUsd = (this.#note.mostUsd ?? 0) / Math.max(1, requests)
      this.#lane.reservation.settle(costUsd + skipped * shareUsd)
      return on
    } finally {
      await tickets.close()
    }
  }

  /** Nothing of a person's texts stays at the provider. What cannot be deleted is said, and no reason to stop. */
  async #clear(): Promise<Next> {
    const { port, lifecycle, files, run } = this.#lane
    const { id, file, results, number } = this.#note
    const removed = await port.remove(
      { id: id ?? '', files: [...(file === null ? [] : [file]), ...results] },
      lifecycle.aborting,
    )
    if (!removed.ok) {
      const next = this.#afterFailure(removed.reason, 'waits')
      if (next.kind === 'wait' && this.#waited < mostClearings) return next
      run.log(`files of batch ${id} were not deleted: ${removed.reason.message}`)
    }
    await this.#set({ isDone: true })
    await files.remove(number, 'lines', 'items').catch(ignoreFileErrors)
    this.#submitted.give()
    return on
  }

  #newBatch(): NewBatch {
    const { name, model, requests, preparedAt, bytes, file, number } = this.#note
    return { name, model, requests, preparedAt, bytes, file, path: this.#lane.files.path(number, 'lines') }
  }

  async #set(change: Partial<LaneBatchNote>): Promise<void> {
    const note = { ...this.#note, ...change }
    await this.#lane.files.note(note)
    this.#note = note
    this.#lane.onChange()
  }

  #afterFailure(reason: Reason, otherwise: 'stops' | 'waits'): Next {
    const { lifecycle, run } = this.#lane
    if (lifecycle.stopping.aborted) return { kind: 'stop', reason: null }
    run.log(`batch ${this.#note.id ?? this.#note.name}: ${reason.message}`)
    const rule = retryRule(reason)
    if (rule.kind === 'stop_run') return { kind: 'stop', reason }
    if (rule.kind === 'split_batch' && otherwise === 'stops' && isRefused(reason)) return { kind: 'stop', reason }
    const next = this.#pause()
    const asked = rule.kind === 'wait' ? (rule.retryAfterMs ?? 0) : 0
    return next.kind === 'wait' ? { kind: 'wait', ms: Math.max(asked, next.ms) } : next
  }

  /** Longer each time that there is nothing new. */
  #pause(): Next {
    const { run, context } = this.#lane
    const { lanePollFirstMs, lanePollLocalMs, lanePollMostMs } = run.limits
    const { endpoint } = context.route
    const firstMs = endpoint !== null && isLoopback(endpoint) ? lanePollLocalMs : lanePollFirstMs
    return { kind: 'wait', ms: Math.min(lanePollMostMs, firstMs * 1.5 ** this.#waited++) }
  }
}

const mostClearings = 5

/** Something happens once, and whoever waits for it goes on. */
class Signal {
  readonly promise: Promise<void>
  #resolve: () => void = () => undefined

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  give(): void {
    this.#resolve()
  }
}

function isGone(reason: Reason): boolean {
  return 'raw' in reason && reason.raw?.status === 404
}

function isRefused(reason: Reason): boolean {
  const status = ('raw' in reason ? reason.raw?.status : null) ?? 0
  return status >= 400 && status < 500
}

function reasonOfCrash(error: unknown): Reason {
  if (error instanceof Error && 'code' in error) return journalFailure(fileErrorCode(error))
  return fail({ code: 'internal_error', detail: error instanceof Error ? error.message : String(error) }).reason
}
