import * as z from 'zod'
import type { RequestName } from '../../protocol/contract.ts'
import { assertNever } from '../../protocol/names.ts'
import type {
  CommandTable,
  HostMessage,
  PageEvent,
  PageMessage,
  PanelTalk,
  Refusal,
  RequestTable,
  ServerCondition,
  Words,
} from '../../protocol/page.ts'
import { createTokenBucket, type TokenBucket, weighMessage } from './messageLimits.ts'

/** A page of ours waits for at most sixteen answers at a time. */
const mostWaiting = 64
const burst = 200
const perSecond = 100

/** An answer of the server, or why it could not be asked. */
export type Asked = { kind: 'answered'; result: unknown } | { kind: 'down' } | { kind: 'lost' }

/** What a page of the panel may ask for, and no more. */
export type Allowed = Pick<PanelTalk<RequestTable, CommandTable, unknown>, 'requests' | 'commands' | 'pageMessage'>

export interface BridgeParts<At> {
  /** How the panel is called in the log. */
  name: string
  allowed: Allowed
  post(message: HostMessage<At>): void
  /** Asks the server. The params are checked; a throw is a bug. */
  ask(method: RequestName, params: unknown, signal: AbortSignal): Promise<Asked>
  /** Does what only the editor can. The args are checked; a throw is a bug. */
  run(command: string, args: unknown, signal: AbortSignal): Promise<unknown>
  language: string
  words: Words
  server(): ServerCondition
  /** Where the panel was asked to be since the page was drawn last; asked once for each `ready`. */
  takePlace(): At | null
  /** Milliseconds that never go back. */
  monotonicNow(): number
  log(line: string): void
}

/** The host's end of what a page may say: counted, weighed, checked and carried out, or refused with the reason. */
export class Bridge<At> {
  readonly #parts: BridgeParts<At>
  readonly #bucket: TokenBucket
  /** By the id of their message: what is being asked, to be aborted. */
  readonly #waiting = new Map<number, AbortController>()
  #lastId = 0
  #dropped = 0
  #isReady = false
  #isLogged = false

  constructor(parts: BridgeParts<At>) {
    this.#parts = parts
    this.#bucket = createTokenBucket(burst, perSecond, parts.monotonicNow)
  }

  /** A message of the page, which may be anything. Never throws. */
  receive(raw: unknown): void {
    const { name, allowed, log } = this.#parts
    if (!this.#bucket.take()) return this.#drop()
    if (this.#dropped > 0 && this.#bucket.level > 0.5) this.#endFlood()
    const weight = weighMessage(raw)
    if (weight !== 'fits') return this.#refuse(null, weight, 'the message is beyond what a page sends')
    const parsed = allowed.pageMessage.safeParse(raw)
    if (!parsed.success) {
      const why = isKnown(raw, allowed) ? 'invalid' : 'unknown'
      return this.#refuse(idOf(raw), why, describeProblem(parsed.error))
    }
    void this.#handle(parsed.data).catch((error: unknown) => {
      log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    })
  }

  event(event: PageEvent): void {
    this.#postIfReady({ type: 'event', event })
  }

  open(place: At): void {
    this.#postIfReady({ type: 'open', place })
  }

  server(server: ServerCondition): void {
    this.#postIfReady({ type: 'server', server })
  }

  dispose(): void {
    this.#forgetWaiting()
  }

  #postIfReady(message: HostMessage<At>): void {
    if (this.#isReady) this.#parts.post(message)
  }

