import { randomUUID } from 'node:crypto'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type {
  AnswerUnderWay,
  Thread,
  ThreadAbout,
  ThreadDelta,
  ThreadMessage,
  ThreadToCreate,
  ThreadWithMessages,
} from '../../protocol/threads.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import { titleOf } from '../domain/threadPrompt.ts'
import { systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { type FileTurn, isTaken, keepRenewing, takeTurn } from '../labels/fileTurn.ts'
import type { Change } from '../store/change.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { findKnowledgeBase } from '../store/knowledgeBaseTable.ts'
import { findRun } from '../store/runTable.ts'
import {
  changeThread,
  findMessage,
  findThread,
  insertMessage,
  insertThread,
  listMessages,
  listThreads,
  removeThread,
  type StoredThread,
} from '../store/threadTable.ts'
import { type AnswerParts, answerQuestion, type Question } from './answerQuestion.ts'
import { checkProvider, resolveThread } from './threadTarget.ts'
import { ThreadTexts } from './threadTexts.ts'

export interface ThreadsParts extends AnswerParts {
  dataDir: string
  change: Change
}

type PageAsked = { cursor?: string | null | undefined; limit: number }
type Asked = { threadId: string } & ({ text: string; material?: string | undefined } | { again: string })

/** An answer under way; `come` null: nothing has come of it yet. */
interface Answering {
  stopping: AbortController
  come: AnswerUnderWay | null
}

/** Another process that writes an answer keeps its turn for longer than this. */
const busyAfterMs = 200

/** Title of a thread before its first question. */
const untitled = 'New conversation'

/** Conversations, and the answers that are being written in this process. */
export class Threads {
  readonly #parts: ThreadsParts
  readonly #texts: ThreadTexts
  readonly #answering = new Map<string, Answering>()
  /** The mark of a thread's fences, which no text can know; one for all of its questions, so that servers keep what they read. */
  readonly #marks = new Map<string, string>()

  constructor(parts: ThreadsParts) {
    this.#parts = {
      ...parts,
      onDelta: (delta) => {
        this.#remember(delta)
        parts.onDelta(delta)
      },
    }
    this.#texts = new ThreadTexts(parts.dataDir)
  }

  async create({ title, provider, model, about }: ThreadToCreate): Promise<Outcome<Thread>> {
    const { change, store, now } = this.#parts
    if (provider === undefined && model !== undefined) return noProviderFor(model)
    if (provider !== undefined) {
      const valid = checkProvider(this.#parts, provider)
      if (!valid.ok) return valid
    }
    const missing = store.read((database) => missingSubject(database, about))
    if (missing !== null) return missing
    const at = now()
    const stored: StoredThread = {
      ...{ id: newId(at), title: title ?? untitled, provider: provider ?? null, model: model ?? null },
      ...{ about: about ?? null, messages: 0, createdAt: at, updatedAt: at },
    }
    return await change(['threads'], (database) => {
      insertThread(database, stored)
      return succeed(this.#view(stored))
    })
  }

  list(page: PageAsked | null | undefined): Outcome<Page<Thread>> {
    const asked = page ?? { limit: maxPageRows }
    const { rows, next } = this.#parts.store.read((database) => listThreads(database, asked))
    return succeed({ rows: rows.map((row) => this.#view(row)), next })
  }

  async get({
    threadId,
    cursor,
    limit,
    newestFirst,
  }: { threadId: string; newestFirst?: boolean | undefined } & PageAsked): Promise<Outcome<ThreadWithMessages>> {
    const { thread, messages } = this.#parts.store.read((database) => ({
      thread: findThread(database, threadId),
      messages: listMessages(database, threadId, { after: cursor ?? null, limit: limit + 1, newestFirst }),
    }))
    if (!thread) return notFound(threadId)
    const rows = await Promise.all(messages.slice(0, limit).map((message) => this.#texts.get(message)))
    return succeed({
      thread: this.#view(thread),
      answering: this.#answering.get(threadId)?.come ?? null,
      isAnsweredElsewhere: !this.#answering.has(threadId) && (await this.#isBusyElsewhere(threadId)),
      rows,
      next: messages.length > limit ? (rows.at(-1)?.id ?? null) : null,
    })
  }

  rename({ threadId, title }: { threadId: string; title: string }): Promise<Outcome<Thread>> {
    return this.#change(threadId, { title })
  }

  async setModel({
    threadId,
    provider,
    model,
  }: {
    threadId: string
    provider: string
    model?: string | undefined
  }): Promise<Outcome<Thread>> {
    const valid = checkProvider(this.#parts, provider)
    return valid.ok ? await this.#change(threadId, { provider, model: model ?? null }) : valid
  }

  async remove({ threadId }: { threadId: string }): Promise<Outcome<null>> {
    this.#answering.get(threadId)?.stopping.abort()
    const removed = await this.#parts.change(['threads'], (database) =>
      removeThread(database, threadId) ? succeed(null) : notFound(threadId),
    )
    if (removed.ok) await this.#texts.remove(threadId)
    return removed
  }

  cancel({ threadId }: { threadId: string }): Outcome<boolean> {
    const answering = this.#answering.get(threadId)
    answering?.stopping.abort()
    return succeed(answering !== undefined)
  }

  /** `signal`: whoever asked does not wait any more, which stops the answer. */
  async send(asked: Asked, signal: AbortSignal): Promise<Outcome<{ question: ThreadMessage; answer: ThreadMessage }>> {
    const { threadId } = asked
    const thread = this.#parts.store.read((database) => findThread(database, threadId))
    if (!thread) return notFound(threadId)
    if (this.#answering.has(threadId)) return fail({ code: 'thread_busy', threadId })
    const stopping = new AbortController()
    this.#answering.set(threadId, { stopping, come: null })
    try {
      return await this.#inTurn(threadId, () => this.#answer(thread, asked, AbortSignal.any([stopping.signal, signal])))
    } finally {
      this.#answering.delete(threadId)
    }
  }

  /** Only one answer of a conversation is written at a time, whichever process writes it. */
  async #inTurn<Value>(threadId: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const { timers } = this.#parts
    let turn: FileTurn | null
    try {
      const file = await this.#texts.turnFile(threadId)
      turn = await takeTurn(file, { files: diskFiles, clock: systemClock, random: Math.random, waitMs: busyAfterMs })
    } catch (error) {
      return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
    }
    if (turn === null) return fail({ code: 'thread_busy', threadId })
    const renewing = keepRenewing(turn, timers)
    try {
      return await work()
    } finally {
      renewing.dispose()
      await turn.end()
    }
  }

  async #isBusyElsewhere(threadId: string): Promise<boolean> {
    return await isTaken(this.#texts.turnPath(threadId), { files: diskFiles, clock: systemClock })
  }

  /** Ends what is being written; its beginning is kept. */
  close(): void {
    for (const { stopping } of this.#answering.values()) stopping.abort()
  }

  #remember({ threadId, messageId, question, text }: ThreadDelta): void {
    const answering = this.#answering.get(threadId)
    if (answering) answering.come = { messageId, question, text: (answering.come?.text ?? '') + text }
  }

  async #answer(thread: StoredThread, asked: Asked, signal: AbortSignal) {
    const route = resolveThread(this.#parts, thread)
    if (!route.ok) return route
    const before = await this.#history(thread.id)
    const question = 'again' in asked ? await this.#asked(thread.id, asked.again) : this.#newQuestion(asked)
    if (question === null) return fail({ code: 'not_found', what: 'message', id: 'again' in asked ? asked.again : '' })
    const isNew = !('again' in asked)
    const history = isNew
      ? before
      : before.slice(
          0,
          Math.max(
            0,
            before.findIndex(({ id }) => id === question.id),
          ),
        )
    const prepared: Question = {
      ...{ thread, route: route.value, question, history, mark: this.#markOf(thread.id) },
      id: newId(this.#parts.now()),
    }
    // Nothing is kept of a question that cannot be asked.
    const begun = await answerQuestion(this.#parts, prepared, signal)
    if (!begun.ok) return begun
    if (isNew) {
      const title = thread.title === untitled && thread.messages === 0 ? { title: titleOf(question.text) } : {}
      const kept = await this.#keep(question, title)
      if (!kept.ok) return kept
    }
    const answering = this.#answering.get(thread.id)
    if (answering) answering.come = { messageId: prepared.id, question: question.id, text: '' }
    const answer = await begun.value()
    const kept = await this.#keep(answer, {})
    return kept.ok ? succeed({ question, answer }) : kept
  }

  /** What was said before: the messages of a thread, as far as a conversation goes back. */
  async #history(threadId: string): Promise<ThreadMessage[]> {
    const stored = this.#parts.store.read((database) =>
      listMessages(database, threadId, { after: null, limit: mostMessages }),
    )
    return await Promise.all(stored.map((message) => this.#texts.get(message)))
  }

  async #asked(threadId: string, messageId: string): Promise<ThreadMessage | null> {
    const stored = this.#parts.store.read((database) => findMessage(database, threadId, messageId))
    if (!stored) return null
    if (stored.role === 'user') return await this.#texts.get(stored)
    return stored.answers === null ? null : await this.#asked(threadId, stored.answers)
  }

  #newQuestion({ threadId, ...said }: Extract<Asked, { text: string }>): ThreadMessage {
    const at = this.#parts.now()
    const { text, material = null } = said
    return { ...nothingOfAnAnswer, id: newId(at), threadId, role: 'user', text, material, state: 'complete', at }
  }

  async #keep(message: ThreadMessage, change: { title?: string }): Promise<Outcome<null>> {
    try {
      const stored = await this.#texts.put(message)
      return await this.#parts.change(['threads'], (database) => {
        // Removed meanwhile: nothing of it comes back.
        if (!changeThread(database, message.threadId, change, message.at)) return notFound(message.threadId)
        insertMessage(database, stored)
        return succeed(null)
      })
    } catch (error) {
      return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
    }
  }

  #change(
    threadId: string,
    change: Partial<Pick<StoredThread, 'title' | 'provider' | 'model'>>,
  ): Promise<Outcome<Thread>> {
    const at = this.#parts.now()
    return this.#parts.change(['threads'], (database) => {
      changeThread(database, threadId, change, at)
      const changed = findThread(database, threadId)
      return changed ? succeed(this.#view(changed)) : notFound(threadId)
    })
  }

  #view(stored: StoredThread): Thread {
    const next = resolveThread(this.#parts, stored)
    return next.ok
      ? { ...stored, answersNext: { provider: next.value.provider, model: next.value.model }, reason: null }
      : { ...stored, answersNext: null, reason: next.reason }
  }

  #markOf(threadId: string): string {
    const known = this.#marks.get(threadId) ?? randomUUID().slice(-12)
    this.#marks.set(threadId, known)
    return known
  }
}

/** Far more than any window holds. */
const mostMessages = 2000

const nothingOfAnAnswer = {
  ...{ answers: null, provider: null, kind: null, model: null, parameters: null, usage: null },
  ...{ costUsd: null, latencyMs: null, reason: null, context: null },
}

/** Sorts by time, as ids of runs do. */
function newId(at: string): string {
  return `${at.replaceAll(/[-:.]/g, '').toLowerCase()}-${randomUUID().slice(0, 6)}`
}

function missingSubject(database: ReadableDatabase, about: ThreadAbout | undefined): Outcome<never> | null {
  if (about?.kind === 'run' && !findRun(database, about.runId))
    return fail({ code: 'not_found', what: 'run', id: about.runId })
  if (about?.kind === 'kb' && !findKnowledgeBase(database, about.name))
    return fail({ code: 'not_found', what: 'knowledge_base', id: about.name })
  return null
}

function notFound(threadId: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'thread', id: threadId })
}

function noProviderFor(model: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'model', id: model })
}
