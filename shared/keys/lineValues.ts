/** A text in a file, under the name that it has there. */
export interface PlacedValue {
  /** Names of the objects around it and its own, with dots; positions of a list are numbers. */
  name: string
  value: string
  /** 1-based. */
  line: number
}

/** `NAME=value`, `export NAME="value"`, `name: 'value'`, `name = "value"`, with a remark behind it. */
const assignment =
  /^(?<lead>\s*(?:export\s+|set\s+|\$env:)?["']?(?<name>[A-Za-z_][\w.-]*)["']?\s*[:=]\s*)(?<value>"[^"]*"|'[^']*'|`[^`]*`|[^\s#;,]+)/

/** Every value of a file that gives names to values line by line: variables, TOML, INI and their like. */
export function lineValues(text: string): PlacedValue[] {
  return text.split('\n').flatMap((line, index) => {
    const parts = partsOf(line)
    return parts ? [{ name: parts.name, value: unquote(parts.value), line: index + 1 }] : []
  })
}

/** Leaves the name with nothing behind it, and the rest of its line. Null: it is not there. */
export function withoutLineValue(text: string, { name, value, line }: PlacedValue): string | null {
  const lines = text.split('\n')
  const found = lines[line - 1] ?? ''
  const parts = partsOf(found)
  if (!parts || parts.name !== name || unquote(parts.value) !== value) return null
  lines[line - 1] = parts.lead + found.slice(parts.lead.length + parts.value.length)
  return lines.join('\n')
}

function partsOf(line: string): { lead: string; name: string; value: string } | null {
  const { lead, name, value } = assignment.exec(line)?.groups ?? {}
  return lead !== undefined && name !== undefined && value !== undefined ? { lead, name, value } : null
}

function unquote(value: string): string {
  return /^(["'`]).*\1$/.test(value) ? value.slice(1, -1) : value
}
