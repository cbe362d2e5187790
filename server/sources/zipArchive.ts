import { Buffer } from 'node:buffer'
import type { Entry } from 'yauzl'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { localizable } from '../../shared/message.ts'
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
      if (!entry) return damagedZip(path, localizable('there is no {0}', name))
      try {
        const stream = await archive.openReadStreamPromise(entry)
        // A reader that stops in the middle destroys it.
        for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
      } catch (error) {
        return damagedZip(path, whatIsDamaged(error))
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
            localizable('its metadata unpacks to more than {0} MB', Math.floor(mostBytes / 1024 / 1024)),
          )
        return await wholeText(chunks(name))
      },
    })
  } catch (error) {
    return damagedZip(path, whatIsDamaged(error))
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

export function tooLarge(path: string, detail: LocalizableMessage) {
  return fileFailure(path, 'too_large', detail, { saveAs: 'CSV' })
}

export function damagedZip(path: string, detail: LocalizableMessage) {
  return fileFailure(path, 'malformed', localizable('it is damaged: {0}', detail))
}

/** Only a few of its reader's words help a person. */
function whatIsDamaged(error: unknown): LocalizableMessage {
  const message = error instanceof Error ? error.message : String(error)
  if (/end of central directory/i.test(message)) return localizable('its end is missing')
  return /(?:too many|not enough) bytes|size mismatch/i.test(message)
    ? localizable('a part of it does not have the size that it declares')
    : localizable('a part of it cannot be unpacked')
}
