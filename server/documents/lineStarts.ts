/**
 * Where the lines of a text begin, in UTF-16 units, as the readers of sources count lines: at line feeds, or at carriage returns in
 * a text that has nothing else. An editor may count others.
 */
export function lineStarts(text: string): number[] {
  const end = text.includes('\n') || !text.includes('\r') ? '\n' : '\r'
  const starts = [0]
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) starts.push(at + 1)
  return starts
}
