import { stripTypeScriptTypes } from 'node:module'
import { type Node, parse } from 'acorn'

/** What Playwright reads from a page as it is at this moment, whatever it is going to be in the next. */
const readings = new Set([
  ...['isChecked', 'isDisabled', 'isEditable', 'isEnabled', 'isHidden', 'isVisible', 'count', 'boundingBox'],
  ...['textContent', 'innerText', 'innerHTML', 'inputValue', 'getAttribute', 'allTextContents', 'allInnerTexts'],
])

/**
 * Lines of a test where something of a page is asserted that was read once: a busy machine draws it a moment later. Such a test waits
 * (`await expect.poll(() => box.isChecked()).toBe(true)`, `await untilEqual(…)`, `await box.waitFor()`).
 */
export function findReadOnce(source: string): number[] {
  const code = stripTypeScriptTypes(source)
  const found: number[] = []
  const visit = (node: AnyNode, isPolled: boolean): void => {
    if (isAssertion(node) && node.arguments?.some(awaitsHere)) found.push(lineOf(code, node.start))
    if (node.type === 'VariableDeclarator' && isReading(node.init) && !isPolled) found.push(lineOf(code, node.start))
    for (const child of childrenOf(node)) visit(child, isFunction(child) ? isHelper(node) : isPolled)
  }
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }) as AnyNode, false)
  return [...new Set(found)]
}

interface AnyNode extends Node {
  callee?: AnyNode
  object?: AnyNode
  property?: AnyNode
  name?: string
  arguments?: AnyNode[]
  argument?: AnyNode
  init?: AnyNode
}

/** `expect(…)` and `assert.…(…)`. */
function isAssertion({ type, callee }: AnyNode): boolean {
  if (type !== 'CallExpression') return false
  return callee?.name === 'expect' || callee?.name === 'assert' || callee?.object?.name === 'assert'
}

/** What has a name is called by whoever waits, and `poll` and `until` wait themselves. */
function isHelper({ type, callee }: AnyNode): boolean {
  if (type === 'VariableDeclarator') return true
  return /^(poll|until|untilEqual)$/.test(callee?.property?.name ?? callee?.name ?? '')
}

/** Something is awaited before the assertion, and not by it. */
function awaitsHere(node: AnyNode): boolean {
  if (node.type === 'AwaitExpression') return true
  return !isFunction(node) && childrenOf(node).some(awaitsHere)
}

/** `await place.count()`, kept for a later assertion. */
function isReading(init: AnyNode | null | undefined): boolean {
  const call = init?.type === 'AwaitExpression' ? init.argument : undefined
  return call?.type === 'CallExpression' && readings.has(call.callee?.property?.name ?? '')
}

const isFunction = ({ type }: AnyNode) => type === 'ArrowFunctionExpression' || type === 'FunctionExpression'

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((child): child is AnyNode => typeof (child as AnyNode | null)?.type === 'string')
}

/** Stripping leaves every line where it was. */
const lineOf = (code: string, offset: number) => code.slice(0, offset).split('\n').length
