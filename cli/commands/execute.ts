import { type Command, InvalidArgumentError } from 'commander'
import type * as z from 'zod'
import { ProviderId } from '../../protocol/names.ts'
import { LineRange, lastLine, Shard } from '../../protocol/sources.ts'
import { holdsKnownKey, looksLikeKey } from '../../shared/keys/keyShape.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import type { Host, Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { cut, oneLine } from '../terminal/plainText.ts'

/** What a command does, once the server behind it has started. */
export type Work = (invocation: Invocation, host: Host) => Promise<ExitCode>

/** Carries out a command that was understood. */
export type Execute = (command: Command, work: Work) => Promise<void>

/** Checks a word of the command line with the contract's schema for it; `what` and `rule` say what it should have been. */
export function matching<Schema extends z.ZodType<string>>(
  schema: Schema,
  what: string,
  rule = '',
): (word: string) => z.output<Schema> {
  return (word) => {
    if (looksLikeKey(word))
      throw new UsageError(`What is given as ${what} looks like a key, and keys never stand on a command line`)
    const parsed = schema.safeParse(word)
    if (parsed.success) return parsed.data
    throw new UsageError(`"${cut(oneLine(word), 60)}" is not ${what}${rule === '' ? '' : `: ${rule}`}`)
  }
}

/**
 * No word of a command line may be a key, whatever it is given as. Names of files are let through: reports of a country begin like keys.
 */
export function refuseKeys(command: Command): void {
  const words = [...command.args, ...Object.values(command.opts())].flat()
  const isKey = (word: unknown) => typeof word === 'string' && !/\.\w{1,8}$/.test(word) && holdsKnownKey(word)
  if (!words.some(isKey)) return
  throw new UsageError(
    'A word of this command looks like a key. A key does not belong on a command line, where every process can read it and the shell remembers it: give it to "provider set-key ID", which asks for it, or put it into an environment variable and name that: --key-env NAME',
  )
}

export const providerId = matching(
  ProviderId,
  'the id of a provider',
  'lower-case letters, digits, ".", "_" or "-", at most 63',
)

export function wholeNumber(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** Both included, with a point before its decimals. */
export function numberBetween(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d{1,6}(\.\d{1,6})?$/.test(word) ? Number(word) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}

export function amountOfUsd(word: string): number {
  const amount = /^\$?\d{1,7}(\.\d{1,9})?$/.test(word) ? Number(word.replace('$', '')) : Number.NaN
  if (amount > 0 && amount <= 1e6) return amount
  throw new InvalidArgumentError('It must be an amount of US dollars, such as 0.50.')
}

export function promisedShare(word: string): number {
  const share = /^0?\.\d{1,4}$/.test(word) ? Number(word) : Number.NaN
  if (share >= 0.5 && share <= 0.999) return share
  throw new InvalidArgumentError('It must be a share from 0.5 to 0.999, such as 0.95.')
}

export function collect(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word]
}

/** Examples under the options of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`
}

/** `2-40`, `7`, `12-` for everything from there, or several between commas. */
/** From 0.5 to 1. */
export function shareOf(word: string): number {
  const share = /^(?:0?\.\d{1,6}|0|1(?:\.0{1,6})?)$/.test(word.trim()) ? Number(word) : Number.NaN
  if (share >= 0.5 && share <= 1) return share
  throw new InvalidArgumentError('It must be a share from 0.5 to 1, such as 0.9.')
}

/** `2/8` */
export function shardOf(word: string): Shard {
  const [, number, of] = /^\s*(\d{1,5})\s*\/\s*(\d{1,5})\s*$/.exec(word) ?? []
  const parsed = Shard.safeParse({ number: Number(number), of: Number(of) })
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError('It must be a part and how many there are, such as 2/8, at most 10000.')
}

export function lineRanges(word: string): LineRange[] {
  return word.split(',').map((part) => {
    const [, from, dash, to] = /^\s*(\d{1,9})\s*(?:(-)\s*(\d{1,9})?\s*)?$/.exec(part) ?? []
    const first = Number(from)
    const last = to === undefined ? (dash === undefined ? first : lastLine) : Number(to)
    const parsed = LineRange.safeParse({ from: first, to: last })
    if (parsed.success && first <= last) return parsed.data
    throw new InvalidArgumentError('It must be lines, such as 2-40, 7 or 12-, counted from 1.')
  })
}
