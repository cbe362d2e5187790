import { type Command, InvalidArgumentError } from 'commander'
import type * as z from 'zod'
import type { ExitCode } from '../exitCodes.ts'
import type { Host, Invocation } from '../invocation.ts'

/** What a command does, once the server behind it has started. */
export type Work = (invocation: Invocation, host: Host) => Promise<ExitCode>

/** Carries out a command that was understood. */
export type Execute = (command: Command, work: Work) => Promise<void>

/** Checks a word of the command line with the contract's schema for it. */
export function matching<Schema extends z.ZodType<string>>(schema: Schema): (word: string) => z.output<Schema> {
  return (word) => {
    const parsed = schema.safeParse(word)
    if (parsed.success) return parsed.data
    throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'It is not valid.')
  }
}

export function wholeNumber(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

export function collect(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word]
}

/** Examples under the options of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`
}
