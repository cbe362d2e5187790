import { Buffer, isUtf8 } from 'node:buffer'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { decompress as unpackZstd } from 'fzstd'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  snappyUncompress,
} from 'hyparquet'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { fileFailure } from './fileFailure.ts'
import { readName } from './jsonRow.ts'
import type { OpenedTable, StoredFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream } from './row.ts'

const megabyte = 1024 * 1024
/** Of a group of rows, as stored: its columns are in memory while some of its rows are read. */
const largestGroup = 128 * megabyte
/** What one page may unpack to, and what says which columns there are. */
const largestPage = 128 * megabyte
const largestFooter = 32 * megabyte
/** So much of a group, unpacked, is made into rows at once. */
const bytesAtOnce = 16 * megabyte
const mostRowsAtOnce = 25_000

type Group = FileMetaData['row_groups'][number]

/** Rows of a Parquet file, some at a time. */
export async function openParquet(stored: StoredFile): Promise<Outcome<OpenedTable>> {
  const { path } = stored
  const file = bufferOf(stored)
  const end = await stored.read(Math.max(0, stored.size - 8), 8)
  if (end.length < 8 || end.toString('latin1', 4) !== 'PAR1')
    return fileFailure(path, 'malformed', localizable('it is damaged: {0}', localizable('its end is missing')))
  if (end.readUInt32LE(0) > largestFooter)
    return tooLarge(path, localizable('its metadata unpacks to more than {0} MB', largestFooter / megabyte))
  const read = await orDamaged(path, localizable('its metadata cannot be read'), () =>
    parquetMetadataAsync(file, { parsers, geoparquet: false }),
  )
  if (!read.ok) return read
  const metadata = read.value
  const columns = metadata.row_groups.flatMap((group) => group.columns)
  if (columns.some(({ meta_data }) => meta_data === undefined))
    return fileFailure(path, 'encrypted', localizable('it is encrypted'))
  const unknown = columns.map(({ meta_data }) => meta_data?.codec ?? 'UNCOMPRESSED').find((codec) => !known.has(codec))
  if (unknown !== undefined)
    return fileFailure(
      path,
      'unsupported',
      localizable('its columns are compressed with {0}, which is not supported', unknown),
      {
        saveAs: 'Parquet (snappy)',
      },
    )
  if (metadata.row_groups.some((group) => storedBytes(group) > largestGroup))
    return tooLarge(path, localizable('a group of its rows is larger than {0} MB', largestGroup / megabyte))
  if (Number(metadata.num_rows) === 0) return fileFailure(path, 'empty', localizable('it has no rows'))
  return succeed({
    format: 'parquet',
    count: Number(metadata.num_rows),
    rows: (longestBytes) => readRows(stored, { file, metadata, longestBytes }),
  })
}

function tooLarge(path: string, detail: LocalizableMessage) {
  return fileFailure(path, 'too_large', detail, { saveAs: 'CSV' })
}

function storedBytes({ columns }: Group): number {
  return columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0)
}

function unpackedBytes({ columns }: Group): number {
  return columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0)
}

async function* readRows(
  stored: StoredFile,
  { file, metadata, longestBytes }: { file: AsyncBuffer; metadata: FileMetaData; longestBytes: number },
): RowStream {
  let first = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    const parts = Math.max(1, unpackedBytes(group) / bytesAtOnce, count / mostRowsAtOnce)
    const step = Math.max(1, Math.ceil(count / parts))
    for (let from = first; from < first + count; from += step) {
      const range = { rowStart: from, rowEnd: Math.min(from + step, first + count) }
      const read = await orDamaged(stored.path, localizable('some of its rows cannot be unpacked'), () =>
        readRange(file, metadata, range),
      )
      if (!read.ok) return read
      yield read.value.map((values, at) => toRow(from + at + 1, values, longestBytes))
    }
    first += count
  }
  return await stored.check()
}

/** Column by column: what is needed to take one apart is as large as what comes of it. */
async function readRange(
  file: AsyncBuffer,
  metadata: FileMetaData,
  range: { rowStart: number; rowEnd: number },
): Promise<Record<string, unknown>[]> {
  const rows = Array.from({ length: range.rowEnd - range.rowStart }, (): Record<string, unknown> => ({}))
  for (const { element } of parquetSchema(metadata).children) {
    const options = {
      file,
      metadata,
      ...range,
      columns: [element.name],
      compressors,
      parsers,
      geoparquet: false,
      utf8: false,
    }
    await parquetRead({
      ...options,
      rowFormat: 'array',
      onComplete(values) {
        for (const [at, row] of rows.entries()) row[element.name] = values[at]?.[0]
      },
    })
  }
  return rows
}

function toRow(line: number, values: Record<string, unknown>, longestBytes: number): Row {
  const names = Object.keys(values)
  const length = names.reduce((sum, name) => sum + lengthOf(values[name]), 0)
  if (length > longestBytes) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
  return { kind: 'row', line, fields: { names: () => names, read: (name) => plain(readName(values, name)) } }
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 8
}

/** Integers that a number cannot hold stay as they are written; bytes that are no text have nothing to judge. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return isUtf8(value) && !value.includes(0) ? Buffer.from(value).toString() : null
  if (value instanceof Date) return isoText(value.getTime())
  if (Array.isArray(value)) return value.map(plain)
  if (!isRecord(value)) return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

/** A file says only sometimes which zone its times are of. */
function isoText(milliseconds: number): string | null {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/(?:\.000)?Z$/, '')
}

const parsers = {
  dateFromDays: (days: number) => isoText(days * 86_400_000)?.slice(0, 10) ?? null,
  timestampFromMilliseconds: (value: bigint) => isoText(Number(value)),
  timestampFromMicroseconds: (value: bigint) => isoText(Number(value / 1000n)),
  timestampFromNanoseconds: (value: bigint) => isoText(Number(value / 1_000_000n)),
}

/** What a page unpacks to is said before it, and checked before anything is unpacked. */
const compressors: Compressors = {
  SNAPPY: bounded((packed, length) => {
    const page = new Uint8Array(length)
    snappyUncompress(packed, page)
    return page
  }),
  GZIP: bounded((packed, length) => gunzipSync(packed, { maxOutputLength: Math.max(1, length) })),
  BROTLI: bounded((packed, length) => brotliDecompressSync(packed, { maxOutputLength: Math.max(1, length) })),
  ZSTD: bounded((packed, length) => unpackZstd(packed, new Uint8Array(length))),
}
const known: ReadonlySet<string> = new Set(['UNCOMPRESSED', ...Object.keys(compressors)])

type Unpack = (packed: Uint8Array, length: number) => Uint8Array

function bounded(unpack: Unpack): Unpack {
  return (packed, length) => {
    if (length < 0 || length > largestPage) throw new Error(`a page of more than ${largestPage / megabyte} MB`)
    return unpack(packed, length)
  }
}

function bufferOf(stored: StoredFile): AsyncBuffer {
  return {
    byteLength: stored.size,
    async slice(start, end = stored.size) {
      if (start < 0 || end < start || end > stored.size)
        throw new Error('it says of itself that it is longer than it is')
      const bytes = await stored.read(start, end - start)
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
    },
  }
}

/** The reader throws plain errors, of its own and of what it calls, wherever bytes are not what they should be. */
async function orDamaged<Value>(
  path: string,
  damage: LocalizableMessage,
  work: () => Promise<Value>,
): Promise<Outcome<Value>> {
  try {
    return succeed(await work())
  } catch {
    return fileFailure(path, 'malformed', localizable('it is damaged: {0}', damage))
  }
}
