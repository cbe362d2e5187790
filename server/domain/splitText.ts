/** A piece of a text, small enough for one vector. */
export interface TextPiece {
  text: string
  /** Where it begins in the text, from 1. */
  line: number
  /** The headings that it stands under, outermost first. */
  headings: readonly string[]
}

export type TextKind = 'markdown' | 'code' | 'prose'

/** In characters, four of which are about a token: pieces of 200 to 800 tokens. */
const fewest = 800
const most = 3200

interface Block {
  lines: string[]
  line: number
  headings: readonly string[]
}

/**
 * Pieces by structure: sections of Markdown, functions and other blocks that begin at the margin of code, paragraphs of prose. Small
 * neighbours of one section are put together, what is too long is cut at lines, and at last within one. Blank texts have no piece.
 */
export function splitText(text: string, kind: TextKind): TextPiece[] {
  const blocks = kind === 'markdown' ? sectionsOf(text) : [{ lines: text.split('\n'), line: 1, headings: [] }]
  return blocks.flatMap((block) => joinSmall(partsOf(block, kind))).filter(({ text: piece }) => piece.trim() !== '')
}

const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
const fence = /^ {0,3}(`{3,}|~{3,})/

function sectionsOf(text: string): Block[] {
  const sections: Block[] = []
  let path: { level: number; title: string }[] = []
  let open: string | null = null
  let section: Block = { lines: [], line: 1, headings: [] }
  text.split('\n').forEach((line, place) => {
    const [, ticks] = fence.exec(line) ?? []
    // A fence ends with as many of the same signs as it began with, or more.
    if (open === null) open = ticks ?? null
    else if (ticks?.startsWith(open)) open = null
    const [, marks = '', title = ''] = (open === null && heading.exec(line)) || []
    if (marks !== '') {
      sections.push(section)
      path = [...path.filter(({ level }) => level < marks.length), { level: marks.length, title }]
      section = { lines: [], line: place + 1, headings: path.map((each) => each.title) }
    }
    section.lines.push(line)
  })
  return [...sections, section]
}

/** Where a part may begin: behind an empty line, of code only at the margin. */
function partsOf({ lines, line, headings }: Block, kind: TextKind): Block[] {
  const parts: Block[] = []
  let part: Block = { lines: [], line, headings }
  lines.forEach((each, place) => {
    const isBehindEmpty = place > 0 && lines[place - 1]?.trim() === ''
    const begins = isBehindEmpty && each.trim() !== '' && (kind !== 'code' || /^[^\s)\]}]/.test(each))
    if (begins) {
      parts.push(part)
      part = { lines: [], line: line + place, headings }
    }
    part.lines.push(each)
  })
  return [...parts, part].flatMap(cutLong)
}

/** By lines, and a line that is too long by itself by characters, never within a pair of surrogates. */
function cutLong(part: Block): Block[] {
  if (lengthOf(part.lines) <= most) return [part]
  const cut: Block[] = []
  let piece: Block = { ...part, lines: [] }
  part.lines.forEach((each, place) => {
    for (const text of slicesOf(each)) {
      if (piece.lines.length > 0 && lengthOf(piece.lines) + text.length > most) {
        cut.push(piece)
        piece = { ...part, lines: [], line: part.line + place }
      }
      piece.lines.push(text)
    }
  })
  return [...cut, piece]
}

function slicesOf(line: string): string[] {
  const slices: string[] = []
  for (let from = 0; from < line.length; ) {
    const isHalf = /[\uD800-\uDBFF]/.test(line[from + most - 1] ?? '')
    const to = from + (isHalf ? most - 1 : most)
    slices.push(line.slice(from, to))
    from = to
  }
  return slices.length === 0 ? [line] : slices
}

function joinSmall(parts: readonly Block[]): TextPiece[] {
  const joined: Block[] = []
  for (const part of parts) {
    const before = joined.at(-1)
    const isSmall = before !== undefined && lengthOf(before.lines) < fewest
    if (isSmall && lengthOf(before.lines) + lengthOf(part.lines) <= most) before.lines.push(...part.lines)
    else joined.push({ ...part, lines: [...part.lines] })
  }
  return joined.map(({ lines, line, headings }) => ({ text: lines.join('\n').trim(), line, headings }))
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}
