import { format } from 'node:util'

/**
 * Libraries write to the console (ollama-js prints error bodies on stdout), and with --stdio stdout is the wire.
 * So every console method goes to stderr until the connection exists, and to its log afterwards.
 * Imported first by main.ts, before any SDK can load.
 */
let write = (level: ConsoleLevel, text: string): void => {
  process.stderr.write(`${level}: ${text}\n`)
}

export type ConsoleLevel = 'error' | 'warn' | 'info' | 'log' | 'debug'

const levels: Record<string, ConsoleLevel> = {
  error: 'error',
  assert: 'error',
  trace: 'debug',
  warn: 'warn',
  info: 'info',
  log: 'log',
  dir: 'log',
  table: 'log',
  debug: 'debug',
  group: 'log',
  groupCollapsed: 'log',
}

for (const [method, level] of Object.entries(levels)) {
  const redirected = (...args: unknown[]): void => {
    if (method === 'assert') {
      if (args[0]) return
      args.shift()
    }
    write(level, format(...args))
  }
  Object.assign(console, { [method]: redirected })
}

export function redirectConsole(to: (level: ConsoleLevel, text: string) => void): void {
  write = to
}
