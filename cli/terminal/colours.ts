/** What a piece of text is, rather than its colour. */
export interface Colours {
  good(text: string): string
  bad(text: string): string
  careful(text: string): string
  heading(text: string): string
  quiet(text: string): string
  /** Something to type. */
  command(text: string): string
}

const sequence = '\u001b['

/** Colour never carries meaning alone: everything coloured says in words what it is. */
export function coloursFor(sink: { hasColours: boolean }): Colours {
  const paint = (on: number, off: number) => (text: string) =>
    sink.hasColours && text !== '' ? `${sequence}${on}m${text}${sequence}${off}m` : text
  return {
    good: paint(32, 39),
    bad: paint(31, 39),
    careful: paint(33, 39),
    heading: paint(1, 22),
    quiet: paint(2, 22),
    command: paint(36, 39),
  }
}
