import * as z from 'zod'
import { SourceSettings } from '../../protocol/sources.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { decodeRow, jsonColumn, saveRow } from './rows.ts'

const Row = z.object({ source: z.string(), settings_json: jsonColumn(SourceSettings) })

/** Of the files named, and of those within the folders named; `separator` is what the system's paths have. */
export function listSourceSettings(
  database: ReadableDatabase,
  paths: readonly string[],
  separator: string,
): Record<string, SourceSettings> {
  const rows = database
    .all('SELECT source, settings_json FROM source_settings ORDER BY source')
    .map((row) => decodeRow('source_settings', Row, row))
  const named = new Set(paths)
  const isWithin = (source: string): boolean =>
    paths.some((path) => source.startsWith(path.endsWith(separator) ? path : path + separator))
  return Object.fromEntries(
    rows
      .filter(({ source }) => named.has(source) || isWithin(source))
      .map(({ source, settings_json }) => [source, settings_json]),
  )
}

/** More would only be read again and again; the one that was not changed for the longest is forgotten. */
const mostRemembered = 1000

export function saveSourceSettings(
  database: Database,
  source: string,
  settings: SourceSettings,
  updatedAt: string,
): void {
  const row = { source, settings_json: JSON.stringify(settings), updated_at: updatedAt }
  saveRow(database, 'source_settings', ['source'], row)
  database.run(
    `DELETE FROM source_settings WHERE id NOT IN (SELECT id FROM source_settings ORDER BY updated_at DESC, id DESC LIMIT ?)`,
    [mostRemembered],
  )
}

/** False when nothing was remembered. */
export function removeSourceSettings(database: Database, source: string): boolean {
  return database.run('DELETE FROM source_settings WHERE source = ?', [source]) > 0
}
