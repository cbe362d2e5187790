import type { Result } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Answered, AnswerUnderWay, Thread, ThreadDelta, ThreadMessage } from '../../protocol/threads.ts'
import type { ThreadsTalk } from '../../protocol/threadsPage.ts'
import { fail } from '../../shared/fail.ts'
import type { Host } from '../host/host.ts'
import type { Unanswered } from '../state/answer.ts'

/** A question with the answers that it has, in the order in which they were asked for. */
export interface Exchange {
  question: ThreadMessage
  answers: readonly ThreadMessage[]
}

/** What is shown of a conversation. */
export interface Shown {
  thread: Thread
  exchanges: readonly Exchange[]
  /** There are earlier messages that are not read. */
  hasEarlier: boolean
  /** The answer that is being written, as far as it has come; null: none is. */
  live: AnswerUnderWay | null
  /** A question that is on its way, and not among the messages yet. */
  pending: string | null
  /** An answer is awaited, whoever asked for it. */
  isAnswering: boolean
  /** Another process, such as a terminal, writes an answer; it is there when it is complete. */
  isElsewhere: boolean
  /** Why the last thing that was wanted could not be done. */
  problem: Reason | null
}

export type ConversationState = Unanswered | ({ kind: 'there' } & Shown)

interface ConversationParts {
  host: Pick<Host<ThreadsTalk>, 'request' | 'command'>
  threadId: string
  onChange(): void
  /** An answer is complete, stopped or failed. */
  onAnswer(answer: ThreadMessage): void
}

const messagesAtOnce = 40

/** One conversation as the page has it: read from its end, followed while an answer is written, and asked in. */
export class Conversation {
  readonly #parts: ConversationParts
  /** By id. */
  readonly #messages = new Map<string, ThreadMessage>()
  /** Made of the messages; null: they are others now. */
  #exchanges: readonly Exchange[] | null = []
  /** The exchanges as they were made last, by their question. */
  #known = new Map<string, Exchange>()
  #thread: Thread | null = null
  #failed: Reason | null = null
  /** Where the earlier messages go on; null: they are all there. */
  #earlier: string | null = null
  #live: AnswerUnderWay | null = null
  /** What was asked last and is not answered; `text` null: a question that stands there already. */
  #sending: { text: string | null; questions: number } | null = null
  #problem: Reason | null = null
  #isElsewhere = false
  #isClosed = false
  /** Reading again is under way; `isAsked`: and was asked for once more meanwhile. */
  #reading: { isAsked: boolean } | null = null
  /** What was reported as finished, so that it is once. */
  #reported: string | null = null

  constructor(parts: ConversationParts) {
    this.#parts = parts
  }

