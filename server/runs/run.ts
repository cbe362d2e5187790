import type { Outcome } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { countsOf } from '../engine/runTally.ts'
import { instant } from '../files/clock.ts'
import type { RunCommand } from './ledger.ts'
import { OwnedRow } from './ownedRow.ts'
import { type JoinedRun, joinProviders, type PreparedRun } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import { RunLifecycle } from './runLifecycle.ts'
import { RunOutput } from './runOutput.ts'
import { RunPace } from './runPace.ts'
import { ProgressNote, ProgressTimer } from './runProgress.ts'
import { RunRecord } from './runRecord.ts'
import { runProgress, runView } from './runView.ts'
import { RunWork } from './runWork.ts'
import { type CountedTotal, SourceCount } from './sourceCount.ts'

/** A run that this process works on. */
export class Run {
  readonly #context: RunContext
  readonly #prepared: PreparedRun
  readonly #lifecycle: RunLifecycle
  readonly #row: OwnedRow
  readonly #record: RunRecord
  readonly #output: RunOutput
  readonly #note: ProgressNote
  readonly #progress: ProgressTimer
  readonly #work: RunWork
  readonly #pace = new RunPace()
  readonly #count: SourceCount
  readonly #begunAt: number
  #ended: Promise<RunView> | null = null
  #pausedUntil: number | null = null
  #revision: RunView['revision']
  #over: { finishedAt: string; at: number } | null = null

