import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable, withMessage } from '../../shared/message.ts'

/** An answer for ten items is a few thousand characters; what is far longer is not one. */
const longestAnswer = 500_000
/** How many brackets that lead to nothing are tried: keeps the search linear in an answer made of brackets. */
const fruitlessTries = 64

export type JsonRecord = Readonly<Record<string, unknown>>

/** The objects in an answer that look like verdicts, in order; nothing about them is checked yet. */
export type FoundVerdicts =
  | { ok: true; found: JsonRecord[] }
  | {
      ok: false
      problem: 'empty' | 'not_json' | 'schema' | 'too_large'
      detail: string
      localizable?: LocalizableMessage
    }

/**
 * Finds the verdicts in an answer: plain JSON as asked for, or, from a model that cannot be held to it, JSON in a code fence,
 * between prose, after its thinking, one object a line, or cut off (the verdicts that were finished count).
 * Of several complete answers the last one counts: models think aloud first.
 */
export function findVerdicts(answer: string): FoundVerdicts {
  if (answer.length > longestAnswer) {
    return {
      ok: false,
      problem: 'too_large',
      ...withMessage('detail', localizable('the answer has {0} characters', answer.length)),
    }
  }
  const text = answer.replace(/^\uFEFF/, '').trim()
  if (text === '') return { ok: false, problem: 'empty', detail: 'the answer is empty' }
  const whole = tryParse(text)
  const values = whole ? [whole.value] : [...embeddedValues(withoutThinking(text))]
  const complete = values.map(verdictList).findLast((list) => list !== null)
  const found = (complete ?? values.flatMap((value) => (Array.isArray(value) ? value : [value]))).filter(isVerdict)
  if (found.length > 0) return { ok: true, found }
  return values.length > 0
    ? { ok: false, problem: 'schema', detail: 'the answer is JSON but holds no verdicts' }
    : { ok: false, problem: 'not_json', detail: 'the answer holds no JSON' }
}

/** Reads only what the object itself holds: an answer may be named `__proto__` or `constructor`. */
export function readField(record: JsonRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function verdictList(value: unknown): unknown[] | null {
  const list = isRecord(value) ? readField(value, 'verdicts') : null
  return Array.isArray(list) ? list : null
}

function isVerdict(value: unknown): value is JsonRecord {
  return isRecord(value) && ['key', 'categories', 'interest'].some((name) => Object.hasOwn(value, name))
}

/** Everything up to the last end of thinking goes, and so does thinking that never ended. */
function withoutThinking(text: string): string {
  const lastEnd = [...text.matchAll(/<\/(?:think|thinking|reasoning)>/gi)].at(-1)
  const rest = lastEnd ? text.slice(lastEnd.index + lastEnd[0].length) : text
  const opened = rest.search(/<(?:think|thinking|reasoning)>/i)
  return opened < 0 ? rest : rest.slice(0, opened)
}

function* embeddedValues(text: string): Generator<unknown> {
  const brackets = /[{[]/g
  for (let tries = 0; tries < fruitlessTries; ) {
    const start = brackets.exec(text)?.index
    if (start === undefined) return
    const end = closingBracket(text, start)
    const parsed = end < 0 ? null : tryParse(text.slice(start, end + 1))
    if (parsed) {
      yield parsed.value
      brackets.lastIndex = end + 1
    } else tries++
  }
}

/** Index of the bracket that closes the one at `start`; -1 when it never closes. Brackets in strings do not count. */
function closingBracket(text: string, start: number): number {
  let depth = 0
  let isInString = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (isInString) {
      if (character === '\\') index++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth === 0) return index
  }
  return -1
}

/** JSON.parse has no other way to say no; very deep nesting may also exhaust its stack. */
function tryParse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}
