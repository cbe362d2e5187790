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
import { weighMessage } from './messageSize.ts'
import { createTokenBucket } from './tokenBucket.ts'

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

export interface Bridge<At> {
  /** A message of the page, which may be anything. Never throws. */
  receive(raw: unknown): void
  event(event: PageEvent): void
  open(place: At): void
  server(server: ServerCondition): void
  dispose(): void
}

/** The host's end of what a page may say: counted, weighed, checked and carried out, or refused in so many words. */
export function createBridge<At>(parts: BridgeParts<At>): Bridge<At> {
  const { name, allowed } = parts
  const bucket = createTokenBucket(burst, perSecond, parts.monotonicNow)
  const waiting = new Map<number, AbortController>()
  let lastId = 0
  let dropped = 0
  let isReady = false
  let isLogged = false

  function refuse(id: number | null, why: Refusal, detail: string) {
    parts.post({ type: 'refused', id, why, detail })
    // Once: whoever sends a wrong message sends thousands.
    if (!isLogged && why !== 'server_down' && why !== 'server_lost') {
      parts.log(`${name} sent a message that was refused (${why}): ${detail}. Further ones are not told.`)
      isLogged = true
    }
  }

  function receive(raw: unknown) {
    if (!bucket.take()) return drop()
    if (dropped > 0 && bucket.level > 0.5) endFlood()
    const weight = weighMessage(raw)
    if (weight !== 'fits') return refuse(null, weight, 'the message is beyond what a page sends')
    const parsed = allowed.pageMessage.safeParse(raw)
    if (!parsed.success)
      return refuse(idOf(raw), isKnown(raw, allowed) ? 'invalid' : 'unknown', tellProblem(parsed.error))
    void handle(parsed.data).catch((error: unknown) => {
      parts.log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    })
  }

  /** The first of a flood is told that it is one; the rest is counted and costs nothing more. */
  function drop() {
    dropped += 1
    if (dropped === 1) refuse(null, 'too_many', 'messages come too fast')
  }

  function endFlood() {
    parts.log(`${name} sent ${dropped} messages too fast: they were dropped.`)
    dropped = 0
  }

  async function handle(message: PageMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return start()
      case 'cancel':
        // An id that nobody waits for was answered already, or never asked.
        return waiting.get(message.id)?.abort()
      case 'request': {
        const params = allowed.requests[message.method]?.safeParse(message.params)
        if (!params) return refuse(message.id, 'unknown', 'no such request')
        if (!params.success) return refuse(message.id, 'invalid', tellProblem(params.error))
        return answer(message.id, (signal) => parts.ask(message.method, params.data, signal))
      }
      case 'command': {
        const args = allowed.commands[message.command]?.args.safeParse(message.args)
        if (!args) return refuse(message.id, 'unknown', 'no such command')
        if (!args.success) return refuse(message.id, 'invalid', tellProblem(args.error))
        return answer(message.id, async (signal) => {
          return { kind: 'answered', result: await parts.run(message.command, args.data, signal) }
        })
      }
      default:
        return assertNever(message)
    }
  }

  /** A page that begins anew waits for nothing of before. */
  function start() {
    forgetWaiting()
    lastId = 0
    isReady = true
    const { language, words } = parts
    parts.post({ type: 'start', language, words, place: parts.takePlace(), server: parts.server() })
  }

  async function answer(id: number, act: (signal: AbortSignal) => Promise<Asked>): Promise<void> {
    if (!isReady) return refuse(id, 'invalid', 'the page did not say that it is ready')
    if (id <= lastId) return refuse(id, 'duplicate', `the id ${id} was used before`)
    if (waiting.size >= mostWaiting) return refuse(id, 'too_many', `${mostWaiting} answers are being waited for`)
    lastId = id
    const ending = new AbortController()
    waiting.set(id, ending)
    const isWaited = () => waiting.get(id) === ending
    try {
      const asked = await act(ending.signal)
      if (isWaited()) tellAnswer(id, asked)
    } catch (error) {
      if (isWaited()) refuse(id, 'broken', error instanceof Error ? error.message : String(error))
      throw error
    } finally {
      if (isWaited()) waiting.delete(id)
    }
  }

  function tellAnswer(id: number, asked: Asked) {
    switch (asked.kind) {
      case 'answered':
        return parts.post({ type: 'answer', id, result: asked.result })
      case 'down':
        return refuse(id, 'server_down', 'the background server is not running')
      case 'lost':
        return refuse(id, 'server_lost', 'the background server ended before it had answered')
      default:
        return assertNever(asked)
    }
  }

  function forgetWaiting() {
    for (const ending of waiting.values()) ending.abort()
    waiting.clear()
  }

  const tell = (message: HostMessage<At>) => {
    if (isReady) parts.post(message)
  }
  return {
    receive,
    event: (event) => tell({ type: 'event', event }),
    open: (place) => tell({ type: 'open', place }),
    server: (server) => tell({ type: 'server', server }),
    dispose: forgetWaiting,
  }
}

/** Only for telling which message was refused; what it is worth is decided elsewhere. */
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
function tellProblem(error: z.ZodError): string {
  const [first] = error.issues
  const place = first?.path.slice(0, 6).map(String).join('.') ?? ''
  return `${place ? `${place.slice(0, 100)}: ` : ''}${first?.code ?? 'invalid'}`
}
