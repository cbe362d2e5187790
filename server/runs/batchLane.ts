import type { Reason } from '../../protocol/reasons.ts'
import type { LaneBatch, RunLane } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { CallFacts } from '../engine/askStrategy.ts'
import type { ItemQueue } from '../engine/itemQueue.ts'
import { begin, isComplete, type JudgingOptions } from '../engine/judgeSource.ts'
import type { BatchPort, BatchReservation } from '../engine/modelClient.ts'
import { contextsInOrder, type TaskContext, type TaskContexts } from '../engine/taskContext.ts'
import type { WorkItem } from '../engine/workItem.ts'
import { instant } from '../files/clock.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { Column } from '../journal/column.ts'
import { journalFailure } from '../journal/journalWriter.ts'
import type { LaneEvents } from './laneAnswers.ts'
import { LaneBatchRun } from './laneBatchRun.ts'
import { type LaneBatchNote, LaneFiles, laneFolder, TicketReader } from './laneFiles.ts'
import { PackedBatch, type PackedRequest, ticketOf } from './packedBatch.ts'
import type { PreparedRun } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import type { RunLifecycle } from './runLifecycle.ts'
import type { RunRecord } from './runRecord.ts'

/** Batches that are worth a wait; what is left of fewer items goes to single calls. */
const leastItemsOfRound = 500
const mostRounds = 3
/** So many items without a single answer are no chance. */
const leastItemsLost = 20
/** Of a cap, what one batch may set aside: its worst is far above what it will cost, and others are to have room beside it. */
const shareOfCap = 0.25
/** Batches that are not read yet; beyond, packing waits. */
const mostOpen = 64

export type LaneJudging = Omit<JudgingOptions, 'queue' | 'workers'>

/**
 * Takes a run's items through batches: packs them as calls are packed, hands the requests to the provider's batch API, waits for days if
 * need be, and reads the answers as those of calls. What has no usable answer in the end is left open, for single calls. All that it knows
 * is on disk before it acts on it, so that whoever resumes the run goes on where this process was, and no item is sent or paid for twice.
 */
export class BatchLane {
  readonly #context: RunContext
  readonly #prepared: PreparedRun
  readonly #lifecycle: RunLifecycle
  readonly #record: RunRecord
  readonly #files: LaneFiles
  readonly #onChange: () => void
  /** By the item's number: it is in a batch that is not read yet. */
  readonly #pending = new Column((length) => new Uint8Array(length))
  readonly #batches = new Map<number, LaneBatchRun>()
  readonly #categorized: NonNullable<LaneEvents['categorized']> = new Map()
  readonly #late = new AbortController()
  #reading: Promise<void> = Promise.resolve()
  /** Why an answer could not be used, the last one; null: all could. */
  #unusable: Reason | null = null

  constructor(
    context: RunContext,
    prepared: PreparedRun,
    run: { lifecycle: RunLifecycle; record: RunRecord; onChange(): void },
  ) {
    this.#context = context
    this.#prepared = prepared
    this.#lifecycle = run.lifecycle
    this.#record = run.record
    this.#onChange = run.onChange
    this.#files = new LaneFiles(context.files, laneFolder(context.journalPath(prepared.header.runId)))
  }

  view(): RunLane {
    const notes = this.#files.all()
    const open = notes.filter(({ read }) => read === null)
    const sum = (of: (note: LaneBatchNote) => number) => notes.reduce((total, note) => total + of(note), 0)
    const deadlineAt = this.#deadlineAt()
    const shown = [...open, ...notes.filter(({ read }) => read !== null).toReversed()].slice(0, 20)
    return {
      batches: notes.length,
      open: open.length,
      waiting: open.reduce((total, { items }) => total + items, 0),
      answered: sum(({ read }) => read?.answered ?? 0),
      left: sum(({ read }) => read?.left ?? 0),
      deadlineAt: deadlineAt === null ? null : instant(deadlineAt),
      list: shown.map(viewOfBatch),
    }
  }

