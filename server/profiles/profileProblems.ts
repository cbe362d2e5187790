import { type Document, isMap, isNode, isScalar } from 'yaml'
import type * as z from 'zod'
import type { Told } from '../../protocol/localizableMessage.ts'
import { tellIssue } from '../../shared/describe/issue.ts'
import { say } from '../../shared/message.ts'

/** A problem before it has a line. */
export interface YamlProblem {
  path: readonly (string | number)[]
  told: Told
  /** Set when the problem is the key itself, not its value. */
  key?: string | undefined
  /** Set when the parser said where. */
  offset?: number | undefined
  /** Set when it is about a line of a long text, counted from 1. */
  lineInText?: number | undefined
}

/** One problem for each key that is not known, one for anything else. */
export function problemsOfIssue(issue: z.core.$ZodIssue, whole: unknown): YamlProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code !== 'unrecognized_keys') return [{ path, told: tellIssue(issue, whole) }]
  return issue.keys.map((key) => ({ path, key, told: say('the field "{0}" is not known', key) }))
}

/** Where in the text the value at `path` begins; where it is missing, the nearest value around it. */
export function offsetOf(document: Document.Parsed, path: YamlProblem['path'], key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (!isNode(node)) continue
    const named =
      key !== undefined && isMap(node)
        ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
        : undefined
    const found = named && isNode(named.key) ? named.key : node
    if (found.range) return found.range[0]
  }
  return 0
}

/** Written behind `|`, so that its lines are lines of the file. */
export function isLiteralBlock(document: Document.Parsed, path: YamlProblem['path']): boolean {
  const node = document.getIn(path, true)
  return isScalar(node) && node.type === 'BLOCK_LITERAL'
}

/** `categories[2].children[0].name` */
export function joinPath(path: YamlProblem['path'], key?: string): string {
  const parts = key === undefined ? path : [...path, key]
  return parts
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`))
    .join('')
}

export function splitPath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) => (index === undefined ? part : Number(index)))
}
