import { Buffer } from 'node:buffer'

/** What comes again in each call of a run, as the bytes of its JSON: the words around the items, and the schema of the answer. */
const texts = new Map<string, Buffer>()
const objects = new WeakMap<object, Buffer>()
/** Of the tasks and profiles of a few runs at once. */
const mostTexts = 16
/** The JSON of a shorter one takes no longer than looking it up. */
const shortestText = 200

/** Says that the text will come again, in the body of another call. */
export function recurringText(text: string): string {
  if (text.length < shortestText || texts.has(text)) return text
  const oldest = texts.keys().next()
  if (texts.size >= mostTexts && !oldest.done) texts.delete(oldest.value)
  texts.set(text, Buffer.from(JSON.stringify(text)))
  return text
}

/** The same of a value that nobody changes any more. */
export function recurringValue<Value extends object>(value: Value): Value {
  if (!objects.has(value)) objects.set(value, Buffer.from(JSON.stringify(value)))
  return value
}

/**
 * As `JSON.stringify` has it, where nothing defines a JSON of its own, in UTF-8. What recurs is not escaped anew for each of thousands of
 * calls; and as bytes, since a body that is put together as a text is copied three times before it is sent, by a run as garbage that
 * outlives the young generation.
 */
export function bodyBytes(value: unknown): Buffer<ArrayBuffer> {
  filled = 0
  pending = ''
  putValue(value)
  flush()
  // The sender may hold it for long; the next body is made in the same place.
  const body = Buffer.from(place.subarray(0, filled))
  if (place.length > mostPlaceBytes) place = Buffer.allocUnsafe(firstPlaceBytes)
  return body
}

const firstPlaceBytes = 64 * 1024
const mostPlaceBytes = 1024 * 1024
let place = Buffer.allocUnsafe(firstPlaceBytes)
let filled = 0
/** Many short pieces are one write. */
let pending = ''

function putValue(value: unknown): void {
  if (typeof value === 'string') {
    const known = value.length >= shortestText ? texts.get(value) : undefined
    if (known) putBytes(known)
    else putText(JSON.stringify(value))
  } else if (typeof value !== 'object' || value === null) pending += JSON.stringify(value) ?? 'null'
  else {
    const known = objects.get(value)
    if (known) putBytes(known)
    else if (Array.isArray(value)) putList(value)
    else putFields(value)
  }
}

function putList(values: readonly unknown[]): void {
  let before = '['
  for (const value of values) {
    pending += before
    putValue(value)
    before = ','
  }
  pending += before === '[' ? '[]' : ']'
}

function putFields(fields: object): void {
  let before = '{'
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    pending += `${before}${JSON.stringify(name)}:`
    putValue(value)
    before = ','
  }
  pending += before === '{' ? '{}' : '}'
}

function putText(text: string): void {
  if (text.length < shortestText) pending += text
  else {
    flush()
    write(text)
  }
}

function putBytes(bytes: Buffer): void {
  flush()
  makeRoom(bytes.length)
  filled += bytes.copy(place, filled)
}

function flush(): void {
  if (pending !== '') write(pending)
  pending = ''
}

function write(text: string): void {
  // A UTF-16 unit takes at most three bytes.
  makeRoom(text.length * 3)
  filled += place.write(text, filled)
}

function makeRoom(bytes: number): void {
  if (filled + bytes <= place.length) return
  const larger = Buffer.allocUnsafe((filled + bytes) * 2)
  place.copy(larger, 0, 0, filled)
  place = larger
}
