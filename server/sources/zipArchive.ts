import { Buffer } from 'node:buffer'
import type { Entry } from 'yauzl'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { localizable, localizableText } from '../../shared/message.ts'
import { fileFailure } from './fileFailure.ts'
import type { ByteStream } from './packedBytes.ts'

/** A sheet is a part, and so is each of its pictures and comments. */
const mostParts = 20_000

/** The parts of an archive. What each unfolds to is known before it is unpacked, and more than that never comes. */
export interface ZipArchive {
  /** As the archive spells them, in lower case. */
  names(): readonly string[]
  /** In bytes, unpacked; 0: there is no such part. */
  sizeOf(name: string): number
  isEncrypted(): boolean
  chunks(name: string): ByteStream
  /** A part that is small; empty where there is none. */
  text(name: string, mostBytes: number): Promise<Outcome<string>>
}

export async function openZip(path: string, bytes: Buffer): Promise<Outcome<ZipArchive>> {
  const { fromBufferPromise } = await import('yauzl')
  const parts = new Map<string, Entry>()
  try {
    const archive = await fromBufferPromise(bytes)
    if (archive.entryCount > mostParts)
      return fileFailure(path, 'too_large', localizable('it has more than {0} parts', mostParts), { saveAs: 'CSV' })
    for await (const entry of archive.eachEntry()) parts.set(entry.fileName.toLowerCase(), entry)
    const sizeOf = (name: string): number => parts.get(name.toLowerCase())?.uncompressedSize ?? 0
    async function* chunks(name: string): ByteStream {
      const entry = parts.get(name.toLowerCase())
      if (!entry) return damagedZip(path, `there is no ${name}`)
      try {
        const stream = await archive.openReadStreamPromise(entry)
        // A reader that stops in the middle destroys it.
        for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
      } catch (error) {
        return damagedZip(path, messageOf(error))
      }
      return succeed(null)
    }
    return succeed({
      names: () => [...parts.keys()],
      sizeOf,
      isEncrypted: () => [...parts.values()].some((entry) => entry.isEncrypted()),
      chunks,
      async text(name, mostBytes) {
        if (!parts.has(name.toLowerCase())) return succeed('')
        if (sizeOf(name) > mostBytes)
          return tooLarge(
            path,
            localizable('what describes it unfolds to more than {0} MB', Math.floor(mostBytes / 1024 / 1024)),
          )
        return await wholeText(chunks(name))
      },
    })
  } catch (error) {
    return damagedZip(path, messageOf(error))
  }
}

async function wholeText(chunks: ByteStream): Promise<Outcome<string>> {
  const taken: Buffer[] = []
  for (;;) {
    const next = await chunks.next()
    if (!next.done) taken.push(next.value)
    else return next.value.ok ? succeed(Buffer.concat(taken).toString()) : next.value
  }
}

export function tooLarge(path: string, detail: ReturnType<typeof localizable>) {
  return fileFailure(path, 'too_large', detail, { saveAs: 'CSV' })
}

export function damagedZip(path: string, detail: string) {
  return fileFailure(path, 'malformed', localizable('it is damaged: {0}', localizableText(detail)))
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/end of central directory/i.test(message)) return 'its end is missing'
  if (/(?:too many|not enough) bytes/i.test(message)) return 'a part of it is not of the size that it says'
  return message.replaceAll(/\s+/g, ' ').slice(0, 120)
}
