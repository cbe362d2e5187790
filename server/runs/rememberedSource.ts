import { resolve, sep } from 'node:path'
import type { SourceFields, SourceSpec } from '../../protocol/sources.ts'
import { listSourceSettings } from '../store/sourceSettingsTable.ts'
import type { Store } from '../store/store.ts'

/**
 * The request with what a person chose before for its files. Only where the request itself says nothing of how they are read: what
 * is said now is never mixed with what was said then. Nothing but the user's own database is asked, so no workspace has a say.
 */
export function withRemembered<Request extends { source: SourceSpec; fields?: SourceFields | undefined }>(
  store: Pick<Store, 'read'>,
  request: Request,
): Request {
  const { source, fields } = request
  if (source.kind !== 'paths') return request
  // Whatever a client sends as remembered is not, and a new run knows its files by the names that they have now.
  const { remembered: _, knownAs: _before, ...plain } = source
  const { kind: _kind, paths, lines: _lines, shard: _shard, ...reading } = plain
  const said = [...Object.values(reading), fields?.text, fields?.id]
  if (said.some((each) => each !== undefined)) return { ...request, source: plain }
  const named = paths.map((path) => resolve(path))
  const remembered = store.read((database) => listSourceSettings(database, named, sep))
  const hasAny = Object.keys(remembered).length > 0
  return { ...request, source: hasAny ? { ...plain, remembered } : plain }
}
