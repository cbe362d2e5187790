import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ConnectionObstacle } from '../../protocol/reasons.ts'
import { localizable } from '../../shared/message.ts'
import { obstacleOfCode, ProxyError } from './connectionObstacles.ts'
import type { DeadlinePhase } from './deadlines.ts'

/** Why a request of ours brought no complete answer. What the server said in an answer is not a failure of the transport. */
export type TransportFailure =
  | { kind: 'cancelled' }
  | { kind: 'timeout'; phase: DeadlinePhase; afterMs: number }
  | { kind: 'unreachable'; cause: string; obstacle?: ConnectionObstacle }
  | { kind: 'blocked_address'; why: LocalizableMessage }
  | { kind: 'redirect'; to: string }
  | { kind: 'too_large'; limitBytes: number }
  | { kind: 'undecodable'; why: LocalizableMessage }

/** What an SDK gets to see. It may wrap it; the failure itself is read from the exchange. */
export class TransportError extends Error {
  readonly failure: TransportFailure
  constructor(failure: TransportFailure) {
    super(`transport: ${failure.kind}`)
    this.failure = failure
    // SDKs recognise an abort by its name, and then do not call it a connection error.
    this.name = failure.kind === 'cancelled' ? 'AbortError' : 'TransportError'
  }
}

/** Recognizes what went wrong on the socket by code and class; never by its text. */
export function failureOfSocketError(error: unknown, connectTimeoutMs: number): TransportFailure {
  const codes = collectCodes(error)
  const blocked = findBlocked(error)
  if (blocked !== null) return { kind: 'blocked_address', why: blocked }
  if (codes.some((code) => connectTimeoutCodes.has(code))) {
    return { kind: 'timeout', phase: 'connect', afterMs: connectTimeoutMs }
  }
  // undici gives this one no code; its name is the class, which is not imported, so that undici loads on first use.
  if ([...related(error)].some((each) => each.name === 'HTTPParserError')) {
    return { kind: 'undecodable', why: localizable('it does not speak HTTP') }
  }
  const proxy = [...related(error)].find((each) => each instanceof ProxyError)
  const [code, obstacle] = findObstacle(codes)
  const cause = proxy?.detail ?? code ?? 'connection failed'
  return obstacle === null ? { kind: 'unreachable', cause } : { kind: 'unreachable', cause, obstacle }
}

/** The first code that says more than that nobody is there, else the first of all. */
function findObstacle(codes: readonly string[]): [code: string | undefined, obstacle: ConnectionObstacle | null] {
  for (const code of codes) {
    const obstacle = obstacleOfCode(code)
    if (obstacle !== null) return [code, obstacle]
  }
  return [codes[0], null]
}

const connectTimeoutCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

/** An error, its causes and, when several addresses were tried, the errors of each. */
function* related(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 5) return
  yield error
  yield* related(error.cause, depth + 1)
  if (error instanceof AggregateError) for (const inner of error.errors) yield* related(inner, depth + 1)
}

function collectCodes(error: unknown): string[] {
  return [...related(error)].flatMap((each) => ('code' in each && typeof each.code === 'string' ? [each.code] : []))
}

function findBlocked(error: unknown): LocalizableMessage | null {
  for (const each of related(error)) {
    if ('code' in each && each.code === 'ERR_BLOCKED_ADDRESS' && 'why' in each) return each.why as LocalizableMessage
  }
  return null
}
