import { type CancellationToken, ErrorCodes, LSPErrorCodes, ResponseError } from 'vscode-languageserver'
import type * as z from 'zod'
import { type ParsedParams, type RequestName, type Result, requests } from '../../protocol/contract.ts'
import { isRecord } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { problemOfIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { UnreadableData } from '../store/unreadableData.ts'
import { refuseKeys, withoutKeyAsName } from './refuseKeys.ts'

/** What a handler gets besides its parameters. */
export interface CallContext {
  /** Aborted when the client cancels the request or the connection ends. */
  signal: AbortSignal
}

type Awaitable<Value> = Value | Promise<Value>

/** One function for each request of the contract: a message without a handler does not compile. */
export type Handlers = {
  [Name in RequestName]: (params: ParsedParams<Name>, context: CallContext) => Awaitable<Result<Name>>
}

/** The part of a connection that requests arrive on. */
export interface RequestSource {
  onRequest(method: string, handler: (...args: unknown[]) => unknown): { dispose(): void }
}

interface DispatchOptions {
  /** Null before `initialize` was answered: every request is refused then. */
  handlers(): Handlers | null
  /** Told what went wrong inside a handler; the client only hears that something did. */
  onBug(method: string, error: unknown): void
}

/**
 * Registers every request of the contract: parameters are parsed once, here; a token becomes an AbortSignal;
 * a throw becomes a JSON-RPC error. Expected failures never come this way: they are Outcomes in the result.
 */
export function registerRequests(source: RequestSource, options: DispatchOptions): { dispose(): void } {
  const registrations = (Object.keys(requests) as RequestName[]).map((name) =>
    source.onRequest(name, (...args) => answer(name, args, options)),
  )
  return { dispose: () => registrations.forEach((registration) => void registration.dispose()) }
}

async function answer(name: RequestName, args: unknown[], options: DispatchOptions): Promise<unknown> {
  const handlers = options.handlers()
  if (handlers === null) {
    throw new ResponseError(ErrorCodes.ServerNotInitialized, `${name} came before initialize was answered`)
  }
  const { params, token } = splitArguments(args)
  // Before the schema, which would repeat the name of a field that it does not know.
  const refusal = refuseKeys(name, params)
  if (refusal) return refusal
  const parsed = requests[name].params.safeParse(params)
  if (!parsed.success) throw invalidParams(name, parsed.error)
  const handle = handlers[name] as (params: unknown, context: CallContext) => Awaitable<unknown>
  const { signal, release } = signalOf(token)
  try {
    const answered = await handle(parsed.data, { signal })
    return (isFailure(answered) && withoutKeyAsName(answered.reason)) || answered
  } catch (error) {
    if (error instanceof ResponseError) throw error
    if (error instanceof UnreadableData) return fail(error.facts)
    options.onBug(name, error)
    throw new ResponseError(ErrorCodes.InternalError, `${name} failed because of a bug; the log says more`)
  } finally {
    release()
  }
}

function isFailure(answer: unknown): answer is Extract<Outcome<never>, { ok: false }> {
  return isRecord(answer) && answer.ok === false
}

/** vscode-jsonrpc passes the token last, positional parameters before it, and nothing at all for missing ones. */
function splitArguments(args: unknown[]): { params: unknown; token: CancellationToken } {
  const token = args.at(-1) as CancellationToken
  const params = args.slice(0, -1)
  return { params: params.length > 1 ? params : params[0], token }
}

export function invalidParams(method: string, error: z.ZodError): ResponseError<{ problems: Problem[] }> {
  const problems = error.issues.flatMap(withFields).slice(0, 20)
  const first = problems[0]
  const place = first?.path ? `${first.path}: ` : ''
  return new ResponseError(ErrorCodes.InvalidParams, `${method}: ${place}${first?.message ?? 'invalid'}`, { problems })
}

/** A field that is not known is named by its own path, and not by that of what holds it. */
function withFields(issue: z.core.$ZodIssue): Problem[] {
  const problem = problemOfIssue(issue)
  if (issue.code !== 'unrecognized_keys') return [problem]
  return issue.keys.map((key) => ({ ...problem, path: [...issue.path, key].map(String).join('.') }))
}

/** A cancelled request still answers, with whatever Outcome its handler makes of the abort. */
function signalOf(token: CancellationToken): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  if (token.isCancellationRequested) controller.abort()
  const listener = token.onCancellationRequested(() => controller.abort())
  return { signal: controller.signal, release: () => listener.dispose() }
}

/** The server exists but cannot work: said as the answer to `initialize`. */
export function cannotInitialize(message: string, data: unknown): ResponseError<unknown> {
  return new ResponseError(LSPErrorCodes.RequestFailed, message, data)
}