  /** Settles when batches can do no more, or the run stops. `openQueue`: reads the source from its beginning. */
  async judge(contexts: TaskContexts, judging: LaneJudging, openQueue: () => Promise<ItemQueue>): Promise<void> {
    try {
      await this.#files.open()
      for (const context of contextsInOrder(contexts)) await this.#resumeBatches(context, judging)
      void this.#watchDeadline()
      for (const context of contextsInOrder(contexts)) await this.#takeThrough(context, judging, openQueue)
      // What not one answer could be used of would be lost by single calls, too, at twice the price.
      const { answered, left } = this.view()
      if (answered === 0 && left >= leastItemsLost && this.#unusable) this.#lifecycle.stop(this.#unusable)
    } catch (error) {
      this.#lifecycle.stopAtOnce(journalFailure(fileErrorCode(error)))
    } finally {
      await Promise.all([...this.#batches.values()].map((batch) => batch.rest(this.#lifecycle.state() === 'cancelled')))
      await this.#files.close()
    }
  }

  async #takeThrough(context: TaskContext, judging: LaneJudging, openQueue: () => Promise<ItemQueue>): Promise<void> {
    const { batch: port } = context.model
    if (!port) return
    for (let round = 0; round < mostRounds; round++) {
      const before = this.view()
      const packed = this.#isOver() ? 0 : await this.#packAll(context, port, judging, await openQueue())
      await Promise.all([...this.#batches.values()].map((batch) => batch.ended))
      const { answered, left } = this.view()
      const isWorthARound = left - before.left >= leastItemsOfRound && answered > before.answered
      if (this.#isOver() || packed === 0 || !isWorthARound) return
    }
  }

  #isOver(): boolean {
    return this.#lifecycle.stopping.aborted || this.#late.signal.aborted
  }

  /** Puts what is to be asked into batches, one after the other; answers how many items. */
  async #packAll(context: TaskContext, port: BatchPort, judging: LaneJudging, queue: ItemQueue): Promise<number> {
    let packed = 0
    let packing: PackedBatch | null = null
    try {
      while (!this.#isOver()) {
        await judging.whenWritten()
        const items = await queue.next(context.batch.current())
        if (items.length === 0) break
        const open = items.filter((item) => this.#isWanted(item, context, judging.contexts))
        if (open.length === 0) continue
        packing ??= await this.#beginBatch()
        const request = await this.#prepare(context, port, open, packing)
        if (request === null) continue
        if (packing.requests > 0 && !this.#fits(packing, request, port)) {
          if (!(await this.#send(context, port, judging, packing))) return packed
          packing = await this.#beginBatch()
          const again = await this.#prepare(context, port, open, packing)
          if (again === null) continue
          await packing.add(again)
        } else await packing.add(request)
        packed += open.length
      }
      if (packing && packing.requests > 0 && !this.#isOver()) await this.#send(context, port, judging, packing)
      return packed
    } finally {
      await queue.close()
      await packing?.discard()
    }
  }

  /** What is known of an item without asking is settled at once; what is in a batch is waited for. */
  #isWanted(item: WorkItem, context: TaskContext, contexts: TaskContexts): boolean {
    if (this.#pending.get(item.item) === 1) return false
    const categorized = item.categorized ?? this.#categorized.get(item.item)
    const found = begin({ ...item, categorized })
    // Single calls settle it without asking.
    if (isComplete(found, contexts) || found.verdicts[context.task] !== undefined) return false
    return context.task === 'categorization' || contexts.categorization === null || categorized !== undefined
  }

  #fits(packing: PackedBatch, request: PackedRequest, { limits, capUsd }: BatchPort): boolean {
    const { laneRequests, laneBytes } = this.#context.limits
    const mostUsd = packing.mostUsd === null ? null : packing.mostUsd + (request.mostUsd ?? 0)
    return (
      packing.requests < Math.min(limits.requests, laneRequests) &&
      packing.bytes + request.bytes <= Math.min(limits.bytes, laneBytes) &&
      (capUsd === null || mostUsd === null || mostUsd <= capUsd * shareOfCap)
    )
  }

  /** The request of a call about these items, as the strategy would make it, taken instead of sent. Null: none can be taken. */
  async #prepare(
    context: TaskContext,
    port: BatchPort,
    items: readonly WorkItem[],
    packing: PackedBatch,
  ): Promise<PackedRequest | null> {
    const turn = new AbortController().signal
    let taken: PackedRequest | null = null
    context.turns?.take(turn, async (request) => {
      const prepared = await port.prepare(`${packing.name}-${packing.requests}`, request)
      const bytes = prepared ? Buffer.byteLength(prepared.line) + 1 : 0
      if (prepared && bytes <= port.limits.bytes)
        taken = { ...prepared, bytes, items, ticket: ticketOf(request.mode, request.work.items, items) }
      return fail({ code: 'cancelled' })
    })
    const { call } = await context.strategy.ask(items, firstAttempt, turn)
    return withExamples(taken, call)
  }

  async #beginBatch(): Promise<PackedBatch> {
    await this.#waitForRoom()
    const number = Math.max(0, ...this.#files.all().map((note) => note.number)) + 1
    const { drawMark } = this.#context
    return await PackedBatch.begin(this.#context, this.#files, number, `llmp-${drawMark()}${drawMark()}-${number}`)
  }

  async #waitForRoom(): Promise<void> {
    for (;;) {
      const open = [...this.#batches.values()].filter(({ isOpen }) => isOpen)
      if (open.length < mostOpen || this.#isOver()) return
      await Promise.race(open.map(({ ended }) => ended))
    }
  }

  /** False: the run stops. */
  async #send(context: TaskContext, port: BatchPort, judging: LaneJudging, packing: PackedBatch): Promise<boolean> {
    const { mostUsd } = packing
    const reserved = await port.reserve(mostUsd ?? 0, this.#lifecycle.stopping)
    if (!reserved.ok) {
      if (reserved.reason.code !== 'cancelled') this.#lifecycle.stop(reserved.reason)
      return false
    }
    await packing.close()
    const { provider, model } = context.route
    const note = packing.note({ task: context.task, provider, model, preparedAt: this.#context.clock.now() })
    await this.#files.note(note)
    for (const item of packing.items) this.#pending.set(item, 1)
    packing.isKept = true
    const batch = this.#batchRun(context, port, judging, note, reserved.value)
    batch.start({ mayExist: false })
    // The next one is packed once this one is with the provider: nothing piles up on this machine.
    await batch.submitted
    return true
  }

  async #resumeBatches(context: TaskContext, judging: LaneJudging): Promise<void> {
    const { batch: port } = context.model
    if (!port) return
    const index = this.#record.index()
    for (const note of this.#files.all()) {
      if (note.isDone || note.task !== context.task) continue
      if (note.read === null) {
        const tickets = await TicketReader.open(
          this.#context.files,
          this.#files.path(note.number, 'items'),
          note.requests,
        )
        for (let request = 0; request < tickets.size; request++) {
          for (const { key } of (await tickets.read(request)).items) {
            const found = index.find(key)
            this.#pending.set(found === -1 ? index.add(key) : found, 1)
          }
        }
        await tickets.close()
      }
      const reservation = note.read === null ? await port.restore(note.mostUsd ?? 0) : { settle: () => undefined }
      this.#batchRun(context, port, judging, note, reservation).start({ mayExist: true })
    }
  }

  #batchRun(
    context: TaskContext,
    port: BatchPort,
    judging: LaneJudging,
    note: LaneBatchNote,
    reservation: BatchReservation,
  ): LaneBatchRun {
    const batch = new LaneBatchRun({
      run: this.#context,
      lifecycle: this.#lifecycle,
      record: this.#record,
      files: this.#files,
      late: this.#late.signal,
      ...{ context, port, judging, note, reservation },
      reuse: this.#prepared.reuse,
      categorized: this.#categorized,
      release: (item) => this.#pending.set(item, 0),
      // One at a time: what reading holds in memory is that of one batch.
      readInTurn: (read) => {
        const turn = this.#reading.then(read)
        this.#reading = turn.then(
          () => undefined,
          () => undefined,
        )
        return turn
      },
      hasOthersWorking: () =>
        [...this.#batches.values()].some((other) => other !== batch && other.isOpen && other.isWithProvider),
      onUnusable: (reason) => {
        this.#unusable = reason
      },
      onChange: this.#onChange,
    })
    this.#batches.set(note.number, batch)
    return batch
  }

  #deadlineAt(): number | null {
    const { request, startedAt } = this.#prepared.header
    return request.deadlineSeconds === undefined ? null : Date.parse(startedAt) + request.deadlineSeconds * 1000
  }

  async #watchDeadline(): Promise<void> {
    const deadlineAt = this.#deadlineAt()
    if (deadlineAt === null) return
    const { clock } = this.#context
    while (!this.#lifecycle.stopping.aborted && clock.now() < deadlineAt)
      await clock.wait(deadlineAt - clock.now(), this.#lifecycle.stopping)
    if (clock.now() >= deadlineAt) this.#late.abort()
  }
}

/** Which examples it shows, where each call has its own, stands in the receipts. */
function withExamples(request: PackedRequest | null, { examples }: Pick<CallFacts, 'examples'>): PackedRequest | null {
  return request && examples ? { ...request, ticket: { ...request.ticket, examples } } : request
}

const firstAttempt = { unusable: 0, cutOff: 0, simplerThan: null, isRepeat: false }

function viewOfBatch({ number, task, provider, id, said, requests, items, ...note }: LaneBatchNote): LaneBatch {
  const { answeredRequests: answered } = note
  return { number, task, provider, id, state: stateOf({ ...note, id }), said, requests, items, answered }
}

function stateOf({ read, outcome, id, file }: Pick<LaneBatchNote, 'read' | 'outcome' | 'id' | 'file'>) {
  if (read !== null) return 'done'
  if (outcome !== 'working') return 'over'
  if (id !== null) return 'working'
  return file === null ? 'prepared' : 'uploaded'
}
