// `npm run bench -- --moves`: editors and terminals that are killed while a store moves to the data folder, and whether all is there.
import { killMoves } from '../test/support/home/killedMoves.ts'
import { StoreFolders } from '../test/support/store/storeFolder.ts'

/** True where nothing was lost, doubled or left over. */
export async function runKilledMoves({ kills, isJson, isMounted = false, seed = 1717 }) {
  const folders = new StoreFolders()
  const started = performance.now()
  try {
    const { wrong, ...figures } = await killMoves(folders, kills, seed, isMounted)
    const told = { seed, ...figures, wrong: wrong.length, seconds: Math.round((performance.now() - started) / 1000) }
    process.stdout.write(`${JSON.stringify(isJson ? { ...told, wrong } : told)}\n`)
    if (!isJson) for (const each of wrong) process.stdout.write(`${each}\n`)
    return wrong.length === 0
  } finally {
    await folders.dispose()
  }
}
