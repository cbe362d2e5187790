import { createScanner, getNodePath, type Node, parseTree } from 'jsonc-parser'
import type { PlacedValue } from '../../shared/keys/lineValues.ts'

/** Every text of a JSON file, comments and trailing commas allowed; of a broken file, what can be read. */
export function jsonValues(text: string): PlacedValue[] {
  return textNodes(parse(text)).map((node) => ({
    name: getNodePath(node).join('.'),
    value: String(node.value),
    line: lineAt(text, node.offset),
  }))
}

/**
 * A property goes with its comma; a text in a list is emptied, because a list means something by its positions. Comments stay.
 * Null: it is not there.
 */
export function withoutJsonValue(text: string, { name, value, line }: PlacedValue): string | null {
  const node = textNodes(parse(text)).find(
    (each) => each.value === value && getNodePath(each).join('.') === name && lineAt(text, each.offset) === line,
  )
  if (!node) return null
  if (node.parent?.type !== 'property') return replace(text, spanOf(node), '""')
  return withoutProperty(text, node.parent)
}

interface Span {
  start: number
  end: number
}

function withoutProperty(text: string, property: Node): string {
  const siblings = property.parent?.children ?? []
  const before = siblings[siblings.indexOf(property) - 1]
  const { start, end } = spanOf(property)
  const commaBehind = findComma(text, end)
  if (commaBehind !== null) {
    return replace(replace(text, { start: commaBehind, end: commaBehind + 1 }, ''), wholeLine(text, start, end, 1), '')
  }
  const without = replace(text, wholeLine(text, start, end, 0), '')
  const commaBefore = before ? findComma(text, spanOf(before).end) : null
  return commaBefore === null ? without : replace(without, { start: commaBefore, end: commaBefore + 1 }, '')
}

/** With the line that it has to itself, else with the space behind it. `removed`: characters that went from behind it. */
function wholeLine(text: string, start: number, end: number, removed: number): Span {
  const lead = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0
  const behind = text.slice(end + removed)
  const isAlone = start - lead === 0 || text[start - lead - 1] === '\n'
  const newline = /^[ \t]*\r?\n/.exec(behind)?.[0].length
  if (isAlone && newline !== undefined) return { start: start - lead, end: end + newline }
  return removed === 0 ? { start: start - lead, end } : { start, end: end + (/^[ \t]*/.exec(behind)?.[0].length ?? 0) }
}

/** The comma that comes next, whatever comments stand before it; null when something else does. */
function findComma(text: string, from: number): number | null {
  const scanner = createScanner(text, true)
  scanner.setPosition(from)
  return scanner.scan() === commaToken ? scanner.getTokenOffset() : null
}

/** `SyntaxKind.CommaToken`, a const enum that only the package's own compiler sees. */
const commaToken = 5

function spanOf({ offset, length }: Node): Span {
  return { start: offset, end: offset + length }
}

function replace(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

function parse(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true })
}

/** Names of properties are texts, too, and none of these. */
function textNodes(node: Node | undefined): Node[] {
  if (!node) return []
  if (node.type === 'string') return [node]
  if (node.type === 'property') return textNodes(node.children?.[1])
  return (node.children ?? []).flatMap(textNodes)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
