import * as z from 'zod'
import { requests } from './contract.ts'
import { command, type PanelTalk, panelTalk } from './page.ts'
import { Reason } from './reasons.ts'
import { CitedItem, MessageId, ThreadId } from './threads.ts'

// What the page for conversations and the editor may say to each other: it reads and changes conversations, asks, and names no file.

/** The conversation that is to be shown; null: a new one is to be begun. */
export const ThreadsPlace = z.object({ threadId: ThreadId.nullable() })
export type ThreadsPlace = z.infer<typeof ThreadsPlace>

/** In characters: what a person types. Longer material is piped into the terminal's `ask`. */
export const longestQuestion = 500_000
/** In characters, as browsers take it. */
export const longestAddress = 8_192

/** Addresses that an answer may lead to. Whatever else stands in it as a link is text. */
export const openableAddress = /^(?:https?|mailto):/i

const threadsRequests = {
  /** What a conversation is about is said where it is chosen: a page names no file. */
  'thread/create': requests['thread/create'].params.omit({ about: true }).strict(),
  'thread/list': requests['thread/list'].params,
  'thread/get': requests['thread/get'].params,
  'thread/rename': requests['thread/rename'].params,
  'thread/remove': requests['thread/remove'].params,
  'thread/cancel': requests['thread/cancel'].params,
  'thread/setModel': requests['thread/setModel'].params,
  'provider/list': requests['provider/list'].params,
  'model/list': requests['model/list'].params,
  'run/get': requests['run/get'].params,
} as const

const done = z.null()
const ofThread = z.strictObject({ threadId: ThreadId })
const [newQuestion, sameQuestion] = requests['thread/send'].params.options

export const threadsCommands = {
  /**
   * Sends a question; as `thread/send`, but the answer goes on where the page is hidden meanwhile, which for a request would be the end of it.
   */
  send: command(
    z.union([
      z.strictObject({ ...newQuestion.shape, text: newQuestion.shape.text.max(longestQuestion) }),
      z.strictObject(sameQuestion.shape),
    ]),
    requests['thread/send'].result,
  ),
  /** Opens an item that an answer cites, which the editor looks up in the message. Null: it is open; else why not, in a sentence. */
  openCitation: command(
    z.strictObject({
      threadId: ThreadId,
      messageId: MessageId,
      ...CitedItem.pick({ id: true, inputHash: true }).shape,
    }),
    z.string().nullable(),
  ),
  /** Shows what the conversation is about. Null: it is open; else why not, in a sentence. */
  openAbout: command(ofThread, z.string().nullable()),
  /** Opens an address that the person has seen whole and agreed to. */
  openAddress: command(z.strictObject({ address: z.string().max(longestAddress).regex(openableAddress) }), done),
  /** Puts a text into the clipboard. */
  copy: command(z.strictObject({ text: z.string().max(900_000) }), done),
  /** Asks where, writes the conversation as Markdown and opens it. Null: written, or the person left; else why it is not. */
  exportThread: command(ofThread, z.string().nullable()),
  /** Does what the button under a reason says. */
  actOn: command(z.strictObject({ reason: Reason }), done),
  restartServer: command(z.strictObject({}), done),
  showLog: command(z.strictObject({}), done),
} as const

export type ThreadsTalk = PanelTalk<typeof threadsRequests, typeof threadsCommands, ThreadsPlace>
export const threadsTalk: ThreadsTalk = panelTalk(threadsRequests, threadsCommands, ThreadsPlace)
