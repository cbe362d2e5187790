import type { Connection } from 'vscode-languageserver'

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

export type ClientConsole = Pick<Connection['console'], 'error' | 'warn' | 'info' | 'log'>

/** A line for the client's log; dropped when the client is gone. */
export function logToClient(console: ClientConsole, level: keyof ClientConsole, text: string): void {
  try {
    console[level](text)
  } catch {}
}
