/** Something in an answer that was not as asked. What it concerned was dropped, mended (then it says how) or is missing. */
export interface VerdictProblem {
  /** The item it concerned; null when that cannot be told. */
  key: string | null
  code:
    | 'no_key'
    | 'unknown_key'
    | 'duplicate_key'
    | 'unknown_label'
    | 'hidden_label'
    | 'too_many_labels'
    | 'labels_unusable'
    | 'confidence_unusable'
    | 'score_unusable'
    | 'score_rounded'
    | 'reasoning_unusable'
    | 'suggestion_dropped'
  detail: string
}

export type Note = (code: VerdictProblem['code'], detail: string) => void

const longestQuote = 60

/** A piece of an answer for a log line: short and on one line. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, longestQuote + 1) : typeof value
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text)
}
