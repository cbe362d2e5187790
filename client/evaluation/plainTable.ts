/** Rows of words and figures in columns, the first row being the heading: words (the first column) to the left, figures to the right. */
export function plainTable([heading = [], ...rows]: readonly (readonly string[])[]): string[] {
  const cells = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const [drawn = '', ...body] = cells.map(
    (row) => `  ${row.map((cell, column) => align(cell, widths, column)).join('  ')}`,
  )
  return [drawn, `  ${'─'.repeat(Math.max(0, drawn.length - 2))}`, ...body]
}

function align(cell: string, widths: readonly number[], column: number): string {
  const width = widths[column] ?? 0
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
