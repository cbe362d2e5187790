import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import type { Places, Surface } from '../../protocol/home.ts'
import { goldenFile } from '../../protocol/labels.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { KeyStore, type StoreProblem } from '../keys/keyStore.ts'
import { coloursFor } from '../terminal/colours.ts'
import { localTime } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Execute } from './execute.ts'

/** Where something is kept. `exists`: it is there now. */
interface Place {
  what: string
  path: string
  exists: boolean
}

interface Told extends Places {
  dataDir: string
  /** LLM_PROVIDERS_HOME, where it says which folder it is; null: it is the platform's, or named by an option. */
  home: string | null
  places: Place[]
  /** Where the terminal keeps keys. */
  keyring: 'available' | StoreProblem
  logs: string
}

export function addWhereCommand(program: Command, execute: Execute): void {
  program
    .command('where')
    .summary('the files and folders in which everything is kept')
    .description(
      'Shows where providers, runs, labels, keys and everything else are kept, which of these places exist, and what became of the storage that an editor had of its own.',
    )
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client, info }) => {
        const read = await client.request('places/read', {})
        if (!read.ok) return print(invocation, read, () => '')
        const { terminal } = invocation
        const reached = await new KeyStore(terminal).reach('probe')
        const told: Told = {
          dataDir: info.dataDir,
          home: invocation.call.globals.length > 0 ? null : terminal.environment.LLM_PROVIDERS_HOME || null,
          places: await placesOf(info.dataDir, terminal.workingFolder),
          ...read.value,
          keyring: reached.ok ? 'available' : problemOf(reached.reason),
          logs,
        }
        return print(invocation, succeed(told), () => whereText(invocation, told))
      }),
    )
}

const logs =
  'no files: the terminal prints to stderr with LLM_PROVIDERS_DEBUG=1, the editor has the output "LLM Providers"'

function problemOf(reason: Reason): StoreProblem {
  return reason.code === 'secret_missing' ? (reason.store ?? 'failed') : 'failed'
}

async function placesOf(dataDir: string, folder: string): Promise<Place[]> {
  const kept: [what: string, place: string][] = [
    ['providers, models, routes, categories and usage', await newestStore(dataDir)],
    ['runs: their journals', path.join(dataDir, 'runs')],
    ['results files: what they held when they were written', path.join(dataDir, 'written')],
    ['evaluations', path.join(dataDir, 'evaluations')],
    ['corrections of confidence that were fitted on labels', path.join(dataDir, 'calibrations')],
    ['second opinions: the texts that were chosen', path.join(dataDir, 'opinions')],
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

function whereText(invocation: Invocation, told: Told): string {
  return [
    placesText(invocation, told.places),
    '',
    `data folder  ${oneLine(told.dataDir)}${told.home === null ? '' : '  (LLM_PROVIDERS_HOME)'}`,
    `keys         ${keyringWords[told.keyring]}; the editor keeps its own in its secret store`,
    ...told.keys.map(
      ({ holder, keptBy }) => `  ${oneLine(holder)}: ${keptBy.map((surface) => keeperWords[surface]).join(' and ')}`,
    ),
    `logs         ${told.logs}`,
    ...told.editors.map((editor) => `editor       ${editorText(editor)}`),
  ].join('\n')
}

const keyringWords: Record<Told['keyring'], string> = {
  available: 'the keyring of this machine',
  absent: 'this machine has no keyring: a variable holds each key',
  failed: 'the keyring of this machine, which is locked or refused access',
  slow: 'the keyring of this machine, which did not answer in time',
  damaged: 'the keyring of this machine',
}

const keeperWords: Record<Surface, string> = { editor: 'in the editor', terminal: 'in the keyring' }

/** What became of the storage that an editor had of its own, as it found things at its last start. */
function editorText({ folder, state, dataFolder, at, detail, exists }: Places['editors'][number]): string {
  const when = at === null ? '' : ` ${localTime(at)}`
  const what: Record<typeof state, string> = {
    empty: 'it has no data',
    moved: `moved to ${oneLine(dataFolder)}${when}; what is there is the copy of before`,
    apart: `in use by the editor, apart from this data${when}; the editor offers to change over`,
    left: `left${when}; the editor uses this data, and what is there stays`,
    busy: `in use by the editor until it can move: ${oneLine(detail ?? '')}`,
    failed: `in use by the editor, because it could not move: ${oneLine(detail ?? '')}`,
  }
  return `${oneLine(folder)}: ${exists ? what[state] : `${what[state]} (the folder is gone)`}`
}

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
