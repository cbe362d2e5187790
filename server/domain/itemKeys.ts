/** Letter, digit, letter, without letters that make words or look like digits: nothing that reads as a number or a name. */
const letters = 'bcdfghjkmnpqrstvwxz'
const digits = '23456789'

/** A source of numbers from 0 to below 1 that no text can foresee. */
export type Random = () => number

/**
 * So many different keys, such as "k7q". They tell a model's verdicts apart and nothing else: because they are short, without order
 * and drawn at random, an answer that numbers its verdicts anew holds none of them.
 */
export function drawItemKeys(count: number, random: Random): string[] {
  const all = [...letters].flatMap((first) =>
    [...digits].flatMap((digit) => [...letters].map((last) => `${first}${digit}${last}`)),
  )
  return shuffle(all, random).slice(0, count)
}

/** In another order, each as likely as the others (Fisher and Yates). */
export function shuffle<Value>(values: readonly Value[], random: Random): Value[] {
  const shuffled = [...values]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[shuffled[last], shuffled[other]] = [shuffled[other] as Value, shuffled[last] as Value]
  }
  return shuffled
}

/** The given key that is meant: as it is, or with decoration around it that leaves one reading. Null: none of them. */
export function matchKey(written: unknown, given: ReadonlySet<string>): string | null {
  const text = typeof written === 'number' ? String(written) : typeof written === 'string' ? written.slice(0, 80) : ''
  if (given.has(text)) return text
  const bare = text
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/^(?:(?:the|item|key|id|no|nr) )+/i, '')
  if (given.has(bare)) return bare
  const folded = bare.toLowerCase()
  const alike = [...given].filter((key) => key.toLowerCase() === folded)
  return alike.length === 1 ? (alike[0] ?? null) : null
}
