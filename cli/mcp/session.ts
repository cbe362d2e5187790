import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { commandToType } from '../invocation/call.ts'
import type { Host, Invocation } from '../invocation/invocation.ts'
import { nextStep } from '../invocation/nextStep.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { SpendingCap } from './spendingCap.ts'

/** What the tools of one process work with. */
export interface McpSession {
  readonly invocation: Invocation
  readonly client: Host['client']
  /** False: nothing that calls a model or writes. */
  readonly allowsRuns: boolean
  /** Items of a run at most; null: as many as are asked for. */
  readonly mostItems: number | null
  readonly spending: SpendingCap
}

/** The other side of one call of a tool. */
export interface Exchange {
  /** The caller does not want the answer any more. */
  readonly signal: AbortSignal
  /** `total` null: nobody knows yet. Not sent where the caller did not ask for it. */
  progress(done: number, total: number | null, message: string): void
}

/** What the caller can do otherwise, as every other wrong use of the program. */
export function refuseUse({ invocation }: Pick<McpSession, 'invocation'>, detail: string) {
  return fail({ code: 'usage_invalid', detail, usage: commandToType(invocation.call, 'mcp') })
}

/** A failure as a model reads it: what is wrong, and the one thing that helps. */
export function reasonText({ invocation }: Pick<McpSession, 'invocation'>, reason: Reason): string {
  return oneLine(`${reason.message} Next: ${nextStep(reason, invocation.call)}`)
}

/**
 * The absolute paths of what is named, all of it in the folder that the process was started in, links followed: a model that was talked
 * into it by a text must not read other files of the person and hand them on.
 */
export async function pathsInside(session: McpSession, named: readonly string[]): Promise<Outcome<string[]>> {
  const { workingFolder } = session.invocation.terminal
  const root = await realOrItself(workingFolder)
  const paths: string[] = []
  for (const name of named) {
    const place = path.resolve(workingFolder, name)
    const way = path.relative(root, await realOrItself(place))
    if (way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way))
      return refuseUse(session, `"${oneLine(name)}" is outside the folder ${oneLine(workingFolder)}`)
    paths.push(place)
  }
  return succeed(paths)
}

/** What is not there has no links to follow but those of the folders above it. */
async function realOrItself(place: string): Promise<string> {
  try {
    return await realpath(place)
  } catch {
    const above = path.dirname(place)
    return above === place ? place : path.join(await realOrItself(above), path.basename(place))
  }
}
