import { dirname, sep } from 'node:path'
import type { SourceSpec } from '../../protocol/sources.ts'

/** The folder that a source is in; null: it is a text and in none. */
export function sourceFolder(source: SourceSpec): string | null {
  return source.kind === 'text' ? null : commonFolder(source.paths)
}

/** The innermost folder that all of the paths, of which there is one at least, are in. */
export function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => dirname(path).split(sep)) as [string[], ...string[][]]
  const end = first.findIndex((part, at) => others.some((other) => other[at] !== part))
  return (end === -1 ? first : first.slice(0, end)).join(sep) || sep
}
