/**
 * Which rows of a long list are to be drawn. Browsers end at about 33 million pixels, and place things badly long before: a list that
 * is higher than `highest` is shown in a scroller of that height. There a small step of the scroll bar moves by pixels, as everywhere,
 * and a large one to the proportional place.
 */
export const highest = 4_000_000

export interface Geometry {
  rows: number
  rowHeight: number
  /** Of what is visible of the rows. */
  viewport: number
}

/** Where somebody looks. `top` is what is seen at the upper edge, in pixels of the list as it would be in full. */
export interface Place {
  scrollTop: number
  top: number
}

export function scrollerHeight({ rows, rowHeight }: Geometry): number {
  return Math.min(rows * rowHeight, highest)
}

function mostTop({ rows, rowHeight, viewport }: Geometry): number {
  return Math.max(0, rows * rowHeight - viewport)
}

function mostScroll(geometry: Geometry): number {
  return Math.max(0, scrollerHeight(geometry) - geometry.viewport)
}

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** After the scroller has moved. */
export function scrolledTo(before: Place, scrollTop: number, geometry: Geometry): Place {
  const [last, end] = [mostScroll(geometry), mostTop(geometry)]
  if (last === end) return { scrollTop, top: between(scrollTop, 0, end) }
  // At the ends of the bar are the ends of the list.
  if (scrollTop <= 0) return { scrollTop, top: 0 }
  if (scrollTop >= last - 1) return { scrollTop, top: end }
  const step = scrollTop - before.scrollTop
  const isSmall = Math.abs(step) <= geometry.viewport * 2
  return { scrollTop, top: between(isSmall ? before.top + step : (scrollTop / last) * end, 0, end) }
}

/** Where to look so that the row is wholly seen; the same place if it is. */
export function showingRow(row: number, before: Place, geometry: Geometry): Place {
  const { rowHeight, viewport } = geometry
  const upper = row * rowHeight
  const end = mostTop(geometry)
  if (upper >= before.top && upper + rowHeight <= before.top + viewport) return before
  // From far away into the middle, else just over the edge.
  const isFar = Math.abs(upper - before.top) > viewport * 2
  const nearest = upper < before.top ? upper : upper + rowHeight - viewport
  return lookingAt(between(isFar ? upper - (viewport - rowHeight) / 2 : nearest, 0, end), geometry)
}

export function lookingAt(top: number, geometry: Geometry): Place {
  const [last, end] = [mostScroll(geometry), mostTop(geometry)]
  if (last === end) return { scrollTop: top, top }
  const proportional = (top / end) * last
  // Only the ends of the list are at the ends of the bar.
  const scrollTop = top <= 0 ? 0 : top >= end ? last : between(proportional, 1, last - 2)
  return { scrollTop: Math.round(scrollTop), top }
}

/** The rows to draw, `last` not included, and where the first of them is in the scroller. */
export function rowsAt(
  { scrollTop, top }: Place,
  { rows, rowHeight, viewport }: Geometry,
  spare: number,
): { first: number; last: number; y: number } {
  const first = between(Math.floor(top / rowHeight) - spare, 0, Math.max(0, rows - 1))
  const last = Math.min(rows, Math.ceil((top + viewport) / rowHeight) + spare)
  return { first, last, y: scrollTop + first * rowHeight - top }
}
