import type { LineRange, Shard } from '../../protocol/sources.ts'
import { commonFolder } from '../files/sourceFolder.ts'

/** A file or folder that the user named. */
export interface SourceInput {
  path: string
  kind: 'file' | 'folder'
  size: number
  modifiedAtMs: number
  /** Of a file, the lines that were named; absent: all of it. */
  lines?: readonly LineRange[] | undefined
  /** The part of the source that is read; absent: all of it. */
  shard?: Shard | undefined
  /** Of a table that says how many rows it has. */
  count?: number
}

/** The innermost folder that all of them are in. */
export function sharedFolder(inputs: readonly SourceInput[]): string {
  return commonFolder(inputs.map(({ path }) => path))
}
