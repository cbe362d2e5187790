import type { WriteStream } from 'node:tty'
import type { Sink, Terminal } from './terminal.ts'

/** Columns for a reader that is no terminal and does not say any: room for a sentence beside the figures. */
const columnsOfPipe = 120
const fewestColumns = 40

/** A stream of the process as a place to write to. */
export function createSink(stream: NodeJS.WritableStream, environment: Terminal['environment']): Sink {
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
    // EPIPE: `| head` has read enough. A full disk ends here too; there is nobody left to tell.
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
