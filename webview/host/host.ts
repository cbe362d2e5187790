import * as z from 'zod'
import { type RequestName, type Result, requests } from '../../protocol/contract.ts'
import { assertNever } from '../../protocol/names.ts'
import { fail } from '../../protocol/outcome.ts'
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
  note(line: string): void
}

/** The page's end of what it and the editor may say to each other. `receive` takes whatever arrives. */
export function connectHost<Requests extends RequestTable, Commands extends CommandTable, At>({
  talk,
  post,
  listener,
  note,
}: HostWiring<Requests, Commands, At>): Host<PanelTalk<Requests, Commands, At>> & { receive(raw: unknown): void } {
  const waiting = new Map<number, (reply: Reply) => void>()
  const queue: (() => void)[] = []
  let lastId = 0
  let isNoted = false

  function receive(raw: unknown) {
    const parsed = talk.hostMessage.safeParse(raw)
    if (!parsed.success) {
      if (!isNoted) note('A message that is none of the editor’s was left unread. Further ones are not logged.')
      isNoted = true
      return
    }
    const message = parsed.data
    switch (message.type) {
      case 'start':
        return listener.start(message)
      case 'answer':
        return waiting.get(message.id)?.({ kind: 'answer', result: message.result })
      case 'refused':
        note(`refused (${message.why}): ${message.detail}`)
        if (message.id !== null)
          waiting.get(message.id)?.({ kind: 'refused', why: message.why, detail: message.detail })
        return
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

  function send(message: (id: number) => PageMessage, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve) => {
      const begin = () => {
        if (signal?.aborted) return finish(null, { kind: 'cancelled' })
        lastId += 1
        const id = lastId
        const cancel = () => {
          post({ type: 'cancel', id })
          finish(id, { kind: 'cancelled' })
        }
        signal?.addEventListener('abort', cancel, { once: true })
        waiting.set(id, (reply) => {
          signal?.removeEventListener('abort', cancel)
          finish(id, reply)
        })
        post(message(id))
      }
      const finish = (id: number | null, reply: Reply) => {
        if (id !== null) waiting.delete(id)
        resolve(reply)
        queue.shift()?.()
      }
      if (waiting.size < mostAtATime) begin()
      else queue.push(begin)
    })
  }

  return {
    receive,
    async request(method, params, signal) {
      const reply = await send((id) => ({ type: 'request', id, method, params }), signal)
      return readReply(reply, requests[method].result) as never
    },
    async command(command, args) {
      const reply = await send((id) => ({ type: 'command', id, command, args }))
      if (reply.kind !== 'answer') return null
      return (talk.commands[command]?.result.safeParse(reply.result).data ?? null) as never
    },
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
