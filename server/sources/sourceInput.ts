import { dirname, sep } from 'node:path'
import type { LineRange } from '../../protocol/sources.ts'

/** A file or folder that the user named. */
export interface SourceInput {
  path: string
  kind: 'file' | 'folder'
  size: number
  modifiedAtMs: number
  /** Of a file, the lines that were named; absent: all of it. */
  lines?: readonly LineRange[] | undefined
  /** Of a table that says how many rows it has. */
  count?: number
}

/** The innermost folder that all of them are in. */
export function sharedFolder(inputs: readonly SourceInput[]): string {
  const [first, ...others] = inputs.map((input) => dirname(input.path).split(sep)) as [string[], ...string[][]]
  const shared = first.filter((_, index) =>
    others.every((other) => first.slice(0, index + 1).every((part, at) => part === other[at])),
  )
  return shared.join(sep) || sep
}
