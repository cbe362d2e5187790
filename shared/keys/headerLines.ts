/** `Name: value`, one a line; in one line they are set apart by semicolons. */
export interface HeaderLine {
  name: string
  value: string
}

/** Null when a part is no header. */
export function splitHeaders(text: string): HeaderLine[] | null {
  const lines = headerParts(text).map(headerIn)
  return lines.some((line) => line === null) ? null : lines.filter((line) => line !== null)
}

export function headerParts(text: string): string[] {
  return text.split(/[\r\n;]/).filter((part) => part.trim() !== '')
}

/** Null: the part is no header. */
export function headerIn(part: string): HeaderLine | null {
  const at = part.indexOf(':')
  return at < 1 ? null : { name: part.slice(0, at).trim(), value: part.slice(at + 1).trim() }
}
