/** The row that a key leads to; null: the key is none of the grid's. */
export function keyStep(
  key: string,
  { active, total, page }: { active: number; total: number; page: number },
): number | null {
  const to = (row: number) => Math.min(Math.max(row, 0), Math.max(0, total - 1))
  switch (key) {
    case 'ArrowDown':
      return to(active + 1)
    case 'ArrowUp':
      return to(active - 1)
    case 'PageDown':
      return to(active + page)
    case 'PageUp':
      return to(active - page)
    case 'Home':
      return to(0)
    case 'End':
      return to(total - 1)
    default:
      return null
  }
}
