import os from 'node:os'
import { programName } from '../invocation/commandLine.ts'
import { openSystemKeyring } from './keyring.ts'
import { askLine } from './askLine.ts'
import { createSink } from './sink.ts'
import type { Terminal } from './terminal.ts'

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The terminal, pipe or log that this process really runs in. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const stderr = createSink(process.stderr, process.env)
  return {
    stdout: createSink(process.stdout, process.env),
    stderr,
    stdin: process.stdin,
    canAsk: process.stdin.isTTY === true && stderr.isTerminal,
    ask: (question, options) => askLine(process.stdin, process.stderr, question, options?.hidden ?? false),
    openKeyring: openSystemKeyring,
    environment: process.env,
    workingFolder: process.cwd(),
    homeFolder: os.homedir(),
    platform: process.platform,
    program: programName(process.argv[1] ?? '', process.cwd()),
    now: () => new Date(),
    wait(milliseconds) {
      let timer: NodeJS.Timeout | undefined
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      })
      return { over, dispose: () => clearTimeout(timer) }
    },
    onInterrupt(listener) {
      for (const signal of interruptions) process.on(signal, listener)
      return {
        dispose: () => {
          for (const signal of interruptions) process.off(signal, listener)
        },
      }
    },
    exitNow: (code) => process.exit(code),
  }
}

/** Waits until everything written is with the reader, as far as there is still one: exiting would drop the rest. */
export async function flush({ stdout, stderr }: NodeJS.Process): Promise<void> {
  await Promise.all(
    [stdout, stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableEnded) resolve()
          else stream.write('', () => resolve())
        }),
    ),
  )
}