  #refuse(id: number | null, why: Refusal, detail: string): void {
    const { name, post, log } = this.#parts
    post({ type: 'refused', id, why, detail })
    // Once: a page that sends a wrong message sends thousands.
    if (!this.#isLogged && why !== 'server_down' && why !== 'server_lost') {
      log(`${name} sent a message that was refused (${why}): ${detail}. Further ones are not told.`)
      this.#isLogged = true
    }
  }

  /** The first of a flood is refused; the rest is counted and costs nothing more. */
  #drop(): void {
    this.#dropped += 1
    if (this.#dropped === 1) this.#refuse(null, 'too_many', 'messages come too fast')
  }

  #endFlood(): void {
    this.#parts.log(`${this.#parts.name} sent ${this.#dropped} messages too fast: they were dropped.`)
    this.#dropped = 0
  }

  async #handle(message: PageMessage): Promise<void> {
    const { allowed, ask, run } = this.#parts
    switch (message.type) {
      case 'ready':
        return this.#start()
      case 'cancel':
        // An id that nobody waits for was answered already, or never asked.
        return this.#waiting.get(message.id)?.abort()
      case 'request': {
        const params = allowed.requests[message.method]?.safeParse(message.params)
        if (!params) return this.#refuse(message.id, 'unknown', 'no such request')
        if (!params.success) return this.#refuse(message.id, 'invalid', describeProblem(params.error))
        return this.#answer(message.id, (signal) => ask(message.method, params.data, signal))
      }
      case 'command': {
        const args = allowed.commands[message.command]?.args.safeParse(message.args)
        if (!args) return this.#refuse(message.id, 'unknown', 'no such command')
        if (!args.success) return this.#refuse(message.id, 'invalid', describeProblem(args.error))
        return this.#answer(message.id, async (signal) => {
          return { kind: 'answered', result: await run(message.command, args.data, signal) }
        })
      }
      default:
        return assertNever(message)
    }
  }

  /** A page that begins anew waits for nothing of before. */
  #start(): void {
    this.#forgetWaiting()
    this.#lastId = 0
    this.#isReady = true
    const { language, words, takePlace, server, post } = this.#parts
    post({ type: 'start', language, words, place: takePlace(), server: server() })
  }

  async #answer(id: number, act: (signal: AbortSignal) => Promise<Asked>): Promise<void> {
    if (!this.#isReady) return this.#refuse(id, 'invalid', 'the page did not say that it is ready')
    if (id <= this.#lastId) return this.#refuse(id, 'duplicate', `the id ${id} was used before`)
    if (this.#waiting.size >= mostWaiting) {
      return this.#refuse(id, 'too_many', `${mostWaiting} answers are being waited for`)
    }
    this.#lastId = id
    const ending = new AbortController()
    this.#waiting.set(id, ending)
    const isWaited = () => this.#waiting.get(id) === ending
    try {
      const asked = await act(ending.signal)
      if (isWaited()) this.#postAnswer(id, asked)
    } catch (error) {
      if (isWaited()) this.#refuse(id, 'broken', error instanceof Error ? error.message : String(error))
      throw error
    } finally {
      if (isWaited()) this.#waiting.delete(id)
    }
  }

  #postAnswer(id: number, asked: Asked): void {
    switch (asked.kind) {
      case 'answered':
        return this.#parts.post({ type: 'answer', id, result: asked.result })
      case 'down':
        return this.#refuse(id, 'server_down', 'the background server is not running')
      case 'lost':
        return this.#refuse(id, 'server_lost', 'the background server ended before it had answered')
      default:
        return assertNever(asked)
    }
  }

  #forgetWaiting(): void {
    for (const ending of this.#waiting.values()) ending.abort()
    this.#waiting.clear()
  }
}

/** Only to name the message that was refused; what it is worth is decided elsewhere. */
const WithId = z.object({ id: z.int().min(1) })
const WithType = z.object({ type: z.enum(['ready', 'request', 'command', 'cancel']) })
const WithName = z.object({ method: z.string().optional(), command: z.string().optional() })

function idOf(raw: unknown): number | null {
  return WithId.safeParse(raw).data?.id ?? null
}

function isKnown(raw: unknown, { requests, commands }: Allowed): boolean {
  const type = WithType.safeParse(raw).data?.type
  const { method = '', command = '' } = WithName.safeParse(raw).data ?? {}
  if (type === 'ready' || type === 'cancel') return true
  return type === 'request' ? Object.hasOwn(requests, method) : type === 'command' && Object.hasOwn(commands, command)
}

/** Where it is wrong and why, and nothing of what was sent: that may be anything, of any length. */
function describeProblem(error: z.ZodError): string {
  const [first] = error.issues
  const place = first?.path.slice(0, 6).map(String).join('.') ?? ''
  return `${place ? `${place.slice(0, 100)}: ` : ''}${first?.code ?? 'invalid'}`
}
