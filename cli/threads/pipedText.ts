import { fstatSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Terminal } from '../terminal/terminal.ts'

/** Long enough for whoever starts this program with something to say. */
const silenceMs = 500

/**
 * What was piped in; null: nothing was. A pipe of a shell or a file is read to its end. What else stands in for a keyboard, such as the
 * socket that a program gives the programs it starts, may stay open and silent for ever: it is read only if something comes.
 */
export async function readPipedText({ stdin, wait }: Pick<Terminal, 'stdin' | 'wait'>): Promise<string | null> {
  if (stdin.isTTY || isNothing(stdin)) return null
  if (!isPipe(stdin) && !(await saysSomething(stdin, wait))) {
    stdin.pause()
    return null
  }
  const piped = (await text(stdin)).replace(/^\uFEFF/, '')
  return piped.trim() === '' ? null : piped
}

function isPipe(stdin: Terminal['stdin']): boolean {
  const stats = statsOf(stdin)
  return stats !== null && (stats.isFIFO() || stats.isFile())
}

function isNothing(stdin: Terminal['stdin']): boolean {
  return statsOf(stdin)?.isCharacterDevice() === true
}

function statsOf(stdin: Terminal['stdin']): ReturnType<typeof fstatSync> | null {
  const { fd } = stdin as { fd?: unknown }
  try {
    return typeof fd === 'number' ? fstatSync(fd) : null
  } catch {
    return null
  }
}

async function saysSomething(stdin: Terminal['stdin'], wait: Terminal['wait']): Promise<boolean> {
  const waiting = wait(silenceMs)
  let listen: () => void = () => undefined
  const heard = new Promise<boolean>((resolve) => {
    listen = () => resolve(true)
    stdin.once('readable', listen)
    stdin.once('end', listen)
  })
  try {
    return await Promise.race([heard, waiting.over.then(() => false)])
  } finally {
    waiting.dispose()
    stdin.removeListener('readable', listen)
    stdin.removeListener('end', listen)
  }
}
