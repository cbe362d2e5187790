import { Buffer } from 'node:buffer'
import { setMaxListeners } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { fail, type Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunState, RunView } from '../../protocol/runs.ts'
import { instant } from './clock.ts'
import { createFeed, type Feed } from './engine/feed.ts'
import { judgeSource } from './engine/judgeSource.ts'
import type { WorkItem } from './engine/lane.ts'
import { failedResult } from './engine/resultJson.ts'
import {
  countResult,
  countsOf,
  createFailureStreak,
  createSuggestionBox,
  type FinalState,
  isFinal,
  type Tally,
  tallyOf,
} from './engine/runTally.ts'
import { createStopRules } from './engine/stopRules.ts'
import { fileErrorCode } from './files.ts'
import { loadPlainText } from './items/plainText.ts'
import type { ItemIndex, ItemOrigin } from './journal/itemIndex.ts'
import { itemLineEnd, itemLineStart, type JournalHeader, noteLine } from './journal/journalLines.ts'
import { createJournalWriter, type JournalWriter } from './journal/journalWriter.ts'
import { inputMark, readJournal } from './journal/readJournal.ts'
import { readExactly } from './journal/readResults.ts'
import type { Judging, OpenedSource } from './prepareRun.ts'
import { createProgress } from './progress.ts'
import { openLabels } from './queries/humanLabels.ts'
import { isStillThere, writeResults } from './results/writeResults.ts'
import type { RunContext } from './runContext.ts'
import type { Reuse, RunOwner, RunSpending } from './runs.ts'

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

/** Until when the providers asked to wait, in epoch milliseconds; null: they did not. */
export interface Pause {
  until: number | null
  changed(): void
}

export interface LiveRunParts {
  header: JournalHeader
  owner: RunOwner
  opened: OpenedSource
  judging: Judging
  journal: { handle: FileHandle; position: number }
  index: ItemIndex
  /** A completed run is run again for its failed items. */
  retriesFailed: boolean
  spending: RunSpending
  revision: RunView['revision']
  reuse: Reuse | null
}

