import type { TextPiece } from '../domain/splitText.ts'

/** In characters, as the pieces of other texts: 200 to 800 tokens. */
const fewest = 800
const most = 3200
/** Reading calls itself for each level; what is nested deeper is no record of anybody. */
const deepest = 200

/** A value or a field of a document, as far as its text goes. `key`: of a field, whose value is its one part. */
interface Node {
  from: number
  to: number
  key: string | null
  parts: Node[]
}

interface Part {
  from: number
  to: number
  path: readonly string[]
}

/**
 * Pieces of a JSON document by its structure, each as it stands there: records and fields, small neighbours of one list or object
 * together, under the names of the fields that they stand in. Null: it is no JSON, or its structure says nothing of its texts.
 */
export function splitJson(text: string): TextPiece[] | null {
  const start = skipBlanks(text, 0)
  if (!/[[{]/.test(text[start] ?? '') || depthOf(text) > deepest || !isJson(text)) return null
  const lineAt = countLines(text)
  return partsOf(readValue(text, start), text, [])
    .map(({ from, to, path }) => ({ text: text.slice(from, to).trim(), line: lineAt(from), headings: path }))
    .filter((piece) => piece.text !== '')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of a document that is known to be JSON. */
function readValue(text: string, from: number): Node {
  const opening = text[from]
  if (opening !== '{' && opening !== '[') {
    return { from, to: opening === '"' ? endOfString(text, from) : endOfWord(text, from), key: null, parts: [] }
  }
  const node: Node = { from, to: from, key: null, parts: [] }
  for (let at = skipBlanks(text, from + 1); ; at = skipBlanks(text, at + 1)) {
    if (text[at] === '}' || text[at] === ']') return { ...node, to: at + 1 }
    const part = opening === '{' ? readField(text, at) : readValue(text, at)
    node.parts.push(part)
    at = skipBlanks(text, part.to)
    if (text[at] !== ',') return { ...node, to: at + 1 }
  }
}

function readField(text: string, from: number): Node {
  const end = endOfString(text, from)
  const value = readValue(text, skipBlanks(text, text.indexOf(':', end) + 1))
  return { from, to: value.to, key: JSON.parse(text.slice(from, end)) as string, parts: [value] }
}

function endOfString(text: string, from: number): number {
  let at = from + 1
  for (; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
  return at + 1
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (at < text.length && !/[\s,\]}]/.test(text[at] as string)) at++
  return at
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && /[\s\uFEFF]/.test(text[at] as string)) at++
  return at
}

/** The smallest number of neighbours that have a piece's size; what is too large is taken apart, and a text within it cut. */
function partsOf(node: Node, text: string, path: readonly string[]): Part[] {
  const { from, to, key, parts } = node
  if (to - from <= most) return [{ from, to, path }]
  const below = key === null ? path : [...path, key]
  if (parts.length === 0) return cut({ from, to, path: below }, text)
  const joined: Part[] = []
  let open: Part | null = null
  for (const part of parts) {
    if (part.to - part.from > most) {
      joined.push(...partsOf(part, text, below))
      open = null
    } else if (open !== null && open.to - open.from < fewest && part.to - open.from <= most) open.to = part.to
    else {
      open = { from: part.from, to: part.to, path: below }
      joined.push(open)
    }
  }
  return joined
}

/** By length, never within a pair of surrogates. */
function cut({ from, to, path }: Part, text: string): Part[] {
  const parts: Part[] = []
  for (let at = from; at < to; ) {
    const isHalf = /[\uD800-\uDBFF]/.test(text[at + most - 1] ?? '')
    const end = Math.min(to, at + (isHalf ? most - 1 : most))
    parts.push({ from: at, to: end, path })
    at = end
  }
  return parts
}

function depthOf(text: string): number {
  let [depth, deepestYet, isText] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (isText && sign === '\\') at++
    else if (sign === '"') isText = !isText
    else if (!isText && (sign === '{' || sign === '[')) deepestYet = Math.max(deepestYet, ++depth)
    else if (!isText && (sign === '}' || sign === ']')) depth--
  }
  return deepestYet
}

/** Asked in the order of the text. */
function countLines(text: string): (offset: number) => number {
  let [line, at] = [1, 0]
  return (offset) => {
    for (; at < offset; at++) if (text.charCodeAt(at) === 10) line++
    return line
  }
}
