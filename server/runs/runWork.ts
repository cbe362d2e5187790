import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { CascadeCounts, FellBack, RunHint, RunView, SourceNotes } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { toEnglish } from '../../shared/message.ts'
import { auditInterval, CascadeQueue } from '../engine/cascadeQueue.ts'
import { ItemQueue, type ItemQueueEvents } from '../engine/itemQueue.ts'
import { judgeSource } from '../engine/judgeSource.ts'
import { failedResult } from '../engine/resultJson.ts'
import { createSuggestionBox, type FinalState, type SuggestedName, UniformVerdicts } from '../engine/runTally.ts'
import { StopRules } from '../engine/stopRules.ts'
import type { TaskContext } from '../engine/taskContext.ts'
import type { WorkItem } from '../engine/workItem.ts'
import type { ItemOrigin } from '../journal/itemIndex.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { EntryStream, ReadableEntry } from '../sources/sourceEntry.ts'
import { BatchLane, type LaneJudging } from './batchLane.ts'
import { KnownTexts } from './knownTexts.ts'
import type { JoinedRun, PreparedRun } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'
import type { RunLifecycle } from './runLifecycle.ts'
import type { RunRecord } from './runRecord.ts'

/** Enough to see what it is about. */
const mostNotes = 20

/**
 * Takes the items of a run's source through its models. Results have one direction: queue and models give them to `#addResult`, which
 * puts them into the record and only then passes them on to the queue, so that items with the same text get theirs, by the same way.
 */
export class RunWork {
  readonly #context: RunContext
  readonly #prepared: PreparedRun
  readonly #lifecycle: RunLifecycle
  readonly #record: RunRecord
  readonly #onResult: () => void
  readonly #suggestions: ReturnType<typeof createSuggestionBox>
  readonly #verdicts: UniformVerdicts
  readonly #fellBack: FellBack[]
  #queue: ItemQueue | null = null
  #notes: SourceNotes | null = null
  readonly #lane: BatchLane | null
  /** What its cascade learns from besides; null: it has none. */
  #known: KnownTexts | null = null
  #cascade: CascadeCounts | null = null

  constructor(
    context: RunContext,
    prepared: PreparedRun,
    run: { lifecycle: RunLifecycle; record: RunRecord; onResult(): void },
  ) {
    this.#context = context
    this.#prepared = prepared
    this.#lifecycle = run.lifecycle
    this.#record = run.record
    this.#onResult = run.onResult
    this.#suggestions = createSuggestionBox(context.limits.suggestions)
    this.#fellBack = structuredClone(prepared.fellBack ?? [])
    const { lifecycle, record, onResult: onChange } = run
    this.#lane =
      prepared.header.request.lane === 'batch'
        ? new BatchLane(context, prepared, { lifecycle, record, onChange })
        : null
    this.#cascade = prepared.cascade ?? null
    const offered = prepared.connected.tasks.find(({ task }) => task === 'categorization')?.profile.offered
    this.#verdicts = new UniformVerdicts(offered?.length ?? 0)
  }

