import { Buffer } from 'node:buffer'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { SourceEncoding } from '../../protocol/sources.ts'
import { localizable } from '../../shared/message.ts'

export interface RecognisedEncoding {
  encoding: SourceEncoding
  markBytes: number
}

/** By its first bytes, and what a person said. */
export function recogniseEncoding(
  head: Buffer,
  chosen: SourceEncoding | undefined,
): RecognisedEncoding | { problem: 'binary' | 'encoding'; detail: LocalizableMessage } {
  const [first, second, third, fourth] = head
  if (first === 0xff && second === 0xfe && third === 0 && fourth === 0) return utf32
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return utf32
  // A byte order mark is never text: it counts for more than what was said.
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', markBytes: 3 }
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  if (head.subarray(0, 5).equals(Buffer.from('%PDF-'))) return binary
  if (chosen?.startsWith('utf-16')) return { encoding: chosen, markBytes: 0 }
  if (head.includes(0)) return recogniseZeros(head)
  const encoding = chosen ?? declaredEncoding(head)
  if (encoding !== null && !isKnownHere(encoding)) return unknownEncoding(encoding)
  return { encoding: encoding ?? 'utf-8', markBytes: 0 }
}

/** What an XML file says of itself; without it, it is UTF-8. */
function declaredEncoding(head: Buffer): SourceEncoding | null {
  const declaration = /^<\?xml[^>]{0,200}?encoding=["']([\w.-]{1,40})["']/.exec(head.toString('latin1', 0, 300))
  if (!declaration) return null
  const label = declaration[1]?.toLowerCase() ?? ''
  const encoding = SourceEncoding.safeParse(otherNames[label] ?? label)
  // UTF-16 without its mark is not what the declaration could be read in.
  return encoding.success && !encoding.data.startsWith('utf-16') ? encoding.data : null
}

const otherNames: Readonly<Record<string, string>> = {
  latin1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  'us-ascii': 'utf-8',
  cp1252: 'windows-1252',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  'shift-jis': 'shift_jis',
}

/** A runtime may be built with fewer tables. */
function isKnownHere(encoding: SourceEncoding): boolean {
  try {
    return new TextDecoder(encoding).encoding !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function unknownEncoding(encoding: SourceEncoding) {
  return {
    problem: 'encoding',
    detail: localizable('the encoding {0} is not known here; save it as UTF-8', encoding),
  } as const
}

const utf32 = { problem: 'encoding', detail: localizable('it is UTF-32; save it as UTF-8') } as const
const binary = { problem: 'binary', detail: localizable('it is a binary file, not text') } as const

/** Western text in UTF-16 is printable on one side and zero on the other; in UTF-32 it is zero on three of four. */
function recogniseZeros(head: Buffer): RecognisedEncoding | typeof binary | typeof utf32 {
  const zeros: [number, number, number, number] = [0, 0, 0, 0]
  const printable: [number, number, number, number] = [0, 0, 0, 0]
  for (let index = 0; index < head.length; index++) {
    const byte = head[index] as number
    const side = (index % 4) as 0 | 1 | 2 | 3
    if (byte === 0) zeros[side]++
    else if ((byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) printable[side]++
  }
  const quarter = Math.max(1, Math.floor(head.length / 4))
  const isZero = zeros.map((count) => count >= quarter * 0.6)
  const isText = printable.map((count) => count >= quarter * 0.6)
  if ((isText[0] && isZero[1] && isZero[2] && isZero[3]) || (isText[3] && isZero[0] && isZero[1] && isZero[2]))
    return utf32
  if (isText[0] && isText[2] && isZero[1] && isZero[3]) return { encoding: 'utf-16le', markBytes: 0 }
  if (isText[1] && isText[3] && isZero[0] && isZero[2]) return { encoding: 'utf-16be', markBytes: 0 }
  return binary
}

/** To UTF-8, chunk by chunk: characters may be cut anywhere. UTF-8 itself passes as it is, so that a broken row can be recognised. */
export function decoderOf(encoding: SourceEncoding): (bytes: Buffer) => Buffer {
  if (encoding === 'utf-8') return (bytes) => bytes
  const decoder = new TextDecoder(encoding)
  // Always as a stream: on Node 20 only that has the right characters for windows-1252.
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }))
}
