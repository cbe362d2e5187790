import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { goldenFile } from '../../protocol/labels.ts'
import { succeed } from '../../protocol/outcome.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { coloursFor } from '../terminal/colours.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Execute } from './execute.ts'

/** Where something is kept. `exists`: it is there now. */
interface Place {
  what: string
  path: string
  exists: boolean
}

export function addWhereCommand(program: Command, execute: Execute): void {
  program
    .command('where')
    .summary('the files and folders in which everything is kept')
    .description('Shows where providers, runs, labels and everything else are kept, and which of these places exist.')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { info }) => {
        const places = await placesOf(info.dataDir, invocation.terminal.workingFolder)
        return print(invocation, succeed({ dataDir: info.dataDir, places }), () => placesText(invocation, places))
      }),
    )
}

async function placesOf(dataDir: string, folder: string): Promise<Place[]> {
  const kept: [what: string, place: string][] = [
    ['providers, models, routes, categories and usage', await newestStore(dataDir)],
    ['runs: their journals', path.join(dataDir, 'runs')],
    ['evaluations', path.join(dataDir, 'evaluations')],
    ['conversations: their texts', path.join(dataDir, 'threads')],
    ['knowledge bases: their vectors', path.join(dataDir, 'kb')],
    ['the profile of this folder', path.join(folder, '.llm-providers', 'profile.yaml')],
    ['the labels of this folder', path.join(folder, goldenFile)],
  ]
  return await Promise.all(
    kept.map(async ([what, place]) => ({ what, path: place, exists: await stat(place).then(isThere, isMissing) })),
  )
}

/** Each change writes a file of its own, of which the newest counts. */
async function newestStore(dataDir: string): Promise<string> {
  const names = await readdir(dataDir).catch(() => [])
  const numbers = names.flatMap((name) => /^store\.(\d+)\.db$/.exec(name)?.[1] ?? []).map(Number)
  return path.join(dataDir, `store.${Math.max(1, ...numbers)}.db`)
}

const isThere = () => true
const isMissing = () => false

function placesText({ terminal }: Invocation, places: readonly Place[]): string {
  const { quiet } = coloursFor(terminal.stdout)
  const widest = Math.max(...places.map(({ what }) => what.length))
  return places
    .map(({ what, path: place, exists }) => {
      const line = `${what.padEnd(widest)}  ${oneLine(place)}`
      return exists ? line : quiet(`${line}  (not there yet)`)
    })
    .join('\n')
}
