import { Buffer } from 'node:buffer'

/** What a file holds by its first bytes. `office`: a document of Microsoft's older programs, or an encrypted one of the newer. */
export type Content = 'text' | 'gzip' | 'zstd' | 'zip' | 'office' | 'parquet' | 'encrypted_parquet' | 'sqlite'

const signatures: readonly [Exclude<Content, 'text'>, Buffer][] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['zip', Buffer.from('PK\x03\x04', 'latin1')],
  ['zip', Buffer.from('PK\x05\x06', 'latin1')],
  ['office', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
  ['parquet', Buffer.from('PAR1')],
  ['encrypted_parquet', Buffer.from('PARE')],
  ['sqlite', Buffer.from('SQLite format 3\0')],
]

export function recogniseContent(start: Buffer): Content {
  const found = signatures.find(([, bytes]) => start.subarray(0, bytes.length).equals(bytes))?.[0]
  if (found === undefined) return isSkippable(start) ? 'zstd' : 'text'
  // Four letters may begin a text, too.
  return found.endsWith('parquet') && !start.includes(0) ? 'text' : found
}

/** A frame of zstd that holds no data, as pzstd begins its files. */
function isSkippable(start: Buffer): boolean {
  return ((start[0] ?? 0) & 0xf0) === 0x50 && start.subarray(1, 4).equals(Buffer.from([0x2a, 0x4d, 0x18]))
}
