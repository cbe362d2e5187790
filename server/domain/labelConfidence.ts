/** One token of an answer, with what else might have stood there. Log probabilities are natural ones. */
export interface TokenPlace {
  token: string
  /** The token itself among them. */
  alternatives: readonly { token: string; logprob: number }[]
}

/**
 * How probable a label is among those that are allowed, by the tokens that it was written in: at each token, the share of the alternatives
 * that may still become this label in those that may still become any. Servers tell alternatives before their grammar, and split labels as they
 * like, so that texts are compared and never tokens. `at`: where the label begins in the answer, behind its quotation mark.
 * Null: the tokens do not spell it, or nothing beside it was told.
 */
export function labelConfidence(
  places: readonly TokenPlace[],
  at: number,
  label: string,
  allowed: readonly string[],
): number | null {
  const ends = allowed.map((name) => `${escaped(name)}"`)
  const whole = `${escaped(label)}"`
  let [start, probability, spelled] = [0, 1, '']
  for (const { token, alternatives } of places) {
    const end = start + token.length
    const before = token.slice(0, Math.max(0, at - start))
    start = end
    if (end <= at) continue
    const rest = token.slice(before.length)
    if (!mayBecome(whole, spelled + rest)) return null
    const fitting = alternatives.filter(
      ({ token: other }) =>
        other.startsWith(before) &&
        other.length > before.length &&
        ends.some((name) => mayBecome(name, spelled + other.slice(before.length))),
    )
    const mass = (fits: (text: string) => boolean): number =>
      fitting.reduce(
        (sum, { token: other, logprob }) => sum + (fits(spelled + other.slice(before.length)) ? Math.exp(logprob) : 0),
        0,
      )
    const all = mass(() => true)
    if (all === 0) return null
    probability *= mass((text) => mayBecome(whole, text)) / all
    spelled += rest
    // What follows decides nothing any more.
    if (ends.filter((name) => mayBecome(name, spelled)).length === 1) return Math.min(1, probability)
  }
  return null
}

/** Whether a text is the beginning of the label, or the label with what comes behind it. */
function mayBecome(label: string, text: string): boolean {
  return label.startsWith(text) || text.startsWith(label)
}

function escaped(name: string): string {
  return JSON.stringify(name).slice(1, -1)
}

/** Where the first category of an item's verdict begins in an answer; null: it is not written as it was asked for, or there is none. */
export function labelPlace(answer: string, key: string, label: string): number | null {
  const from = answer.indexOf(JSON.stringify(key))
  if (from === -1) return null
  const list = answer.slice(from).match(/"categories"\s*:\s*\[\s*"/)
  if (list?.index === undefined) return null
  const at = from + list.index + list[0].length
  return answer.startsWith(`${escaped(label)}"`, at) ? at : null
}
