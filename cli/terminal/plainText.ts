import stringWidth from 'string-width'

// Sources, ids and model answers are other people's text. On a terminal an escape sequence in them could
// rewrite what stands there, and a bidirectional override could make a line read differently from what it says.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controls = /[\u0000-\u001f\u007f-\u009f]/g
const invisible = /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Other people's text on one line: line breaks and tabs become spaces, other controls are shown as signs. */
export function oneLine(text: string): string {
  return neutralise(text.replace(/\s+/g, ' ').trim())
}

/** Keeps line breaks and tabs; nothing else can steer the terminal. */
export function neutralise(text: string): string {
  return text.replace(controls, showControl).replace(invisible, '\ufffd')
}

/** U+2400 and up are the pictures of the control characters: ESC becomes ␛. */
function showControl(character: string): string {
  const code = character.charCodeAt(0)
  if (character === '\n' || character === '\t') return character
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}

/** JSON for a terminal or a pipe: JSON already escapes ESC, but not DEL, the 8-bit controls and the overrides. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    },
  )
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Cuts to at most `columns` columns as a terminal shows them (a CJK sign takes two), with an ellipsis when cut. */
export function cut(text: string, columns: number): string {
  // No sign is narrower than a column for long: what is far behind the edge is not even measured.
  const candidate = text.length > columns * 16 ? text.slice(0, columns * 16) : text
  if (candidate.length === text.length && stringWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const { segment } of graphemes.segment(candidate)) {
    const next = width + stringWidth(segment)
    if (next > columns - 1) break
    kept += segment
    width = next
  }
  return `${kept.trimEnd()}…`
}

/** Breaks text at spaces into lines of at most `columns` columns; a word that is longer is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && stringWidth(longer) > columns) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line].map((each) => cut(each, columns))
}

export function widthOf(text: string): number {
  return stringWidth(text)
}
