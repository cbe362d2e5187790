import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { StdinFormat } from './runRequest.ts'

/** Standard input, kept in a file so that it can be streamed, and read again when the run is resumed. */
export interface Spool {
  file: string
  format: StdinFormat
  /** Null when the text is small enough to travel as it is. */
  text: string | null
  /** Remembers which run needs the file, for `removeSpoolOf`. */
  belongsTo(runId: string): Promise<void>
  remove(): Promise<void>
}

const endings: Partial<Record<StdinFormat, string>> = {
  text: 'txt',
  markdown: 'md',
  feed: 'xml',
  github: 'json',
  notebook: 'ipynb',
}
const headBytes = 64 * 1024
const longestText = 1_000_000
const ownerFile = 'run'

/** Spools into the data folder: a run may be resumed after a reboot, when the system's own folder for such files is empty. */
export async function spoolStdin(
  stdin: NodeJS.ReadableStream,
  dataFolder: string,
  told: StdinFormat | undefined,
  fields: readonly string[],
): Promise<Spool> {
  const parent = path.join(dataFolder, 'stdin')
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(path.join(parent, 'spool-'))
  const raw = path.join(folder, 'stdin')
  await pipeline(stdin, createWriteStream(raw, { mode: 0o600 }))
  const format = told ?? recogniseFormat(await readHead(raw), fields)
  const file = path.join(folder, `stdin.${endings[format] ?? format}`)
  await rename(raw, file)
  return {
    file,
    format,
    text: await shortText(file, format),
    belongsTo: (runId) => writeFile(path.join(folder, ownerFile), runId),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Removes what a run read from standard input, once it needs no resuming any more. */
export async function removeSpoolOf(runId: string, dataFolder: string): Promise<void> {
  const parent = path.join(dataFolder, 'stdin')
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = await readFile(path.join(parent, name, ownerFile), 'utf8').catch(() => null)
    if (owner === runId) await rm(path.join(parent, name), { recursive: true, force: true })
  }
}

/**
 * What the first lines look like. A file's name would tell; a pipe has none, so this is a guess that `--stdin-format` overrules:
 * an array is JSON, an object is JSON lines, a heading row with the named fields (or a usual one) is a table, the rest is one text.
 */
export function recogniseFormat(head: string, fields: readonly string[]): StdinFormat {
  const start = head.replace(/^\ufeff/, '').trimStart()
  if (start.startsWith('{')) return /^\{\s*\n/.test(start) ? 'json' : 'jsonl'
  if (/^\[\s*[{\]]/.test(start)) return 'json'
  const heading = start.split(/\r?\n/, 1)[0] ?? ''
  const wanted = fields.length > 0 ? fields : usualFields
  for (const [format, mark] of [
    ['tsv', '\t'],
    ['csv', ','],
  ] as const) {
    const cells = heading.split(mark).map((cell) =>
      cell
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase(),
    )
    if (cells.length > 1 && wanted.some((field) => cells.includes(field.toLowerCase()))) return format
  }
  return 'text'
}

const usualFields = ['text', 'body', 'content', 'title', 'message', 'description', 'summary', 'id']

async function readHead(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}

async function shortText(file: string, format: StdinFormat): Promise<string | null> {
  if (format !== 'text' || (await stat(file)).size > longestText) return null
  const bytes = await readFile(file)
  // Binary or another encoding: the server recognises that in the file and says so.
  return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : null
}
