import { Buffer } from 'node:buffer'
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, sep } from 'node:path'
import type { RunRequest } from '../../protocol/runs.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { commonFolder } from '../files/sourceFolder.ts'
import type { Database } from '../store/database.ts'
import type { StoredRun } from '../store/runTable.ts'
import { listSourceSettings, saveSourceSettings } from '../store/sourceSettingsTable.ts'
import { isGone } from './sourceContent.ts'

type Paths = Extract<RunRequest['source'], { kind: 'paths' }>
type Moves = ReadonlyMap<string, string>

/** Where the files of a source are now. */
export interface Renaming {
  /** By old path. */
  paths: Moves
  /** By new path, the names by which the runs know their items. */
  knownAs: Readonly<Record<string, string>>
  /** Results files that went along, by run. */
  places: Moves
}

/** The run as one over the same files under their new names. */
export function renamedRun(run: StoredRun, { paths, knownAs, places }: Renaming): StoredRun {
  const { view, request } = run
  const { source } = request
  if (source.kind !== 'paths') return run
  const now = source.paths.map((path) => paths.get(path) ?? path)
  const remembered =
    source.remembered &&
    Object.fromEntries(Object.entries(source.remembered).map(([path, how]) => [paths.get(path) ?? path, how]))
  return {
    ...run,
    request: { ...request, source: { ...source, paths: now, ...(remembered ? { remembered } : {}), knownAs } },
    view: {
      ...view,
      source: now.length === 1 ? relabelled(view.source, source.paths[0] as string, now[0] as string) : view.source,
      resultsPath: places.get(view.runId) ?? view.resultsPath,
    },
  }
}

/** A label begins with the name of its file. */
function relabelled(label: string, from: string, to: string): string {
  return label.startsWith(basename(from)) ? basename(to) + label.slice(basename(from).length) : label
}

/** Where a path is now that this file or folder was renamed. */
export function movedPath(path: string, from: string, to: string): string {
  if (path === from) return to
  return path.startsWith(from + sep) ? to + path.slice(from.length) : path
}

/** The names by which runs know the items of files: only those that are not the names of today. */
export async function knownNames(
  source: Paths,
  paths: Moves,
  within?: { from: string; to: string },
): Promise<Record<string, string>> {
  const moves = within ? [within] : [...paths].map(([from, to]) => ({ from, to }))
  const moveAll = (path: string) => moves.reduce((at, { from, to }) => movedPath(at, from, to), path)
  const names = Object.fromEntries(Object.entries(source.knownAs ?? {}).map(([path, name]) => [moveAll(path), name]))
  const [before, after] = [commonFolder([...paths.keys()]), commonFolder([...paths.values()])]
  for (const [from, to] of paths) {
    if (!(await isFile(to))) continue
    names[to] ??= shownIn(before, from)
    if (names[to] === shownIn(after, to)) delete names[to]
  }
  const folder = source.paths.find((path) => within?.from.startsWith(path + sep))
  if (within && folder !== undefined && (await isFile(within.to))) names[within.to] ??= shownIn(folder, within.from)
  return names
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

/** As items are called within a source: its base is the folder of its one file, else the folder that all have in common. */
function shownIn(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/')
}

/** What was chosen for a file under its old name counts under the new one. */
export function keepSettings(database: Database, paths: Moves, at: string): void {
  for (const [from, to] of paths) {
    const settings = listSourceSettings(database, [from], sep)[from]
    if (settings && !listSourceSettings(database, [to], sep)[to]) saveSourceSettings(database, to, settings, at)
  }
}

/**
 * By run, where the results files are now: one that is gone from where it was written may stand beside the source, and where it does
 * not, it is written there when it is wanted again. What a person has named stays where they named it.
 */
export async function resultsPlaces(runs: readonly StoredRun[], paths: Moves): Promise<Moves> {
  const places = new Map<string, string>()
  const [[from, to] = []] = paths
  if (from === undefined || to === undefined || paths.size !== 1) return places
  const runIds = runs.map(({ view }) => view.runId)
  for (const { view, request } of runs) {
    if (view.resultsPath === null || request.output.path !== null || !(await isGone(view.resultsPath))) continue
    const name = basename(view.resultsPath)
    const stem = basename(from, extname(from))
    const newName = name.startsWith(stem) ? basename(to, extname(to)) + name.slice(stem.length) : name
    const [along, renewed] = [join(dirname(to), name), join(dirname(to), newName)]
    if (await begins(along, runIds)) places.set(view.runId, along)
    else if ((await isGone(renewed)) || (await begins(renewed, runIds))) places.set(view.runId, renewed)
  }
  return places
}

/** Whether the file begins with a result of one of the runs. */
async function begins(path: string, runIds: readonly string[]): Promise<boolean> {
  try {
    const handle = await openRegularFile(diskFiles, path)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2048), 0, 2048, 0)
      const beginning = buffer.toString('utf8', 0, bytesRead)
      return runIds.some((runId) => beginning.includes(runId))
    } finally {
      await handle.close()
    }
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}