export function startLiveRun(context: RunContext, parts: LiveRunParts, pause: Pause): LiveRun {
  const { clock, limits } = context
  const { header, opened } = parts
  const { runId, request } = header
  const stopping = new AbortController()
  const aborting = new AbortController()
  const finished = new AbortController()
  // One listener for each worker, which are many and go again.
  setMaxListeners(0, stopping.signal, aborting.signal, finished.signal)
  const suggestions = createSuggestionBox(limits.suggestions)
  const streak = createFailureStreak(limits.failuresBeforeStop)
  const stopRules = createStopRules(request.stopWhen)
  const progress = createProgress({
    clock,
    everyMs: limits.progressEveryMs,
    signal: finished.signal,
    tell: () => context.onProgress(view()),
  })
  let index = parts.index
  let { revision } = parts
  let tally: Tally = tallyOf(index)
  let state: RunState = 'running'
  let reason: Reason | null = null
  let finishedAt: string | null = null
  let feed: Feed | null = null
  let journalBroke = false
  let lostOwnership = false
  let lastSeenAt = clock.now()
  let checking: Promise<Reason | null> | null = null
  let reader: Promise<FileHandle> | null = null
  let isJudged = false
  let writtenFile: string | null = null
  let usedNoted = parts.spending.used
  let usedNotedAt = clock.monotonic()

  const journal: JournalWriter = createJournalWriter({
    handle: parts.journal.handle,
    position: parts.journal.position,
    clock,
    journalBatch: limits.journalBatch,
    journalDelayMs: limits.journalDelayMs,
    mayWrite: checkOwnership,
    onFailure(failure) {
      journalBroke = true
      stopAtOnce(failure)
    },
  })

  function view(): RunView {
    return {
      runId,
      state,
      tasks: header.routes.map((route) => route.task),
      source: opened.source.label,
      ...(header.evaluation ? { evaluation: header.evaluation } : {}),
      counts: countsOf(tally, knownItems(), feed?.total() ?? null),
      reason,
      routes: header.routes,
      resultsPath: header.resultsPath,
      profile: header.profileFrom ?? null,
      ...(request.stopWhen ? { stopWhen: request.stopWhen } : {}),
      spent: parts.spending.used,
      revision,
      startedAt: header.startedAt,
      finishedAt,
      parkedUntil: state === 'running' && pause.until !== null ? instant(pause.until) : null,
    }
  }

  /** Once nothing goes on, items that were only read ahead say nothing about how many are left. */
  function knownItems(): number {
    return finishedAt === null ? (feed?.met() ?? 0) : 0
  }

  /** The first reason counts; calls under way may still end well. */
  function stop(because: Reason): void {
    if (stopping.signal.aborted) return
    state = 'stopped'
    reason = because
    stopping.abort()
    void feed?.close()
  }

  function stopAtOnce(because: Reason): void {
    stop(because)
    aborting.abort()
  }

  function end(as: 'cancelled' | 'interrupted'): void {
    if (isJudged) return
    if (!stopping.signal.aborted || state === 'paused') state = as
    stopping.abort()
    aborting.abort()
    void feed?.close()
  }

  function pauseSoon(): void {
    if (stopping.signal.aborted) return
    state = 'paused'
    stopping.abort()
    void feed?.close()
    void clock.wait(limits.pauseGraceMs, finished.signal).then(() => aborting.abort())
  }

  /** A process that slept, or was stopped, may find that another one has taken the run over. */
  async function checkOwnership(): Promise<Reason | null> {
    if (checking) return await checking
    if (Math.abs(clock.now() - lastSeenAt) >= limits.ownerSilenceMs / 2) {
      checking = askLedger().finally(() => {
        checking = null
      })
      return await checking
    }
    lastSeenAt = clock.now()
    return null
  }

  async function askLedger(): Promise<Reason | null> {
    const row = await context.ledger.read(runId)
    lastSeenAt = clock.now()
    if (row.ok && row.value.owner?.token === parts.owner.token) return null
    lostOwnership = true
    const pid = row.ok ? (row.value.owner?.pid ?? parts.owner.pid) : parts.owner.pid
    return fail({ code: 'run_busy', runId, pid }).reason
  }

  function record(item: WorkItem, status: FinalState, resultJson: string, origin: ItemOrigin = 'judged'): void {
    const [, offset = 0, end = 0] = journal.append(itemLineStart(item.key, item.at), resultJson, itemLineEnd)
    index.setFinal(item.item, status, inputMark(item.inputHash), { offset, length: end - offset }, origin)
    countResult(tally, status, origin, 1)
    progress.changed()
    feed?.recorded(item.item, status, resultJson)
    if (clock.monotonic() - usedNotedAt >= limits.usedNoteEveryMs) noteUsed()
  }

  /** Not with each of thousands of calls: a process that is killed loses what was used within so short a time at most. */
  function noteUsed(): void {
    if (parts.spending.used === usedNoted) return
    usedNoted = parts.spending.used
    usedNotedAt = clock.monotonic()
    note(noteLine({ kind: 'used', used: usedNoted }))
  }

  function note(text: string): void {
    journal.append(text)
  }

  /** The journal itself is only written to. */
  async function readResult(item: number): Promise<string> {
    await journal.whenWritten()
    reader ??= context.files.open(context.journalPath(runId), 'r')
    const { offset, length } = index.place(item)
    const bytes = Buffer.allocUnsafe(length)
    await readExactly(await reader, offset, bytes)
    return bytes.toString()
  }

  function openFeed(toPlainText: (text: string) => string): Feed {
    return createFeed(opened.entries, {
      index,
      toPlainText,
      longestText: parts.judging.longestText,
      limit: request.limit ?? null,
      readAhead: limits.readAhead,
      readAheadCharacters: limits.readAheadCharacters,
      retriesFailed: parts.retriesFailed,
      whenWritten: () => journal.whenWritten(),
      reuse: parts.reuse,
      readResult,
      events: {
        reused: (item, { status, resultJson }) => record(item, status, resultJson, 'reused'),
        shared: (item, { status, resultJson, origin, category }) => {
          record(item, status, resultJson, origin)
          if (category) suggestions.add(category)
        },
        kept: (item, at) => {
          if (index.position(item) !== at) note(noteLine({ kind: 'moved', key: index.key(item), at }))
        },
        reopened: (item) => {
          const before = index.state(item)
          if (isFinal(before)) countResult(tally, before, index.origin(item), -1)
        },
        broken: (item, status, error) =>
          record(item, status, failedResult({ runId, id: item.id, inputHash: item.inputHash }, status, error)),
      },
    })
  }

  async function judge(): Promise<void> {
    feed = openFeed(await loadPlainText())
    const { lanes, workers } = parts.judging
    await judgeSource({
      runId,
      lanes,
      feed,
      workers,
      stopping: stopping.signal,
      aborting: aborting.signal,
      stop,
      record,
      whenWritten: () => journal.whenWritten(),
      onCategorized: (verdict) => suggestions.add(verdict),
      onJudged(failure, categories) {
        if (failure === null) streak.worked()
        else if (streak.failed(failure)) stop(failure)
        const met = stopRules.judged(failure, categories)
        if (met) stop(fail(met).reason)
      },
    })
    const failure = feed.failure()
    if (failure) stop(failure)
    if (!stopping.signal.aborted) dropVanished()
  }

  /** The source was read to its end: what it has no more is no result of it. */
  function dropVanished(): void {
    for (let item = 0; item < index.size; item++) {
      const was = index.state(item)
      if (index.isSeen(item) || !isFinal(was)) continue
      note(noteLine({ kind: 'gone', key: index.key(item) }))
      index.setGone(item)
      countResult(tally, was, index.origin(item), -1)
    }
  }

  /** Beside the judging: a sign of life for other processes, and now and then the counts. */
  async function beat(): Promise<void> {
    let sinceLedger = clock.monotonic()
    for (;;) {
      await clock.wait(limits.heartbeatMs, finished.signal)
      if (finished.signal.aborted) return
      await heedWish()
      const lost = await checkOwnership()
      if (lost) return stopAtOnce(lost)
      const now = new Date(clock.now())
      await parts.journal.handle.utimes(now, now).catch(fileErrorCode)
      if (clock.monotonic() - sinceLedger < limits.ledgerEveryMs) continue
      sinceLedger = clock.monotonic()
      await saveView(false)
    }
  }

  /** Another window, or a terminal, may ask for what only the owner can do. */
  async function heedWish(): Promise<void> {
    const row = await context.ledger.read(runId)
    if (!row.ok || row.value.owner?.token !== parts.owner.token) return
    if (row.value.wish === 'pause') pauseSoon()
    if (row.value.wish === 'cancel') end('cancelled')
  }

  /** Only as long as the run is ours. */
  async function saveView(isOver: boolean): Promise<void> {
    const saved = await context.ledger.update(runId, (row) =>
      row.owner?.token === parts.owner.token
        ? { ok: true, value: { ...row, view: view(), ...(isOver ? { owner: null, wish: undefined } : {}) } }
        : fail({ code: 'run_busy', runId, pid: row.owner?.pid ?? parts.owner.pid }),
    )
    if (saved.ok) revision = saved.value.view.revision
    else context.log(`run ${runId}: its state was not saved: ${saved.reason.message}`)
  }

  /** Calls under way may still end well, but not for ever. */
  async function stopInTime(): Promise<void> {
    const limit = request.stopWhen?.maxSeconds
    if (limit === undefined) return
    const startedAt = clock.monotonic()
    await clock.wait(limit * 1000, finished.signal)
    if (finished.signal.aborted) return
    const measured = (clock.monotonic() - startedAt) / 1000
    const items = tally.ok + tally.failed + tally.skipped
    stop(fail({ code: 'stop_rule', rule: 'time', limit, measured, items }).reason)
    await clock.wait(limits.stopGraceMs, finished.signal)
    aborting.abort()
  }

  async function run(): Promise<RunView> {
    const beating = beat()
    const foreign = context.ledger.onForeignChange?.(() => void heedWish())
    void stopInTime()
    try {
      await judge()
    } catch (error) {
      context.log(`run ${runId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      stopAtOnce(
        fail({ code: 'internal_error', detail: error instanceof Error ? error.message : String(error) }).reason,
      )
    }
    isJudged = true
    parts.judging.leave()
    noteUsed()
    await feed?.close()
    await opened.close()
    await parts.reuse?.close()
    await reader?.then((handle) => handle.close()).catch(fileErrorCode)
    const closed = await journal.close()
    if (!closed.ok) stop(closed.reason)
    if (journalBroke) await readAgain()
    // At shutdown there is no time; the results are in the journal.
    else if (state !== 'interrupted') await writeOutput()
    if (state === 'running') state = 'completed'
    finishedAt = instant(clock.now())
    finished.abort()
    foreign?.dispose()
    await beating
    if (!lostOwnership) await saveView(true)
    await settleOutput()
    context.onSuggestions(suggestions.take(), request)
    context.onProgress(view())
    context.onChange()
    return view()
  }

  /** What was not written does not count. */
  async function readAgain(): Promise<void> {
    const read = await readJournal(context.files, context.journalPath(runId), runId)
    if (!read.ok) return
    index = read.value.index
    tally = tallyOf(index)
  }

  /**
   * Another run over the same source may have ended at the same moment, in another process: both were allowed to write the file, and
   * the store has told since which of them is kept.
   */
  async function settleOutput(): Promise<void> {
    const { resultsPath: path } = header
    if (writtenFile === null || path === null || revision === null) return
    if (revision.isKept && (await isStillThere(context.files, path, writtenFile))) return
    await context.settleResults?.(revision.source, path)
  }

  async function writeOutput(): Promise<void> {
    if (header.resultsPath === null) return
    if (context.mayWriteResults?.(runId, state === 'running') === false) return
    const output = { path: header.resultsPath, format: request.output.format, runId }
    const labels = await openLabels(context.labelsOf, header)
    const written = await writeResults(context.files, context.journalPath(runId), index, output, clock, { labels })
    if (written.ok) {
      writtenFile = written.value
      return
    }
    if (state === 'running') stop(written.reason)
    else context.log(`run ${runId}: ${written.reason.message}`)
  }

  parts.spending.keep = (usd) => {
    // A call that nobody waits for any more may end after the journal is closed.
    if (isJudged) return Promise.resolve()
    note(noteLine({ kind: 'spent', usd }))
    return journal.whenWritten()
  }
  pause.changed = progress.changed
  progress.changed()
  return {
    view,
    index: () => index,
    flush: () => journal.flush(),
    cancel: () => end('cancelled'),
    pause: pauseSoon,
    interrupt: () => end('interrupted'),
    ended: run(),
  }
}