  get state(): ConversationState {
    const thread = this.#thread
    if (thread === null) return this.#failed ? { kind: 'failed', reason: this.#failed } : { kind: 'reading' }
    const exchanges = this.#allExchanges()
    const isPending = this.#sending !== null && exchanges.length <= this.#sending.questions
    return {
      ...{ kind: 'there', thread, exchanges, live: this.#live, problem: this.#problem },
      hasEarlier: this.#earlier !== null,
      pending: isPending ? (this.#sending?.text ?? null) : null,
      isAnswering: this.#live !== null || this.#sending !== null,
      isElsewhere: this.#isElsewhere && this.#sending === null,
    }
  }

  /** Reads what is newest of it; what was read before stays. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#reading.isAsked = true
      return
    }
    this.#reading = { isAsked: false }
    const { threadId, host } = this.#parts
    const page = await host.request('thread/get', { threadId, newestFirst: true, limit: messagesAtOnce })
    const { isAsked } = this.#reading
    this.#reading = null
    if (this.#isClosed) return
    if (page.ok) this.#take(page.value)
    else if (this.#thread === null || page.reason.code === 'not_found') this.#lose(page.reason)
    this.#parts.onChange()
    if (isAsked) await this.read()
  }

  /** Reads the messages before those that are there. */
  async readEarlier(): Promise<void> {
    const cursor = this.#earlier
    if (cursor === null) return
    const { threadId, host } = this.#parts
    const page = await host.request('thread/get', { threadId, newestFirst: true, limit: messagesAtOnce, cursor })
    if (this.#isClosed || cursor !== this.#earlier) return
    if (page.ok) {
      this.#add(page.value.rows)
      this.#earlier = page.value.next
    } else this.#problem = page.reason
    this.#parts.onChange()
  }

  /** A piece of an answer. One that was missed shows by its length: then what has come is read again. */
  onDelta(delta: ThreadDelta): void {
    const { messageId, question, text, length } = delta
    if (delta.threadId !== this.#parts.threadId || this.#messages.has(messageId)) return
    const known = this.#live?.messageId === messageId ? this.#live.text : ''
    if (length > known.length) return void this.read()
    this.#live = { messageId, question, text: known + text.slice(known.length - length) }
    if (this.#messages.has(question)) this.#parts.onChange()
    else void this.read()
  }

  /** Asks; false: nothing was asked, and `problem` says why. */
  async ask(text: string): Promise<boolean> {
    return await this.#send({ threadId: this.#parts.threadId, text }, text)
  }

  /** The same question once more, which another model may answer by now. */
  async askAgain(messageId: string): Promise<boolean> {
    return await this.#send({ threadId: this.#parts.threadId, again: messageId }, null)
  }

  async stop(): Promise<void> {
    await this.#do(this.#parts.host.request('thread/cancel', { threadId: this.#parts.threadId }))
  }

  /** False: it stays with the model that it had, and `problem` says why. */
  async setModel(provider: string, model: string): Promise<boolean> {
    return await this.#change(
      this.#parts.host.request('thread/setModel', { threadId: this.#parts.threadId, provider, model }),
    )
  }

  async rename(title: string): Promise<boolean> {
    return await this.#change(this.#parts.host.request('thread/rename', { threadId: this.#parts.threadId, title }))
  }

  close(): void {
    this.#isClosed = true
  }

  async #send(question: Parameters<Host<ThreadsTalk>['command']>[1] & object, text: string | null): Promise<boolean> {
    this.#sending = { text, questions: this.#allExchanges().length }
    this.#problem = null
    this.#parts.onChange()
    const sent = (await this.#parts.host.command('send', question as never)) ?? fail({ code: 'cancelled' })
    this.#sending = null
    if (this.#isClosed) return sent.ok
    if (sent.ok) this.#answered(sent.value)
    else this.#problem = sent.reason
    this.#parts.onChange()
    return sent.ok
  }

  #answered({ question, answer }: Answered): void {
    this.#add([question, answer])
    if (this.#live?.messageId === answer.id) this.#live = null
    this.#report(answer)
    void this.read()
  }

  #take({
    thread,
    answering,
    isAnsweredElsewhere,
    rows,
    next,
  }: Extract<Result<'thread/get'>, { ok: true }>['value']): void {
    const isFirst = this.#thread === null
    this.#thread = thread
    this.#failed = null
    const oldest = rows.at(-1)
    const isJoined = isFirst || (oldest !== undefined && this.#messages.has(oldest.id)) || next === null
    // So much was written elsewhere meanwhile that the two do not meet: what lies between is read from the end on.
    if (!isJoined) this.#forget()
    if (isFirst || !isJoined) this.#earlier = next
    const newest = rows.find(({ answers }) => answers !== null)
    const isNew = newest !== undefined && !this.#messages.has(newest.id)
    this.#add(rows)
    if (this.#isElsewhere && newest && isNew) this.#report(newest)
    this.#isElsewhere = isAnsweredElsewhere
    const before = this.#live
    // A piece that came while this was read may be ahead of it.
    if (answering && !(before?.messageId === answering.messageId && before.text.length > answering.text.length)) {
      this.#live = answering
    }
    const written = this.#live && this.#messages.get(this.#live.messageId)
    if (written) {
      this.#live = null
      this.#report(written)
    } else if (!answering && this.#sending === null) this.#live = null
  }

  #report(answer: ThreadMessage): void {
    if (this.#reported === answer.id) return
    this.#reported = answer.id
    this.#parts.onAnswer(answer)
  }

  #lose(reason: Reason): void {
    this.#thread = null
    this.#failed = reason
  }

  async #change(changing: Promise<Outcome<Thread>>): Promise<boolean> {
    const changed = await this.#do(changing)
    if (changed.ok) this.#thread = changed.value
    this.#parts.onChange()
    return changed.ok
  }

  async #do<Value>(doing: Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const done = await doing
    this.#problem = done.ok ? null : done.reason
    if (!this.#isClosed) this.#parts.onChange()
    return done
  }

  /** A message that is stored changes no more. */
  #add(messages: readonly ThreadMessage[]): void {
    for (const message of messages) {
      if (this.#messages.has(message.id)) continue
      this.#messages.set(message.id, message)
      this.#exchanges = null
    }
  }

  #forget(): void {
    this.#messages.clear()
    this.#exchanges = null
  }

  /** What is the same exchange as before is the same object, so that it is not drawn again. */
  #allExchanges(): readonly Exchange[] {
    if (this.#exchanges) return this.#exchanges
    const before = this.#known
    this.#known = new Map()
    this.#exchanges = exchangesOf([...this.#messages.values()]).map((exchange) => {
      const known = before.get(exchange.question.id)
      const same = known?.answers.length === exchange.answers.length ? known : exchange
      this.#known.set(exchange.question.id, same)
      return same
    })
    return this.#exchanges
  }
}

/** Answers whose question is not read yet come with it. */
function exchangesOf(messages: readonly ThreadMessage[]): Exchange[] {
  const answers = new Map<string, ThreadMessage[]>()
  // Ids sort by the time at which they were made.
  const sorted = messages.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  for (const message of sorted) {
    if (message.answers !== null) answers.set(message.answers, [...(answers.get(message.answers) ?? []), message])
  }
  return sorted
    .filter((message) => message.answers === null)
    .map((question) => ({ question, answers: answers.get(question.id) ?? [] }))
}
