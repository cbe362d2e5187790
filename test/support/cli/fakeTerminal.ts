import { PassThrough, Readable } from 'node:stream'
import type { OpenKeyring } from '../../../cli/terminal/keyring.ts'
import type { Sink, Terminal } from '../../../cli/terminal/terminal.ts'

export interface FakeTerminal extends Terminal {
  /** What was printed so far. */
  out(): string
  err(): string
  /** Ctrl-C. */
  interrupt(): void
  /** Exit codes of `exitNow`. */
  exits: number[]
}

export interface FakeTerminalOptions {
  columns?: number
  hasColours?: boolean
  environment?: Record<string, string>
  stdin?: string
  now?: Date
  program?: string
  workingFolder?: string
  isTerminal?: boolean
  keyring?: OpenKeyring
  /** What a person at the keyboard answers, one after the other; null is Ctrl-C. Without it nobody is there. */
  answers?: (string | null)[]
  wait?: Terminal['wait']
}

/** A terminal in memory, of any width, whose clock stands still. */
export function fakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const out = fakeSink(options)
  const err = fakeSink(options)
  const listeners = new Set<() => void>()
  const exits: number[] = []
  const stdin: Terminal['stdin'] = Readable.from([options.stdin ?? ''])
  const answers = [...(options.answers ?? [])]
  return {
    stdout: out.sink,
    stderr: err.sink,
    stdin: options.answers ? Object.assign(stdin, { isTTY: true }) : stdin,
    canAsk: options.answers !== undefined,
    async ask(question) {
      const answer = answers.shift()
      if (answer === undefined) throw new Error(`the test has no answer to: ${question}`)
      await err.sink.write(`${question}\n`)
      return answer
    },
    openKeyring: options.keyring ?? (async () => null),
    environment: options.environment ?? {},
    workingFolder: options.workingFolder ?? '/work',
    homeFolder: '/home/ada',
    platform: 'linux',
    program: options.program ?? 'llm-providers',
    now: () => options.now ?? new Date('2026-11-21T12:00:00Z'),
    wait: options.wait ?? (() => ({ over: new Promise(() => undefined), dispose: () => undefined })),
    onInterrupt(listener) {
      listeners.add(listener)
      return { dispose: () => void listeners.delete(listener) }
    },
    exitNow: (code) => void exits.push(code),
    out: out.text,
    err: err.text,
    interrupt: () => {
      for (const listener of listeners) listener()
    },
    exits,
  }
}

function fakeSink(options: FakeTerminalOptions): { sink: Sink; text(): string } {
  let text = ''
  const sink: Sink = {
    isTerminal: options.isTerminal ?? false,
    columns: options.columns ?? 100,
    hasColours: options.hasColours ?? false,
    stream: new PassThrough(),
    isOpen: true,
    get hasWritten() {
      return text !== ''
    },
    write: (written) => {
      text += written
      return Promise.resolve()
    },
  }
  return { sink, text: () => text }
}
