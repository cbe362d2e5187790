import type { FileHandle } from 'node:fs/promises'
import { fail, type Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { instant } from './clock.ts'
import { createFeed, type Feed, type FeedEvents } from './engine/feed.ts'
import { judgeSource } from './engine/judgeSource.ts'
import { failedResult } from './engine/resultJson.ts'
import type { JournaledSpending } from './engine/runSpending.ts'
import type { FinalState } from './engine/runTally.ts'
import { countsOf, createFailureStreak, createSuggestionBox } from './engine/runTally.ts'
import { createStopRules } from './engine/stopRules.ts'
import type { Reuse, WorkItem } from './engine/workItem.ts'
import { loadPlainText } from './items/plainText.ts'
import type { ItemIndex, ItemOrigin } from './journal/itemIndex.ts'
import type { JournalHeader } from './journal/journalLines.ts'
import type { RunOwner, RunWish } from './ledger.ts'
import { OwnedRow } from './ownedRow.ts'
import { type ConnectedRun, joinProviders, type OpenedSource } from './prepareRun.ts'
import { createProgress } from './progress.ts'
import { createProgressNote } from './progressNote.ts'
import type { RunContext } from './runContext.ts'
import { RunLifecycle } from './runLifecycle.ts'
import { createRunOutput } from './runOutput.ts'
import { RunRecord } from './runRecord.ts'

/** A run that this process works on. */
export interface LiveRun {
  view(): RunView
  index(): ItemIndex
  /** What has a result so far is on disk, where readers look. */
  flush(): Promise<Outcome<null>>
  cancel(): void
  /** Takes up nothing new; calls under way have a moment to end well. */
  pause(): void
  /** The server ends; the run can be resumed. */
  interrupt(): void
  /** Settles when everything is written. */
  ended: Promise<RunView>
}

export interface LiveRunParts {
  header: JournalHeader
  owner: RunOwner
  opened: OpenedSource
  connected: ConnectedRun
  journal: { handle: FileHandle; position: number }
  index: ItemIndex
  /** A completed run is run again for its failed items. */
  retriesFailed: boolean
  spending: JournaledSpending
  /** Milliseconds in which others have worked on it before. */
  workedMs: number
  revision: RunView['revision']
  reuse: Reuse | null
}

export function startLiveRun(context: RunContext, parts: LiveRunParts): LiveRun {
  const { clock, limits } = context
  const { header, opened, owner } = parts
  const { runId, request } = header
  const suggestions = createSuggestionBox(limits.suggestions)
  const streak = createFailureStreak(limits.failuresBeforeStop)
  const stopRules = createStopRules(request.stopWhen)
  let { revision } = parts
  const begunAt = clock.monotonic()
  let finishedAt: string | null = null
  let endedAt: number | null = null
  let feed: Feed | null = null
  let pausedUntil: number | null = null

  const course = new RunLifecycle({ clock, limits })
  const row = new OwnedRow(context, { runId, owner, journal: parts.journal.handle })
  const record = new RunRecord(
    context,
    { runId, journal: parts.journal, index: parts.index, spending: parts.spending },
    {
      mayWrite: () => row.check(),
      failure: (reason) => course.stopAtOnce(reason),
    },
  )
  const output = createRunOutput(context, header)
  const note = createProgressNote(context, context.journalPath(runId))
  const progress = createProgress({
    clock,
    everyMs: limits.progressEveryMs,
    signal: course.finished,
    tell() {
      const now = view()
      context.onProgress(now)
      void note.keep(now)
    },
  })

  const joined = joinProviders(context, parts.connected, (until) => {
    if (until === pausedUntil) return
    pausedUntil = until
    progress.changed()
  })

  function view(): RunView {
    return {
      runId,
      state: course.state(),
      tasks: header.routes.map((route) => route.task),
      source: opened.source.label,
      ...(header.evaluation ? { evaluation: header.evaluation } : {}),
      counts: countsOf(record.tally(), knownItems(), feed?.total() ?? null),
      reason: course.reason(),
      routes: header.routes,
      resultsPath: header.resultsPath,
      profile: header.profileFrom ?? null,
      ...(request.stopWhen ? { stopWhen: request.stopWhen } : {}),
      spent: parts.spending.used,
      revision,
      startedAt: header.startedAt,
      finishedAt,
      workedMs: Math.round(parts.workedMs + (endedAt ?? clock.monotonic()) - begunAt),
      parkedUntil: course.state() === 'running' && pausedUntil !== null ? instant(pausedUntil) : null,
    }
  }

  /** Once nothing goes on, items that were only read ahead say nothing about how many are left. */
  function knownItems(): number {
    return finishedAt === null ? (feed?.met() ?? 0) : 0
  }

  /** Every result comes this way into the run; items with the same text get theirs from it in turn. */
  function addResult(work: WorkItem, status: FinalState, resultJson: string, origin: ItemOrigin = 'judged'): void {
    record.add(work, status, resultJson, origin)
    progress.changed()
    feed?.recorded(work.item, status, resultJson)
  }

  const feedEvents: FeedEvents = {
    reused: (item, { status, resultJson }) => addResult(item, status, resultJson, 'reused'),
    shared: (item, { status, resultJson, origin, category }) => {
      addResult(item, status, resultJson, origin)
      if (category) suggestions.add(category)
    },
    kept: (item, at) => record.move(item, at),
    reopened: (item) => record.reopen(item),
    broken: (item, status, error) =>
      addResult(item, status, failedResult({ runId, id: item.id, inputHash: item.inputHash }, status, error)),
  }

  async function judge(): Promise<void> {
    const { concurrency, longestText } = parts.connected
    const { stopping, aborting } = course
    const stop = (reason: Reason): void => course.stop(reason)
    const { readAhead, readAheadCharacters } = limits
    const whenWritten = (): Promise<void> => record.whenWritten()
    feed = createFeed(opened.entries, {
      index: record.index(),
      toPlainText: await loadPlainText(),
      limit: request.limit ?? null,
      retriesFailed: parts.retriesFailed,
      reuse: parts.reuse,
      readResult: (item) => record.read(item),
      events: feedEvents,
      ...{ longestText, readAhead, readAheadCharacters, whenWritten },
    })
    const reading = feed
    stopping.addEventListener('abort', () => void reading.close(), { once: true })
    await judgeSource({
      ...{ runId, contexts: joined.contexts, feed, workers: concurrency.most, stopping, aborting, stop, whenWritten },
      record: addResult,
      onCategorized: suggestions.add,
      onJudged(failure, categories) {
        if (failure === null) streak.worked()
        else if (streak.failed(failure)) stop(failure)
        const met = stopRules.judged(failure, categories)
        if (met) stop(fail(met).reason)
      },
      onAnswered(task, asked, used) {
        const met = stopRules.answered(task, asked, used)
        if (met) stop(fail(met).reason)
      },
    })
    const failure = feed.failure()
    if (failure) stop(failure)
    if (!stopping.aborted) record.dropVanished()
  }

  /** Only as long as the run is ours. */
  async function saveView(isOver: boolean): Promise<void> {
    const saved = await row.save(view(), isOver)
    if (saved) revision = saved.revision
  }

  async function judgeOrTell(): Promise<void> {
    try {
      await judge()
    } catch (error) {
      context.log(`run ${runId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      const detail = error instanceof Error ? error.message : String(error)
      course.stopAtOnce(fail({ code: 'internal_error', detail }).reason)
    }
  }

  /** What was found is on disk, and everything that the run held is let go. */
  async function close(): Promise<void> {
    course.settle()
    joined.leave()
    record.stopSpending()
    await feed?.close()
    await opened.close()
    await parts.reuse?.close()
    const closed = await record.close()
    if (!closed.ok) course.stop(closed.reason)
    // At shutdown there is no time; the results are in the journal.
    else if (course.state() !== 'interrupted') await writeOutput()
  }

  async function writeOutput(): Promise<void> {
    const isRunning = course.state() === 'running'
    const failure = await output.write(record.index(), isRunning)
    if (failure === null) return
    if (isRunning) course.stop(failure)
    else context.log(`run ${runId}: ${failure.message}`)
  }

  function applyCommand(command: RunWish): void {
    if (command === 'pause') course.pause()
    else course.end('cancelled')
  }

  async function heedCommand(): Promise<void> {
    const command = await row.requestedCommand()
    if (command) applyCommand(command)
  }

  async function run(): Promise<RunView> {
    const beating = row.beat(course.finished, {
      command: applyCommand,
      lost: (reason) => course.stopAtOnce(reason),
      countsDue: () => saveView(false),
    })
    const foreign = context.ledger.onForeignChange?.(() => void heedCommand())
    if (request.stopWhen?.maxSeconds !== undefined)
      void course.stopAfter(request.stopWhen.maxSeconds, () => record.done())
    await judgeOrTell()
    await close()
    finishedAt = instant(clock.now())
    endedAt = clock.monotonic()
    course.finish()
    foreign?.dispose()
    await beating
    if (!row.isLost()) await saveView(true)
    await note.remove()
    await output.settle(revision)
    context.onSuggestions(suggestions.take(), request)
    context.onProgress(view())
    context.onChange()
    return view()
  }

  progress.changed()
  return {
    view,
    index: () => record.index(),
    flush: () => record.flush(),
    cancel: () => course.end('cancelled'),
    pause: () => course.pause(),
    interrupt: () => course.end('interrupted'),
    ended: run(),
  }
}
