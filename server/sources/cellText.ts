import { Parser } from 'htmlparser2'

/** How the number of a cell is meant, by the style of the cell; null: as a number. */
export type NumberMeaning = 'date' | 'duration' | null

/** By the place of a style in the list of all. Empty: the workbook has no styles. */
export function readNumberMeanings(stylesXml: string): NumberMeaning[] {
  const codes = new Map<string, string>()
  const meanings: NumberMeaning[] = []
  let isCellStyle = false
  eachElement(stylesXml, (name, attributes) => {
    if (name === 'numFmt') codes.set(attributes.numFmtId ?? '', attributes.formatCode ?? '')
    if (name === 'cellXfs') isCellStyle = true
    else if (name === 'cellStyles' || name === 'dxfs') isCellStyle = false
    if (name !== 'xf' || !isCellStyle) return
    const id = attributes.numFmtId ?? '0'
    meanings.push(meaningOf(Number(id), codes.get(id)))
  })
  return meanings
}

/** The formats that every program knows by number, those of East Asian dates too. */
function meaningOf(id: number, code: string | undefined): NumberMeaning {
  if (code === undefined) {
    const isDate = (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id === 45 || id === 47 || (id >= 50 && id <= 58)
    return id === 46 ? 'duration' : isDate ? 'date' : null
  }
  // Colours, conditions and locales in brackets, and literal texts, are no part of the pattern.
  const pattern = code.replaceAll(/"[^"]*"|\\.|_./g, '')
  if (/\[(?:h+|m+|s+)\]/i.test(pattern)) return 'duration'
  const plain = pattern.replaceAll(/\[[^\]]*\]/g, '').split(';')[0] ?? ''
  return /[ymdhs]/i.test(plain) && !/^general$/i.test(plain.trim()) && !/[#0?]/.test(plain.replaceAll(/\.0+/g, ''))
    ? 'date'
    : null
}

const dayMs = 86_400_000

/** A day as `2026-11-21`, with a time as `2026-11-21T14:30:00`, a time alone as `14:30:00`. Null: it is no date. */
export function dateText(serial: number, startsIn1904: boolean): string | null {
  const seconds = Math.round(serial * 86_400)
  if (!Number.isFinite(serial) || serial < 0 || serial >= 2_958_466) return null
  const time = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19)
  if (seconds < 86_400 && !startsIn1904) return time
  // The day 60 of 1900 is one that never was: numbers before it are a day off.
  const start = startsIn1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30)
  const day = new Date(start + Math.floor(seconds / 86_400) * dayMs).toISOString().slice(0, 10)
  return seconds % 86_400 === 0 ? day : `${day}T${time}`
}

/** Hours may be more than a day has: `26:30:00`. */
export function durationText(serial: number): string {
  const seconds = Math.round(serial * 86_400)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** Characters that XML cannot hold stand as `_x000D_`. */
export function unescapeCell(text: string): string {
  return text.includes('_x')
    ? text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text
}

/** `BC12` is column 54, from 0; null: it is no address of a cell. */
export function columnOf(address: string): number | null {
  const letters = /^\$?([A-Z]{1,3})\$?\d*$/i.exec(address)?.[1]?.toUpperCase()
  if (letters === undefined) return null
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** The opening tags of a small document, without their prefixes. */
export function eachElement(
  xml: string,
  onElement: (name: string, attributes: Readonly<Record<string, string>>) => void,
): void {
  const parser = new Parser(
    { onopentag: (name, attributes) => onElement(localName(name), attributes) },
    { xmlMode: true },
  )
  parser.end(xml)
}

export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
