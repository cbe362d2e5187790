import { jsonrepair } from 'jsonrepair'

/** Stands for the value of a name that one object holds twice with different values: which one is meant is not known. */
export class Contradiction {
  readonly values: readonly unknown[]

  constructor(values: readonly unknown[]) {
    this.values = values
  }
}

/** How many brackets that lead to nothing are tried: keeps the search linear in an answer made of brackets. */
const fruitlessTries = 64
/** Mending a text is slower than reading it. */
const mostRepairs = 8
/** Objects within each other whose fields count although they were cut off: more than wrappers need. */
const deepestCut = 16

export interface FoundJson {
  /** Every document of the text, in order. */
  values: unknown[]
  /** False: nothing in it was JSON until it was mended. */
  isStrict: boolean
}

/**
 * The JSON in a text: the whole of it, or what stands in code fences, between prose, or one document a line. What is only nearly
 * JSON (a comma too many, comments, Python's words, single quotes, raw line breaks) is mended, and of what was cut off the finished
 * parts count; both only where strict reading failed. `keepsFields`: of an object that was cut off, and before which nothing was
 * found, the fields that a comma ends count, too.
 */
export function findJson(text: string, { keepsFields = false } = {}): FoundJson {
  const whole = parseJson(text)
  if (whole) return { values: [whole.value], isStrict: true }
  const plain = unescapeHtml(text)
  const values: unknown[] = []
  let isStrict = false
  let tries = 0
  let repairs = 0
  const brackets = /[{[]/g
  while (tries < fruitlessTries) {
    const start = brackets.exec(plain)?.index
    if (start === undefined) break
    const end = closingBracket(plain, start)
    const part = plain.slice(start, end < 0 ? undefined : end + 1)
    const parsed = end < 0 ? null : parseJson(part)
    const isFirstCut = end < 0 && keepsFields && values.length === 0
    const found =
      parsed ??
      (isFirstCut ? readFinishedFields(part) : null) ??
      (looksLikeJson(part) && repairs++ < mostRepairs ? repairJson(part, end < 0) : null)
    if (found) values.push(found.value)
    if (parsed) isStrict = true
    if (!found) tries++
    else if (end < 0) break
    else brackets.lastIndex = end + 1
  }
  return { values, isStrict }
}

/** JSON.parse has no other way to say no; very deep nesting may also exhaust the stack. */
export function parseJson(text: string): { value: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return { value: countNames(text) === countFields(value) ? value : parseKeepingRepeats(text) }
  } catch {
    return null
  }
}

/** A value in prose, such as `[sic]` or `{x}`, is not worth mending. */
function looksLikeJson(text: string): boolean {
  return /["'“”\w]\s*:/.test(text)
}

/** What comes after the last object that was finished was cut off in the middle, so it is not completed but left out. */
function repairJson(text: string, isCut: boolean): { value: unknown } | null {
  const end = isCut ? lastClosing(text) + 1 : text.length
  if (end === 0) return null
  try {
    return parseJson(jsonrepair(text.slice(0, end)))
  } catch {
    return null
  }
}

/** Null where no comma ends a field, or what stands before it is not strictly JSON: a comma in odd quotes ends nothing. */
function readFinishedFields(text: string): { value: unknown } | null {
  const open: string[] = []
  let end = 0
  let closing = ''
  for (const index of marksOutsideStrings(text, 0, '{}[],')) {
    const mark = text[index] as string
    if (mark === '{') open.push('}')
    else if (mark === '[') open.push(']')
    else if (mark !== ',') open.pop()
    else if (open.at(-1) === '}' && open.length <= deepestCut) {
      end = index
      closing = open.toReversed().join('')
    }
  }
  return end === 0 ? null : parseJson(text.slice(0, end) + closing)
}

/** Index of the bracket that closes the one at `start`; -1 when it never closes. Brackets in strings do not count. */
function closingBracket(text: string, start: number): number {
  let depth = 0
  for (const index of marksOutsideStrings(text, start, '{}[]')) {
    depth += text[index] === '{' || text[index] === '[' ? 1 : -1
    if (depth === 0) return index
  }
  return -1
}

function lastClosing(text: string): number {
  let last = -1
  for (const index of marksOutsideStrings(text, 0, '}')) last = index
  // Where strings are written with other quotes, every bracket counts.
  return last >= 0 ? last : text.lastIndexOf('}')
}

function* marksOutsideStrings(text: string, start: number, marks: string): Generator<number> {
  let isInString = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (isInString) {
      if (character === '\\') index++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '/') index = endOfComment(text, index)
    else if (marks.includes(character as string)) yield index
  }
}

/** Index of the last character of the comment that begins here; the same index when none does. */
function endOfComment(text: string, start: number): number {
  const ending = { '/*': '*/', '//': '\n' }[text.slice(start, start + 2)]
  const end = ending === undefined ? -1 : text.indexOf(ending, start + 2)
  return end < 0 || ending === undefined ? start : end + ending.length - 1
}

const entities: Record<string, string> = { quot: '"', '#34': '"', '#39': "'", apos: "'", lt: '<', gt: '>', amp: '&' }

/** An answer without any quotation mark but with their names went through a web page on its way. */
function unescapeHtml(text: string): string {
  if (text.includes('"') || !/&(?:quot|#34);/.test(text)) return text
  return text.replace(/&(quot|#34|#39|apos|lt|gt|amp);/g, (whole, name: string) => entities[name] ?? whole)
}

const stringToken = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/** How many names the text gives to fields; more than the value has means that a name stands twice. */
function countNames(text: string): number {
  let count = 0
  for (const match of text.matchAll(stringToken)) if (match[1] !== undefined) count++
  return count
}

function countFields(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, each: unknown) => sum + countFields(each), own)
}

/** Reads what is known to be JSON, and keeps what JSON.parse drops: all values of a name that stands twice. */
function parseKeepingRepeats(text: string): unknown {
  const token = /\s*([{}[\]:,]|"(?:[^"\\]|\\.)*"|[^\s{}[\]:,"]+)/y
  const next = (): string => token.exec(text)?.[1] ?? ''
  let current = next()

  function readValue(): unknown {
    const opener = current
    current = next()
    if (opener === '{') return readObject()
    if (opener === '[') return readArray()
    return JSON.parse(opener)
  }

  function readArray(): unknown[] {
    const values: unknown[] = []
    while (current !== ']' && current !== '') {
      values.push(readValue())
      if (current === ',') current = next()
    }
    current = next()
    return values
  }

  function readObject(): object {
    const fields = new Map<string, unknown[]>()
    while (current !== '}' && current !== '') {
      const name = JSON.parse(current) as string
      next()
      current = next()
      fields.set(name, [...(fields.get(name) ?? []), readValue()])
      if (current === ',') current = next()
    }
    current = next()
    return Object.fromEntries([...fields].map(([name, values]) => [name, settle(values)]))
  }

  return readValue()
}

function settle(values: readonly unknown[]): unknown {
  const different = [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
  return different.length === 1 ? different[0] : new Contradiction(different)
}
