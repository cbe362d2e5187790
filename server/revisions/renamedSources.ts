import { resolve, sep } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { StoredData } from '../store/change.ts'
import { hasRuns, listRunsAround, listRunsOfSize, moveRuns } from '../store/revisionTable.ts'
import { findRun, type StoredRun } from '../store/runTable.ts'
import { sourceKeyOf } from './keepInStore.ts'
import { keepSettings, knownNames, movedPath, renamedRun, resultsPlaces } from './renamedRun.ts'
import { contentOfFile, isGone, neighboursOf, sizeOf } from './sourceContent.ts'

/**
 * Lets the results of a file follow it when it is renamed or moved. Its runs are found by what it holds, and only where the file that
 * they were over is gone: a copy beside it leaves them alone, and of two copies of a file that is gone the first one has them.
 */
export class RenamedSources {
  readonly #parts: StoredData

  constructor(parts: StoredData) {
    this.#parts = parts
  }

  /** Gives a file that has no run the runs of its content under another name. False: there are none, or it has its own. */
  async adopt(path: string): Promise<boolean> {
    const { store } = this.#parts
    const named = resolve(path)
    const key = await sourceKeyOf({ kind: 'paths', paths: [named] })
    if (key === null || store.read((database) => hasRuns(database, key))) return false
    const size = await sizeOf(named)
    // A file is read only where one of its size is missed.
    const left = size === null ? [] : await leftBehind(store.read((database) => listRunsOfSize(database, size)))
    const content = left.length === 0 ? null : await contentOfFile(named)
    const found = content && left.find((run) => run.content?.hash === content.hash)
    const [from] = found?.request.source.kind === 'paths' ? found.request.source.paths : []
    return found && from !== undefined ? await this.#follow(found, key, new Map([[from, named]])) : false
  }

  /** Looks for the file of a run among its neighbours, when it is gone from where it was. */
  async follow(runId: string): Promise<void> {
    const run = this.#parts.store.read((database) => findRun(database, runId))
    const [path] = run?.request.source.kind === 'paths' ? run.request.source.paths : []
    if (!run?.content || path === undefined || !(await isGone(path))) return
    for (const neighbour of await neighboursOf(path)) {
      if ((await sizeOf(neighbour)) === run.content.size && (await this.adopt(neighbour))) return
    }
  }

  /** Somebody has renamed or moved a file or folder, and says so. Answers how many sources are elsewhere now. */
  async moved(from: string, to: string): Promise<Outcome<{ sources: number }>> {
    const { store } = this.#parts
    const [before, after] = [resolve(from), resolve(to)]
    if (!(await isGone(before)) || (await sizeOf(after)) === null) return succeed({ sources: 0 })
    const runs = store.read((database) => listRunsAround(database, before, sep))
    const bySource = new Map(runs.map((run) => [run.view.revision?.source, run]))
    let sources = 0
    for (const run of bySource.values()) {
      if (run.request.source.kind !== 'paths') continue
      const paths = new Map(run.request.source.paths.map((path) => [path, movedPath(path, before, after)]))
      const key = await sourceKeyOf({ kind: 'paths', paths: [...paths.values()] })
      if (key !== null && (await this.#follow(run, key, paths, { from: before, to: after }))) sources += 1
    }
    return succeed({ sources })
  }

  /** `within`: what was renamed in a folder that was judged. False: another run is over the new place already. */
  async #follow(
    run: StoredRun,
    to: string,
    paths: ReadonlyMap<string, string>,
    within?: { from: string; to: string },
  ): Promise<boolean> {
    const from = run.view.revision?.source
    const { source } = run.request
    if (from === undefined || source.kind !== 'paths') return false
    const [old] = paths.keys() as Iterable<string> & Iterator<string>
    const runs = this.#parts.store.read((database) => listRunsAround(database, old as string, sep))
    const own = runs.filter(({ view }) => view.revision?.source === from)
    const renaming = {
      paths,
      knownAs: await knownNames(source, paths, within),
      places: await resultsPlaces(own, paths),
    }
    const moved = await this.#parts.change(['runs'], (database) => {
      if (from !== to && hasRuns(database, to)) return succeed(false)
      moveRuns(database, { from, to }, (each) => renamedRun(each, renaming))
      keepSettings(database, paths, this.#parts.now())
      return succeed(true)
    })
    return moved.ok && moved.value
  }
}

/** Those whose file is not where it was. */
async function leftBehind(runs: readonly StoredRun[]): Promise<StoredRun[]> {
  const gone = new Map<string, boolean>()
  const left: StoredRun[] = []
  for (const run of runs) {
    const [path] = run.request.source.kind === 'paths' ? run.request.source.paths : []
    if (path === undefined) continue
    const isLeft = gone.get(path) ?? (await isGone(path))
    gone.set(path, isLeft)
    if (isLeft) left.push(run)
  }
  return left
}
