import os from 'node:os'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { programName } from './commandLine.ts'
import { openSystemKeyring } from './keyring.ts'
import type { Sink, Terminal } from './terminal.ts'

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
    exitNow: (code) => {
      letSignalsEnd(process)
      // An exit waits for threads, and one may hang in a file system that does not answer; the signal waits for nothing. Shells call
      // this end 130.
      if (process.platform !== 'win32') process.kill(process.pid, 'SIGINT')
      process.exit(code)
    },
  }
}

/** From here on Ctrl-C ends the process at once, as it does by itself. */
export function letSignalsEnd(process: NodeJS.Process): void {
  for (const signal of interruptions) process.removeAllListeners(signal)
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

/** Columns for a reader that is no terminal and does not say any: room for a sentence beside the figures. */
const columnsOfPipe = 120
const fewestColumns = 40

/** A stream of the process as a place to write to. */
function createSink(stream: NodeJS.WritableStream, environment: Terminal['environment']): Sink {
  const isTerminal = (stream as Partial<WriteStream>).isTTY === true
  let isOpen = true
  let hasWritten = false
  const goOn = new Set<() => void>()
  const resumeAll = (): void => {
    for (const resume of goOn) resume()
    goOn.clear()
  }
  stream.on('drain', resumeAll)
  stream.on('close', () => {
    isOpen = false
    resumeAll()
  })
  stream.on('error', () => {
    // EPIPE: `| head` has read enough. A full disk ends here too; nobody is left to report it to.
    isOpen = false
    resumeAll()
  })
  return {
    isTerminal,
    stream,
    hasColours: isTerminal && hasNoColourBan(environment),
    get columns() {
      return Math.max(fewestColumns, currentColumns(stream, environment))
    },
    get isOpen() {
      return isOpen
    },
    get hasWritten() {
      return hasWritten
    },
    async write(text) {
      hasWritten = true
      if (!isOpen || stream.write(text)) return
      await new Promise<void>((resolve) => goOn.add(resolve))
    },
  }
}

/** https://no-color.org: any value that is not empty. A "dumb" terminal shows escapes as they are. */
function hasNoColourBan(environment: Terminal['environment']): boolean {
  return !environment.NO_COLOR && environment.TERM !== 'dumb'
}

function currentColumns(stream: NodeJS.WritableStream, environment: Terminal['environment']): number {
  const own = (stream as Partial<WriteStream>).columns
  if (own) return own
  const told = Number(environment.COLUMNS)
  return Number.isInteger(told) && told > 0 ? told : columnsOfPipe
}

/** Asks on `output` and reads one line of a keyboard; null for Ctrl-C, and for an end of input before a line was given. */
export async function askLine(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
  hidden: boolean,
): Promise<string | null> {
  // Readline switches the keyboard's own echo off and draws what is typed itself, here into nothing.
  const drawn = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : output
  const lines = createInterface({ input, output: drawn, terminal: true, historySize: 0 })
  if (hidden) output.write(question)
  lines.setPrompt(question)
  lines.prompt()
  const answer = await new Promise<string | null>((resolve) => {
    lines.once('line', resolve)
    lines.once('SIGINT', () => resolve(null))
    lines.once('close', () => resolve(null))
  })
  lines.close()
  if (hidden || answer === null) output.write('\n')
  return answer
}
