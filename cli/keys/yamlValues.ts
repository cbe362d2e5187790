import { CST, LineCounter, Parser } from 'yaml'
import type { PlacedValue } from '../../shared/keys/lineValues.ts'

interface PlacedToken extends PlacedValue {
  token: CST.FlowScalar
}

/** Every text of a YAML file that stands in one piece; several documents are one after the other. */
export function yamlValues(text: string): PlacedValue[] {
  return placedTokens(text).found.map(({ name, value, line }) => ({ name, value, line }))
}

/** Empties the value and leaves every other character of the file as it is. Null: it is not there. */
export function withoutYamlValue(text: string, { name, value, line }: PlacedValue): string | null {
  const { tokens, found } = placedTokens(text)
  const place = found.find((each) => each.name === name && each.value === value && each.line === line)
  if (!place) return null
  CST.setScalarValue(place.token, '', { type: 'QUOTE_DOUBLE' })
  return tokens.map((token) => CST.stringify(token)).join('')
}

function placedTokens(text: string): { tokens: CST.Token[]; found: PlacedToken[] } {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const roots = tokens.flatMap((token) => (token.type === 'document' && token.value ? [token.value] : []))
  return { tokens, found: roots.flatMap((root) => scalarsIn(root, [], lines)) }
}

function scalarsIn(token: CST.Token, names: readonly string[], lines: LineCounter): PlacedToken[] {
  if (isTextToken(token)) {
    const value = CST.resolveAsScalar(token)?.value ?? ''
    return [{ name: names.join('.'), value, line: lines.linePos(token.offset).line, token }]
  }
  if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') return []
  return token.items.flatMap(({ key, value }, index) => {
    if (!value) return []
    const name = key && isTextToken(key) ? CST.resolveAsScalar(key)?.value : undefined
    return scalarsIn(value, [...names, name ?? String(index)], lines)
  })
}

/** Blocks of several lines are no keys, and an alias is none either. */
function isTextToken(token: CST.Token): token is CST.FlowScalar {
  return token.type === 'scalar' || token.type === 'single-quoted-scalar' || token.type === 'double-quoted-scalar'
}
