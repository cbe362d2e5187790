import type { OpenKeyring } from './keyring.ts'

/** The surroundings of one call, so that a test can be a terminal of any width and `main.ts` the real one. */
export interface Terminal {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
  readonly homeFolder: string
  readonly platform: NodeJS.Platform
  /** How this program was called, to be repeated in the command lines that it recommends. */
  readonly program: string
  /** Whether a person is there to answer: standard input is a keyboard, and stderr is seen. */
  readonly canAsk: boolean
  /** Asks on stderr and reads one line of standard input; null when it is refused by Ctrl-C or the end of input. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string | null>
  readonly openKeyring: OpenKeyring
  now(): Date
  wait(milliseconds: number): { over: Promise<void>; dispose(): void }
  /** Ctrl-C and its kin. While nobody listens, they end the process. */
  onInterrupt(listener: () => void): { dispose(): void }
  /** Ends the process at once, with nothing tidied up. */
  exitNow(code: number): void
}

/** Where text goes. A closed reader (`| head`) is no failure: what is written after that is dropped. */
export interface Sink {
  readonly isTerminal: boolean
  /** Columns of the terminal, or what a reader of a pipe is given. */
  readonly columns: number
  readonly hasColours: boolean
  /** The stream itself, for a progress bar. */
  readonly stream: NodeJS.WritableStream
  /** Resolves when more may be written, so that a slow reader does not fill our memory. */
  write(text: string): Promise<void>
  /** False once nobody reads any more. */
  readonly isOpen: boolean
  readonly hasWritten: boolean
}
