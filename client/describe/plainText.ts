/**
 * Text of models, files and providers as it may stand on one line of a document: no line breaks, no control characters,
 * nothing that turns the direction of writing.
 */
export function onOneLine(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
}

/** Text of models and files as it may stand in a document of several lines: the same with its line breaks and tabs. */
export function withoutControls(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
}

/** Words in lines of at most `width` characters; a longer word is broken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of onOneLine(text)
    .split(' ')
    .flatMap((word) => cut(word, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return line === '' ? lines : [...lines, line]
}

function cut(word: string, width: number): string[] {
  const characters = [...word]
  const parts: string[] = []
  for (let start = 0; start < characters.length; start += width) {
    parts.push(characters.slice(start, start + width).join(''))
  }
  return parts
}
