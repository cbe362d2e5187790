import * as z from 'zod'
import { PageRequest, pageOf } from '../names.ts'
import {
  Answered,
  Thread,
  ThreadId,
  ThreadModel,
  ThreadPage,
  ThreadQuestion,
  ThreadRename,
  ThreadToCreate,
  ThreadWithMessages,
} from '../threads.ts'
import { none, type RequestRow, request } from './request.ts'

const one = z.object({ threadId: ThreadId })

/** Conversations with models, also about what was judged. */
export const threadRequests = {
  /**
   * A provider is bound to it here. `provider_unconfigured`, `provider_disabled` with the ones that there are; `not_found`: the run that
   * it is about is not there.
   */
  'thread/create': request(ThreadToCreate, Thread),
  /** The one that changed last first. */
  'thread/list': request(PageRequest.nullish(), pageOf(Thread)),
  'thread/get': request(ThreadPage, ThreadWithMessages),
  'thread/rename': request(ThreadRename, Thread),
  /** With its messages; an answer under way is stopped. */
  'thread/remove': request(one, none),
  /**
   * Asks, and answers when the answer is complete; `thread/delta` brings it piece by piece before. An answer that was stopped or failed is
   * an answer with that state: the request itself fails only where nothing was sent. `thread_busy`: another one is under way.
   */
  'thread/send': request(ThreadQuestion, Answered),
  /** Stops the answer under way; false: there is none in this process. */
  'thread/cancel': request(one, z.boolean()),
  /** From the next question on; an answer under way keeps the model that it was begun with. */
  'thread/setModel': request(ThreadModel, Thread),
} as const satisfies Record<string, RequestRow>
