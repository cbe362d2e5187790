import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { cut, oneLine } from '../terminal/plainText.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { UsageError } from './usageError.ts'

/** A prose that somebody wrote: from a file, or `-` for standard input. A byte order mark is no part of it. */
export async function readText({ stdin, workingFolder }: Terminal, file: string): Promise<string> {
  if (file === '-') return withoutMark(await text(stdin))
  try {
    return withoutMark(await readFile(path.resolve(workingFolder, file), 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const shown = cut(oneLine(file), 80)
    throw new UsageError(
      error.code === 'ENOENT' ? `There is no file ${shown}` : `The file ${shown} cannot be read (${error.code})`,
    )
  }
}

function withoutMark(content: string): string {
  return content.replace(/^\uFEFF/, '')
}
