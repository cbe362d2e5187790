import type { Outcome } from '../../protocol/outcome.ts'
import type { Dependent, Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import { type ExitCode, exitCodes } from './exitCodes.ts'
import { type Invocation, printNote, writeJson } from './invocation.ts'

/** Whether a person at the keyboard agrees; anything but yes is a no. Only where `terminal.canAsk`. */
export async function agrees({ terminal }: Pick<Invocation, 'terminal'>, question: string): Promise<boolean> {
  const answer = await terminal.ask(`${oneLine(question)} (y/N) `)
  return answer !== null && /^\s*(y|yes)\s*$/i.test(answer)
}

/** A person said no, or pressed Ctrl-C: nothing was done. */
export async function refuse(invocation: Invocation): Promise<ExitCode> {
  if (invocation.json) await writeJson(invocation, fail({ code: 'cancelled' }))
  else await printNote(invocation, 'Nothing was done.')
  return exitCodes.interrupted
}

/**
 * Asks for a change that others depend on. Where a person can be asked, what depends on it is shown and the change made once it
 * is confirmed; elsewhere it takes `--yes`. Null: the person refused.
 */
export async function confirmDependents<Value>(
  invocation: Invocation,
  isConfirmed: boolean,
  request: (confirm: boolean) => Promise<Outcome<Value>>,
): Promise<Outcome<Value> | null> {
  const first = await request(isConfirmed)
  if (first.ok || first.reason.code !== 'has_dependents' || isConfirmed) return first
  if (invocation.json || !invocation.terminal.canAsk) return first
  await printNote(invocation, dependentsText(first.reason))
  return (await agrees(invocation, 'Continue anyway?')) ? await request(true) : null
}

function dependentsText(reason: Extract<Reason, { code: 'has_dependents' }>): string {
  return [neutralise(reason.message), ...dependentLines(reason.dependents)].join('\n')
}

/** One dependent a line, in words. */
export function dependentLines(dependents: readonly Dependent[]): string[] {
  return dependents.map(({ what, id }) => `  ${describeDependent[what]} ${oneLine(id)}`)
}

const describeDependent: Record<Dependent['what'], string> = {
  route: 'the route of',
  fallback: 'the fallback of',
  run: 'the unfinished run',
  default: 'the default for',
  model: 'the registered model',
  category: 'the category',
  thread: 'the conversation',
  knowledge_base: 'the knowledge base',
  gateway: 'the gateway',
  alias: 'the alias',
}
