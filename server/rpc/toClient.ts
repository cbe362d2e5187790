import type { Connection } from 'vscode-languageserver'
import type { Log } from './log.ts'

/**
 * The same connection for what the server says by itself. A client that is gone hears nothing, and that is no failure of the
 * sender: a run goes on to its end, and an end is not announced twice. A closed connection throws at once, a broken pipe later.
 */
export function sayToClient(connection: Pick<Connection, 'sendNotification'>): Pick<Connection, 'sendNotification'> {
  return {
    async sendNotification(method: unknown, params?: unknown): Promise<void> {
      try {
        await connection.sendNotification(method as string, params)
      } catch {}
    },
  }
}

type ClientConsole = Pick<Connection['console'], 'error' | 'warn' | 'info' | 'log'>

/** A line for the client's log; dropped when the client is gone. */
export function logToClient(console: ClientConsole, level: keyof ClientConsole, text: string): void {
  try {
    console[level](text)
  } catch {}
}

export function createLog({ console }: { console: ClientConsole }): Log {
  return {
    info: (text) => logToClient(console, 'info', text),
    warn: (text) => logToClient(console, 'warn', text),
    error: (text, cause) => logToClient(console, 'error', cause instanceof Error ? `${text}: ${cause.stack}` : text),
  }
}
