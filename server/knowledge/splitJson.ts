import { type Node, type ParseError, parseTree } from 'jsonc-parser'
import type { TextPiece } from '../domain/splitText.ts'

/** In characters, as the pieces of other texts: 200 to 800 tokens. */
const fewest = 800
const most = 3200
/** The parser calls itself for each level; what is nested deeper is no record of anybody. */
const deepest = 200

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
  if (depthOf(text) > deepest) return null
  const problems: ParseError[] = []
  const root = parseTree(text, problems, { allowTrailingComma: true })
  if (root?.children === undefined || problems.length > 0) return null
  const lineAt = countLines(text)
  return partsOf(root, text, [])
    .map(({ from, to, path }) => ({ text: text.slice(from, to).trim(), line: lineAt(from), headings: path }))
    .filter((piece) => piece.text !== '')
}

/** The smallest number of neighbours that have a piece's size; what is too large is taken apart, and a text within it cut. */
function partsOf(node: Node, text: string, path: readonly string[]): Part[] {
  const end = node.offset + node.length
  if (node.length <= most) return [{ from: node.offset, to: end, path }]
  if (!node.children || node.children.length === 0) return cut({ from: node.offset, to: end, path }, text)
  if (node.type === 'property') return partsOfProperty(node, text, path)
  const parts: Part[] = []
  let open: Part | null = null
  for (const child of node.children) {
    const to = child.offset + child.length
    if (child.length > most) {
      parts.push(...partsOf(child, text, path))
      open = null
    } else if (open !== null && open.to - open.from < fewest && to - open.from <= most) open.to = to
    else {
      open = { from: child.offset, to, path }
      parts.push(open)
    }
  }
  return parts
}

function partsOfProperty(node: Node, text: string, path: readonly string[]): Part[] {
  const [key, value] = node.children as [Node, Node | undefined]
  const below = [...path, String(key.value)]
  return value ? partsOf(value, text, below) : cut({ from: node.offset, to: node.offset + node.length, path }, text)
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
