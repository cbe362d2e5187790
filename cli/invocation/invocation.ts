import type { ServerInfo } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { type Colours, coloursFor } from '../terminal/colours.ts'
import { neutralise, oneLine, toJson } from '../terminal/plainText.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Call } from './call.ts'
import type { Client } from './client.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exitCodes.ts'
import { nextStep } from './nextStep.ts'

/** One call of the program: where it talks and how. */
export interface Invocation {
  readonly terminal: Terminal
  readonly json: boolean
  readonly dataFolder: string
  readonly call: Call
  /** For stderr. */
  readonly colours: Colours
}

/** The server in this process, as far as a client sees it. */
export interface Host {
  client: Client
  info: ServerInfo
  stop(): Promise<void>
}

export function createInvocation(
  terminal: Terminal,
  details: Pick<Invocation, 'json' | 'dataFolder' | 'call'>,
): Invocation {
  return { terminal, ...details, colours: coloursFor(terminal.stderr) }
}

/**
 * Prints the answer of a command: one JSON document, or what `render` makes of the value. A failure goes to stderr as its
 * sentence and the next step.
 */
export async function print<Value>(
  invocation: Invocation,
  outcome: Outcome<Value>,
  render: (value: Value) => string,
): Promise<ExitCode> {
  if (invocation.json) await writeJson(invocation, outcome)
  else if (outcome.ok) await writeLine(invocation, render(outcome.value))
  if (outcome.ok) return exitCodes.done
  if (!invocation.json) await printReason(invocation, outcome.reason)
  return exitCodeOf(outcome.reason.code)
}

export async function writeJson(invocation: Invocation, document: unknown): Promise<void> {
  await invocation.terminal.stdout.write(`${toJson(document)}\n`)
}

export async function writeLine(invocation: Invocation, text: string): Promise<void> {
  if (text !== '') await invocation.terminal.stdout.write(`${text}\n`)
}

/** For people, beside the results. */
export async function printNote(invocation: Invocation, text: string): Promise<void> {
  await invocation.terminal.stderr.write(`${text}\n`)
}

export async function printReason(invocation: Invocation, reason: Reason): Promise<void> {
  await printNote(invocation, `${invocation.colours.bad('error:')} ${neutralise(reason.message)}`)
  await printNextStep(invocation, nextStep(reason, invocation.call))
}

export async function printNextStep(invocation: Invocation, step: string): Promise<void> {
  await printNote(invocation, `${invocation.colours.quiet('next:')}  ${invocation.colours.command(oneLine(step))}`)
}
