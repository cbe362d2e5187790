import type { CompletionOutcome, CompletionRequest, StreamRequest } from './adapter.ts'
import type { OpenCall } from './openCall.ts'
import { withoutThinking } from './thinking.ts'

/** No key has a blank in it, and none is longer. */
const longestHeldBack = 512
const beginsToThink = /^\s*<think(?:ing)?>/i
const endsToThink = /<\/think(?:ing)?>/i
/** The longest beginning of a mark of thinking, with a little blank before it. */
const longestMark = 24

/**
 * Hands an answer on while it is made: without the thoughts in front of it, and a word only when it is whole, so that a key which is
 * cut between two pieces is redacted all the same.
 */
export class AnswerPieces {
  readonly #redact: (text: string) => string
  readonly #onText: (piece: string) => void
  #state: 'begins' | 'thinks' | 'speaks' = 'begins'
  #waiting = ''
  #hasSpoken = false

  constructor(redact: (text: string) => string, onText: (piece: string) => void) {
    this.#redact = redact
    this.#onText = onText
  }

  /** Text of the answer as the server wrote it. */
  add(text: string): void {
    this.#waiting += text
    if (this.#state === 'begins') this.#begin()
    if (this.#state === 'thinks') this.#think()
    if (this.#state === 'speaks') this.#say(this.#waiting.length - heldBack(this.#waiting))
  }

  /** Nothing more comes. */
  flush(): void {
    if (this.#state === 'speaks') this.#say(this.#waiting.length)
  }

  #begin(): void {
    if (beginsToThink.test(this.#waiting)) this.#state = 'thinks'
    else if (this.#waiting.trimStart() !== '' && !this.#mayBeMark()) this.#state = 'speaks'
  }

  #mayBeMark(): boolean {
    const head = this.#waiting.trimStart().toLowerCase()
    return head.length < longestMark && ['<think>', '<thinking>'].some((mark) => mark.startsWith(head))
  }

  #think(): void {
    if (!endsToThink.test(this.#waiting)) return
    this.#waiting = withoutThinking(this.#waiting)
    this.#state = 'speaks'
  }

  #say(length: number): void {
    if (length <= 0) return
    const piece = this.#redact(this.#waiting.slice(0, length))
    this.#waiting = this.#waiting.slice(length)
    const shown = this.#hasSpoken ? piece : piece.trimStart()
    if (shown === '') return
    this.#hasSpoken = true
    this.#onText(shown)
  }
}

/** How long the word is that a text ends with; keys are of printable ASCII, so that other scripts are never held back. */
function heldBack(text: string): number {
  const [word = ''] = /[!-~]*$/.exec(text) ?? []
  return word.length > longestHeldBack ? 0 : word.length
}

/** What reads the answer of a request gives its text to; null: nobody wants it in pieces. */
export function answerPieces(
  { conversation }: Pick<CompletionRequest, 'conversation'>,
  { exchange }: Pick<OpenCall, 'exchange'>,
): AnswerPieces | null {
  return conversation ? new AnswerPieces((text) => exchange.redact(text), conversation.onText) : null
}

/** Sends a request of a conversation; an answer that did not come in pieces is handed on as one. */
export async function streamAnswer(
  request: StreamRequest,
  send: (request: StreamRequest) => Promise<CompletionOutcome>,
): Promise<CompletionOutcome> {
  const { conversation } = request
  let hasSpoken = false
  const onText = (piece: string): void => {
    hasSpoken = true
    conversation.onText(piece)
  }
  const outcome = await send({ ...request, conversation: { ...conversation, onText } })
  if (outcome.ok && !hasSpoken && outcome.value.text !== '') onText(outcome.value.text)
  return outcome
}
