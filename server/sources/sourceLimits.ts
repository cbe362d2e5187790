/** The bounds of reading a source. */
export interface SourceLimits {
  /** A longer row or text file is one failed item. */
  longestRowBytes: number
  /** A row's cell that spans lines may have this many bytes; beyond, its quote counts as never closed. */
  longestQuotedBytes: number
  /** Rows that must all lack the text or id field before the whole source counts as having none. */
  probeRows: number
}

export const defaultSourceLimits: SourceLimits = {
  longestRowBytes: 16 * 1024 * 1024,
  longestQuotedBytes: 1024 * 1024,
  probeRows: 20,
}