  constructor(context: RunContext, prepared: PreparedRun) {
    const { clock, limits } = context
    const { header, owner, journal, index, spending } = prepared
    const { runId } = header
    this.#context = context
    this.#prepared = prepared
    this.#revision = prepared.revision
    this.#begunAt = clock.monotonic()
    const lifecycle = new RunLifecycle({ clock, limits })
    const row = new OwnedRow(context, { runId, owner, journal: journal.handle })
    this.#lifecycle = lifecycle
    this.#row = row
    this.#record = new RunRecord(
      context,
      { runId, journal, index, spending },
      { mayWrite: () => row.check(), failure: (reason) => lifecycle.stopAtOnce(reason) },
    )
    this.#output = new RunOutput(context, header)
    this.#note = new ProgressNote(context, context.journalPath(runId))
    this.#progress = new ProgressTimer({
      clock,
      everyMs: limits.progressEveryMs,
      signal: lifecycle.finished,
      onProgress: () => this.#showProgress(),
    })
    const onChange = () => this.#progress.changed()
    this.#count = new SourceCount({ known: prepared.total, limit: header.request.limit ?? null, onChange })
    this.#work = new RunWork(context, prepared, {
      lifecycle,
      record: this.#record,
      onResult: () => this.#progress.changed(),
    })
  }

  /** Settles when everything is written. */
  start(): Promise<RunView> {
    this.#ended ??= this.#run()
    return this.#ended
  }

  /** Calls under way end at once. Settles like the run. */
  cancel(): Promise<RunView> {
    this.#lifecycle.end('cancelled')
    return this.start()
  }

  /** Takes up nothing new; calls under way have a moment to end well. Settles like the run. */
  pause(): Promise<RunView> {
    this.#lifecycle.pause()
    return this.start()
  }

  /** The server ends; the run can be resumed. Settles like the run. */
  interrupt(): Promise<RunView> {
    this.#lifecycle.end('interrupted')
    return this.start()
  }

  /** What has a result so far is on disk, where readers look. */
  flush(): Promise<Outcome<null>> {
    return this.#record.flush()
  }

  view(): RunView {
    const { header, opened, spending, workedMs } = this.#prepared
    // What ends a run does not end the calls under way: until the last of them is counted it goes on.
    const state = this.#over ? this.#lifecycle.state() : 'running'
    const now = this.#over?.at ?? this.#context.clock.monotonic()
    const total = this.#total()
    const counts = countsOf(this.#record.tally(), total?.isExact ? total.items : null)
    const parkedUntil = state === 'running' && this.#pausedUntil !== null ? instant(this.#pausedUntil) : null
    const done = this.#record.done()
    const rate = state === 'running' && parkedUntil === null ? this.#pace.rate(now, done) : null
    return runView(header, opened.source.label, {
      state,
      counts,
      progress: runProgress({ counts, spent: spending.used, total, rate }),
      reason: this.#over ? this.#lifecycle.reason() : null,
      spent: spending.used,
      revision: this.#revision,
      ...foundBatchSize(this.#prepared),
      hint: this.#work.hint(),
      ...this.#work.fellBack(),
      ...this.#work.lane(),
      ...this.#work.cascade(),
      ...notesOf(this.#work),
      ...foundLabelMass(this.#prepared),
      finishedAt: this.#over?.finishedAt ?? null,
      workedMs: Math.round(workedMs + now - this.#begunAt),
      ...(this.#over ? { resultsWritten: this.#output.isWritten() } : {}),
      parkedUntil,
    })
  }

  /** What was read to its end is known best. */
  #total(): CountedTotal | null {
    const { met, total } = this.#work.progress()
    if (total !== null) return { items: total, isExact: true }
    const counted = this.#count.total()
    return counted === null || counted.isExact ? counted : { ...counted, items: Math.max(counted.items, met) }
  }

  async #run(): Promise<RunView> {
    const { clock, ledger } = this.#context
    const { stopWhen } = this.#prepared.header.request
    this.#progress.changed()
    const joined = joinProviders(this.#context, this.#prepared.connected, (until) => this.#setPause(until))
    const beating = this.#row.beat(this.#lifecycle.finished, {
      command: (command) => this.#apply(command),
      lost: (reason) => this.#lifecycle.stopAtOnce(reason),
      countsDue: () => this.#save(false),
    })
    const foreign = ledger.onForeignChange?.(() => void this.#heedCommand())
    if (stopWhen?.maxSeconds !== undefined) {
      void this.#lifecycle.stopAfter(stopWhen.maxSeconds, () => this.#record.done())
    }
    const counting = new AbortController()
    const counted = this.#countSource(AbortSignal.any([counting.signal, this.#lifecycle.stopping]))
    await this.#judgeOrStop(joined)
    counting.abort()
    await this.#close(joined)
    await counted
    this.#over = { finishedAt: instant(clock.now()), at: clock.monotonic() }
    this.#lifecycle.finish()
    foreign?.dispose()
    await beating
    return await this.#conclude()
  }

  /** What cannot be counted is judged all the same. */
  async #countSource(signal: AbortSignal): Promise<void> {
    await this.#count.run(this.#prepared.opened.source, signal).catch((error: unknown) => {
      this.#log(`its items were not counted: ${error instanceof Error ? error.message : String(error)}`)
    })
  }

  /** A bug stops the run, which can be resumed, and not the server. */
  async #judgeOrStop(joined: JoinedRun): Promise<void> {
    try {
      await this.#work.judge(joined)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      this.#log(error instanceof Error ? (error.stack ?? error.message) : detail)
      this.#lifecycle.stopAtOnce(fail({ code: 'internal_error', detail }).reason)
    }
  }

  /** What was found is on disk, and everything that the run held is let go. */
  async #close(joined: JoinedRun): Promise<void> {
    this.#lifecycle.settle()
    joined.leave()
    this.#record.stopSpending()
    await this.#work.close()
    const closed = await this.#record.close()
    if (!closed.ok) this.#lifecycle.stop(closed.reason)
    // At shutdown there is no time; the results are in the journal.
    else if (this.#lifecycle.state() !== 'interrupted') await this.#writeOutput()
  }

  async #writeOutput(): Promise<void> {
    const isComplete = this.#lifecycle.state() === 'running'
    const failure = await this.#output.write(this.#record.index(), isComplete ? this.#record.done() : null)
    if (failure === null) return
    if (isComplete) this.#lifecycle.stop(failure)
    else this.#log(failure.message)
  }

  /** The run has ended: everybody else learns of it. */
  async #conclude(): Promise<RunView> {
    if (!this.#row.isLost()) await this.#save(true)
    await this.#note.remove()
    await this.#output.settle(this.#revision)
    this.#context.onSuggestions(this.#work.suggestions(), this.#prepared.header.request)
    this.#context.onProgress(this.view())
    this.#context.onChange()
    return this.view()
  }

  /** Only as long as the run is ours. */
  async #save(isOver: boolean): Promise<void> {
    const saved = await this.#row.save(this.view(), isOver)
    if (saved) this.#revision = saved.revision
  }

  async #heedCommand(): Promise<void> {
    const command = await this.#row.requestedCommand()
    if (command) this.#apply(command)
  }

  #apply(command: RunCommand): void {
    if (command === 'pause') this.#lifecycle.pause()
    else this.#lifecycle.end('cancelled')
  }

  #setPause(until: number | null): void {
    if (until === this.#pausedUntil) return
    this.#pausedUntil = until
    this.#pace.restart()
    this.#progress.changed()
  }

  #showProgress(): void {
    const { reused } = this.#record.tally()
    this.#pace.note(this.#context.clock.monotonic(), { done: this.#record.done(), reused })
    const view = this.view()
    this.#context.onProgress(view)
    void this.#note.write(view)
  }

  #log(line: string): void {
    this.#context.log(`run ${this.#prepared.header.runId}: ${line}`)
  }
}

/** The smallest size that one of the tasks was found to need. */
function foundBatchSize({ connected }: PreparedRun): Pick<RunView, 'batchSize'> {
  const found = connected.tasks.map(({ batch }) => batch.found()).filter((size) => size !== null)
  return found.length > 0 ? { batchSize: Math.min(...found) } : {}
}

function notesOf(work: RunWork): Pick<RunView, 'notes'> {
  const notes = work.notes()
  return notes ? { notes } : {}
}

/** Of the task that its model understands worst. */
function foundLabelMass({ connected }: PreparedRun): Pick<RunView, 'labelMass'> {
  const found = connected.tasks.map(({ strategy }) => strategy.labelMass?.() ?? null).filter((mass) => mass !== null)
  return found.length > 0 ? { labelMass: Math.min(...found) } : {}
}
