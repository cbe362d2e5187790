/** What people may want to know later. Never given a key, a prompt or an item. */
export interface Log {
  info(text: string): void
  warn(text: string): void
  error(text: string, cause?: unknown): void
}

/** The message of anything thrown; sql.js throws strings. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
