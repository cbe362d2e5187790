import { type Command, InvalidArgumentError } from 'commander'

/** When a run stops by itself: the same for a new run and for one that goes on. */
export function withStopRules(command: Command): Command {
  return command
    .option('--stop-after <time>', 'stop after this time: 90s, 10m, 2h, or never; it can be resumed', orNever(seconds))
    .option(
      '--stop-failed <share>',
      'stop when this share of the items asked about fails: 20%, or never (default: 50%, and 25 in a row); rows that cannot be read do not count',
      orNever(share),
    )
    .option(
      '--stop-invalid <share>',
      'stop when this share of answers is unusable: 20%, or never (default: when none of the first 10 can be used)',
      orNever(share),
    )
    .option('--stop-same <share>', 'stop when this share of items gets the same category, or never', orNever(share))
}

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600 }

export function seconds(word: string): number {
  const [, amount = '', unit = 's'] = /^(\d{1,6}(?:\.\d{1,3})?)(s|m|h)?$/.exec(word) ?? []
  const value = Number(amount) * (unitSeconds[unit] ?? 1)
  if (amount !== '' && value > 0 && value <= 8_640_000) return value
  throw new InvalidArgumentError('It must be a time such as 90s, 10m or 2h, or never.')
}

function share(word: string): number {
  const [, amount = '', percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%)?$/.exec(word) ?? []
  const value = percent === undefined ? Number(amount) : Number(amount) / 100
  if (amount !== '' && value > 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a share such as 20% or 0.2, or never.')
}

/** A run that goes on has rules already: `never` switches one off. */
function orNever(read: (word: string) => number): (word: string) => number | 'never' {
  return (word) => (word === 'never' ? 'never' : read(word))
}