  /** Items met so far, and how many there are; null until the source was read to its end. */
  progress(): { met: number; total: number | null } {
    return { met: this.#queue?.met() ?? 0, total: this.#queue?.total() ?? null }
  }

  /** Of what was read of the source so far; null: nothing is to be said of it. */
  notes(): SourceNotes | null {
    return this.#notes
  }

  /** Of its batches. */
  lane(): Pick<RunView, 'lane'> {
    return this.#lane ? { lane: this.#lane.view() } : {}
  }

  suggestions(): SuggestedName[] {
    return this.#suggestions.take()
  }

  hint(): RunHint | undefined {
    return this.#verdicts.hint(this.#prepared.hint)
  }

  fellBack(): Pick<RunView, 'fellBack'> {
    return this.#fellBack.length > 0 ? { fellBack: structuredClone(this.#fellBack) } : {}
  }

  cascade(): Pick<RunView, 'cascade'> {
    const counts = this.#cascade
    const { proxy } = this.#prepared.header.request.cascade ?? {}
    const named = proxy ? { proxy } : {}
    return counts ? { cascade: { ...structuredClone(counts), ...named, interval: auditInterval(counts) } } : {}
  }

  #noteFallback({ task, route: { provider, model, fallbackFor } }: TaskContext, items: number): void {
    const when = fallbackFor?.when ?? 'failing'
    const known = this.#fellBack.find(
      (each) => each.task === task && each.provider === provider && each.model === model && each.when === when,
    )
    if (known) known.items += items
    else this.#fellBack.push({ task, provider, model, when, items })
  }

  /** Goes through the source until it has come to its end or the run stops. */
  async judge({ contexts, proxy }: Pick<JoinedRun, 'contexts' | 'proxy'>): Promise<void> {
    const { header, connected } = this.#prepared
    const { stopping, aborting } = this.#lifecycle
    const stop = (reason: Reason): void => this.#lifecycle.stop(reason)
    const judging: LaneJudging = {
      runId: header.runId,
      contexts,
      stopping,
      aborting,
      stop,
      record: (work, status, resultJson) => this.#addResult(work, status, resultJson),
      recordCategorized: (work, categorized) => this.#record.addCategorized(work, categorized),
      whenWritten: () => this.#record.whenWritten(),
      onCategorized: (verdict) => {
        this.#suggestions.add(verdict)
        this.#verdicts.add(verdict)
      },
      onFallback: (context, items) => this.#noteFallback(context, items),
      ...this.#watch(stop),
    }
    await this.#lane?.judge(contexts, judging, () => this.#openQueue({ leavesDuplicates: true }))
    if (stopping.aborted) return
    const queue = await this.#openQueue()
    const cascade = this.#openCascade(judging, queue, proxy)
    await judgeSource({
      ...judging,
      queue: cascade ?? queue,
      workers: connected.concurrency.most,
      ...(cascade ? { onVerdicts: (work, verdicts) => cascade.judged(work, verdicts) } : {}),
    })
    if (this.#cascade) this.#record.noteCascade(this.#cascade)
    const failure = queue.failure()
    if (failure) stop(failure)
    if (!stopping.aborted) this.#record.dropVanished()
  }

  /** Null: the model is asked about everything. */
  #openCascade(judging: LaneJudging, source: ItemQueue, proxy: TaskContext | null): CascadeQueue | null {
    const { header, cascade, connected } = this.#prepared
    const { promise } = header.request.cascade ?? {}
    if (promise === undefined) return null
    const { clock, random, labelsOf } = this.#context
    this.#known = new KnownTexts({
      readResult: (item) => this.#record.read(item),
      keyOf: (item) => this.#record.index().key(item),
      labels: labelsOf?.(header.request) ?? Promise.resolve(null),
    })
    const { contexts, stopping, aborting, stop } = judging
    const nothing = (): void => undefined
    // What it answers is no answer of the run's model: rules about those do not count for it.
    const calls = { stopping, aborting, stop, onAnswered: nothing, onRefused: nothing }
    const { most: workers } = connected.concurrency
    const queue = new CascadeQueue({
      ...{ runId: header.runId, promise, contexts, source, clock, random, before: cascade ?? null },
      proxy: proxy && { context: proxy, calls, workers },
      known: async () => (await this.#known?.take()) ?? { texts: [], own: { asked: 0, decided: 0 } },
      onCounts: (counts) => {
        this.#cascade = counts
        this.#record.noteCascade(counts)
        this.#onResult()
      },
    })
    this.#lifecycle.stopping.addEventListener('abort', () => queue.close(), { once: true })
    return queue
  }

  /** The source is read from its beginning; the lane reads it once more for what it has left. */
  async #openQueue({ leavesDuplicates = false } = {}): Promise<ItemQueue> {
    const { opened, connected, header, retriesFailed, reuse } = this.#prepared
    const isFirst = this.#queue === null
    if (!isFirst) this.#record.index().forgetSeen()
    const { readAhead, readAheadCharacters } = this.#context.limits
    const toPlainText = await loadPlainText()
    const queue = new ItemQueue(this.#noting(isFirst ? opened.entries : opened.source.read()), {
      leavesDuplicates,
      index: this.#record.index(),
      toPlainText,
      longestText: connected.longestText,
      limit: header.request.limit ?? null,
      nearDuplicates: header.request.nearDuplicates ?? null,
      readAhead,
      readAheadCharacters,
      retriesFailed,
      reuse,
      whenWritten: () => this.#record.whenWritten(),
      readResult: (item) => this.#record.read(item),
      events: this.#queueEvents(),
    })
    this.#queue = queue
    // A queue that is read to its end is let go: of a million items it holds what is the same in them.
    if (isFirst) this.#lifecycle.stopping.addEventListener('abort', () => void this.#queue?.close(), { once: true })
    return queue
  }

  async *#noting(entries: EntryStream): EntryStream {
    for (;;) {
      const next = await entries.next()
      if (next.done) return next.value
      for (const entry of next.value) if (entry.kind === 'readable' && entry.note) this.#addNote(entry, entry.note)
      yield next.value
    }
  }

  #addNote({ id, place }: ReadableEntry, note: LocalizableMessage): void {
    const { items, first } = this.#notes ?? { items: 0, first: [] }
    const told = { item: id ?? place, message: toEnglish(note), localizable: note }
    this.#notes = { items: items + 1, first: first.length < mostNotes ? [...first, told] : first }
  }

  #queueEvents(): ItemQueueEvents {
    const { runId } = this.#prepared.header
    return {
      kept: (item, at, text) => {
        this.#record.move(item, at)
        this.#known?.keep(item, text)
      },
      reopened: (item) => this.#record.reopen(item),
      reused: (work, { status, resultJson, origin }) => {
        this.#known?.reuse(work, resultJson)
        this.#addResult(work, status, resultJson, origin ?? 'reused')
      },
      shared: (work, { status, resultJson, origin, category }) => {
        this.#addResult(work, status, resultJson, origin)
        if (category) this.#suggestions.add(category)
      },
      broken: (work, status, error) => {
        const { id, inputHash, shown } = work
        this.#addResult(work, status, failedResult({ runId, id, inputHash, ...shown }, status, error))
      },
    }
  }

  /** Whether it is worth going on. */
  #watch(
    stop: (reason: Reason) => void,
  ): Pick<Parameters<typeof judgeSource>[0], 'onJudged' | 'onAnswered' | 'onRefused'> {
    const rules = new StopRules(this.#prepared.header.request.stopWhen, this.#context.limits.failuresBeforeStop)
    const refusals = new EqualRefusals()
    return {
      onJudged(failure, categories) {
        const met = rules.judged(failure, categories)
        if (met) stop(fail(met).reason)
      },
      onAnswered(task, answer, reason) {
        refusals.answered()
        const met = rules.answered(task, answer, reason)
        if (met) stop(fail(met).reason)
      },
      onRefused(reason) {
        if (refusals.refused(reason)) stop(reason)
      },
    }
  }

  #addResult(work: WorkItem, status: FinalState, resultJson: string, origin: ItemOrigin = 'judged'): void {
    this.#record.add(work, status, resultJson, origin)
    this.#onResult()
    this.#queue?.recorded(work.item, status, resultJson)
  }

  /** Lets go of all that was read from. */
  async close(): Promise<void> {
    const { opened, reuse } = this.#prepared
    await this.#queue?.close()
    await opened.close()
    await reuse?.close()
  }
}

const mostEqualRefusals = 3

/** Sees when a provider refuses every request in the same words, and has never answered one: the next ones would be refused, too. */
export class EqualRefusals {
  #hasAnswered = false
  #last: { text: string; times: number } | null = null

  answered(): void {
    this.#hasAnswered = true
  }

  /** True when the run should stop. */
  refused(reason: Reason): boolean {
    if (this.#hasAnswered) return false
    const text = inGeneral(reason)
    this.#last = { text, times: this.#last?.text === text ? this.#last.times + 1 : 1 }
    return this.#last.times >= mostEqualRefusals
  }
}

/** Without what differs from call to call: numbers, ids of requests, times. */
function inGeneral({ code, message }: Reason): string {
  return `${code} ${message.replace(/[\da-f-]*\d[\da-f-]*/gi, '#')}`
}
