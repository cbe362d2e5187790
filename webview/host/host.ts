import * as z from 'zod'
import { type RequestName, type Result, requests } from '../../protocol/contract.ts'
import { assertNever } from '../../protocol/names.ts'
import type {
  CommandTable,
  PageEvent,
  PageMessage,
  PanelTalk,
  Refusal,
  RequestTable,
  ServerCondition,
  SettingsTalk,
  Words,
} from '../../protocol/page.ts'
import { fail } from '../../shared/fail.ts'

/** The host takes more; a page that waits for so many is slow enough. */
const mostAtATime = 16

export interface StartFacts<At> {
  language: string
  words: Words
  place: At | null
  server: ServerCondition
}

export interface HostListener<At> {
  start(facts: StartFacts<At>): void
  event(event: PageEvent): void
  open(place: At): void
  server(server: ServerCondition): void
}

type AnyTalk = PanelTalk<RequestTable, CommandTable, unknown>

/** What the page may ask for is its panel's table. */
export interface Host<Talk extends Pick<AnyTalk, 'requests' | 'commands'> = SettingsTalk> {
  /** An answer of the server, checked. If it could not answer, that is a failure like any other. */
  request<Name extends keyof Talk['requests'] & RequestName>(
    method: Name,
    params: z.input<NonNullable<Talk['requests'][Name]>>,
    signal?: AbortSignal,
  ): Promise<Result<Name>>
  /** Lets the editor do something; null also when it could not. */
  command<Name extends keyof Talk['commands'] & string>(
    command: Name,
    args: z.input<Talk['commands'][Name]['args']>,
    signal?: AbortSignal,
  ): Promise<z.output<Talk['commands'][Name]['result']> | null>
}

type Reply =
  | { kind: 'answer'; result: unknown }
  | { kind: 'refused'; why: Refusal; detail: string }
  | { kind: 'cancelled' }

export interface HostWiring<Requests extends RequestTable, Commands extends CommandTable, At> {
  talk: PanelTalk<Requests, Commands, At>
  post(message: PageMessage): void
  listener: HostListener<At>
  /** For what a person need not see. */
  log(line: string): void
}

/** The page's end of what it and the editor may say to each other. */
export class HostConnection<Requests extends RequestTable, Commands extends CommandTable, At>
  implements Host<PanelTalk<Requests, Commands, At>>
{
  readonly #wiring: HostWiring<Requests, Commands, At>
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #queue: (() => void)[] = []
  #lastId = 0
  #isStrangeMessageLogged = false

  constructor(wiring: HostWiring<Requests, Commands, At>) {
    this.#wiring = wiring
  }

  async request<Name extends keyof Requests & RequestName>(
    method: Name,
    params: z.input<NonNullable<Requests[Name]>>,
    signal?: AbortSignal,
  ): Promise<Result<Name>> {
    const reply = await this.#send((id) => ({ type: 'request', id, method, params }), signal)
    return readReply(reply, requests[method].result) as never
  }

  async command<Name extends keyof Commands & string>(
    command: Name,
    args: z.input<Commands[Name]['args']>,
    signal?: AbortSignal,
  ): Promise<z.output<Commands[Name]['result']> | null> {
    const reply = await this.#send((id) => ({ type: 'command', id, command, args }), signal)
    if (reply.kind !== 'answer') return null
    return (this.#wiring.talk.commands[command]?.result.safeParse(reply.result).data ?? null) as never
  }

  /** Takes whatever arrives. */
  receive(raw: unknown): void {
    const { talk, listener, log } = this.#wiring
    const parsed = talk.hostMessage.safeParse(raw)
    if (!parsed.success) {
      if (!this.#isStrangeMessageLogged) {
        log('A message that is none of the editor’s was left unread. Further ones are not logged.')
      }
      this.#isStrangeMessageLogged = true
      return
    }
    const message = parsed.data
    switch (message.type) {
      case 'start':
        return listener.start(message)
      case 'answer':
        return this.#waiting.get(message.id)?.({ kind: 'answer', result: message.result })
      case 'refused': {
        const { id, why, detail } = message
        log(`refused (${why}): ${detail}`)
        if (id !== null) this.#waiting.get(id)?.({ kind: 'refused', why, detail })
        return
      }
      case 'event':
        return listener.event(message.event)
      case 'open':
        return listener.open(message.place)
      case 'server':
        return listener.server(message.server)
      default:
        return assertNever(message)
    }
  }

  #send(message: (id: number) => PageMessage, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve) => {
      const end = (reply: Reply) => {
        resolve(reply)
        this.#queue.shift()?.()
      }
      const begin = () => (signal?.aborted ? end({ kind: 'cancelled' }) : this.#post(message, signal, end))
      if (this.#waiting.size < mostAtATime) begin()
      else this.#queue.push(begin)
    })
  }

  #post(message: (id: number) => PageMessage, signal: AbortSignal | undefined, end: (reply: Reply) => void): void {
    this.#lastId += 1
    const id = this.#lastId
    const finish = (reply: Reply) => {
      signal?.removeEventListener('abort', cancel)
      this.#waiting.delete(id)
      end(reply)
    }
    const cancel = () => {
      this.#wiring.post({ type: 'cancel', id })
      finish({ kind: 'cancelled' })
    }
    signal?.addEventListener('abort', cancel, { once: true })
    this.#waiting.set(id, finish)
    this.#wiring.post(message(id))
  }
}

function readReply(reply: Reply, schema: z.ZodType): unknown {
  switch (reply.kind) {
    case 'answer': {
      const parsed = schema.safeParse(reply.result)
      return parsed.success ? parsed.data : fail({ code: 'internal_error', detail: z.prettifyError(parsed.error) })
    }
    case 'refused':
      return fail({ code: 'internal_error', detail: reply.detail })
    case 'cancelled':
      return fail({ code: 'cancelled' })
    default:
      return assertNever(reply)
  }
}
