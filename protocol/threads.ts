import * as z from 'zod'
import { KnowledgeBaseName } from './knowledgeBases.ts'
import { GenerationParameters } from './models.ts'
import { Instant, ModelId, PageRequest, ProviderId, pageOf, RunId } from './names.ts'
import { Reason } from './reasons.ts'
import { ResultFilter } from './resultQueries.ts'
import { Usage } from './results.ts'

/** Ids of threads and of their messages sort by the time they were made. */
export const ThreadId = z.string().regex(/^[0-9a-z][0-9a-z-]{7,63}$/)
export const MessageId = ThreadId

const Title = z.string().trim().min(1).max(200)

/** In characters. More is InvalidParams; what a model has no room for is `context_too_long`. */
export const longestMessage = 2_000_000

/**
 * What a thread is about: its answers come from this, and cite its items. run: results of a run, those that `filter` finds and, with
 * `ids`, of these only. source: the items of a file or folder, judged or not, as they are now. kb: the chunks of a knowledge base that are
 * nearest to the question.
 */
export const ThreadAbout = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    runId: RunId,
    filter: ResultFilter.optional(),
    ids: z.array(z.string().min(1).max(5000)).min(1).max(100).optional(),
  }),
  z.object({ kind: z.literal('source'), path: z.string().min(1).max(4096) }),
  z.object({ kind: z.literal('kb'), name: KnowledgeBaseName }),
])
export type ThreadAbout = z.infer<typeof ThreadAbout>

const target = { provider: ProviderId, model: ModelId }

/**
 * A conversation. `provider` null: it was bound to none, and is answered by the default: the active provider, where its models write,
 * else the default model for generation. `model` null: the provider's own default.
 */
export const Thread = z.object({
  id: ThreadId,
  title: z.string(),
  provider: ProviderId.nullable(),
  model: ModelId.nullable(),
  about: ThreadAbout.nullable(),
  /** Who would answer now. Null: nobody can, and `reason` says why. */
  answersNext: z.object(target).nullable(),
  reason: Reason.nullable(),
  /** How many messages it has, and when the last of them was written or something of the thread changed. */
  messages: z.int().nonnegative(),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Thread = z.infer<typeof Thread>

/**
 * An item that an answer names. `file`, `line` (from 1): where it stood when the question was asked, of a source or a knowledge base; no
 * `line`: the whole file is the item. Of a run there is neither: its results know where an item is now.
 */
export const CitedItem = z.object({
  id: z.string(),
  inputHash: z.string(),
  source: z.string().optional(),
  file: z.string().optional(),
  line: z.int().positive().optional(),
})
export type CitedItem = z.infer<typeof CitedItem>

/**
 * What the message was given beside the conversation: `shown` of `items` that it is about had room, best score first. `cited`: those that
 * an answer names, each once, in the order in which it does.
 */
export const MessageContext = z.object({
  items: z.int().nonnegative(),
  shown: z.int().nonnegative(),
  cited: z.array(CitedItem),
})
export type MessageContext = z.infer<typeof MessageContext>

/**
 * One message. Of a user's all from `provider` on is null, but for `state`, which is `complete`. An answer that was stopped or failed
 * keeps what had come of it.
 */
export const ThreadMessage = z.object({
  id: MessageId,
  threadId: ThreadId,
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  /** What was handed over with a question, as data to talk about; null: nothing. */
  material: z.string().nullable(),
  /** Of an answer, the question's id: asking again adds another answer. Null: it is a question. */
  answers: MessageId.nullable(),
  provider: ProviderId.nullable(),
  kind: z.string().nullable(),
  model: ModelId.nullable(),
  /** What the model's registration said when it was asked. */
  parameters: GenerationParameters.nullable(),
  usage: Usage.nullable(),
  /** Null: the price is unknown. */
  costUsd: z.number().nonnegative().nullable(),
  latencyMs: z.number().nonnegative().nullable(),
  state: z.enum(['complete', 'stopped', 'failed']),
  reason: Reason.nullable(),
  context: MessageContext.nullable(),
  at: Instant,
})
export type ThreadMessage = z.infer<typeof ThreadMessage>

export const ThreadToCreate = z.object({
  /** Absent: the beginning of the first question. */
  title: Title.optional(),
  provider: ProviderId.optional(),
  model: ModelId.optional(),
  about: ThreadAbout.optional(),
})
export type ThreadToCreate = z.infer<typeof ThreadToCreate>

export const ThreadRename = z.object({ threadId: ThreadId, title: Title })
export const ThreadModel = z.object({ threadId: ThreadId, provider: ProviderId, model: ModelId.optional() })
/** `newestFirst`: from the end of the conversation towards its beginning. Absent: as it was written. */
export const ThreadPage = z.object({
  threadId: ThreadId,
  newestFirst: z.boolean().optional(),
  ...PageRequest.shape,
})

/** A question, or with `again` the same question once more, which adds an answer beside those that it has. */
export const ThreadQuestion = z.union([
  z.object({
    threadId: ThreadId,
    text: z.string().trim().min(1).max(longestMessage),
    material: z.string().min(1).max(longestMessage).optional(),
  }),
  z.object({ threadId: ThreadId, again: MessageId }),
])
export type ThreadQuestion = z.infer<typeof ThreadQuestion>

export const Answered = z.object({ question: ThreadMessage, answer: ThreadMessage })
export type Answered = z.infer<typeof Answered>

/** An answer that is being written in this process, as far as it has come. */
export const AnswerUnderWay = z.object({ messageId: MessageId, question: MessageId, text: z.string() })
export type AnswerUnderWay = z.infer<typeof AnswerUnderWay>

/**
 * Oldest first, or with `newestFirst` the other way: in the order in which they were written, so that an answer that was asked for again
 * stands behind what came meanwhile. `answering` null: none is under way in this process. `isAnsweredElsewhere`: one is in another process,
 * such as a terminal; what has come of it is not known, and it is there when it is complete.
 */
export const ThreadWithMessages = z.object({
  thread: Thread,
  answering: AnswerUnderWay.nullable(),
  isAnsweredElsewhere: z.boolean(),
  ...pageOf(ThreadMessage).shape,
})
export type ThreadWithMessages = z.infer<typeof ThreadWithMessages>

/** A piece of an answer that is being written. `length`: characters of the answer before it, so that a piece which was missed shows. */
export const ThreadDelta = z.object({
  threadId: ThreadId,
  messageId: MessageId,
  question: MessageId,
  text: z.string(),
  length: z.int().nonnegative(),
})
export type ThreadDelta = z.infer<typeof ThreadDelta>
