import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { seeded } from '../knowledge/killedBuilds.ts'
import { bundleStoreChild, savedIds, spawnStoreChild } from '../store/spawnStoreChild.ts'
import { mark, readMarks, type StoreFolders } from '../store/storeFolder.ts'

/** What is left after processes were killed while a store moved. */
export interface KilledMoves {
  rounds: number
  kills: number
  /** Rounds that ended so: by what became of the editor's own storage. */
  moved: number
  apart: number
  /** Rows that were acknowledged, all in all. */
  acknowledged: number
  /** What is wrong, by round: rows or files that are not where their process looks for them, doubled rows, stages left over, damage. */
  wrong: string[]
}

/** More tell nothing new. */
const mostWrong = 20

const rowsOfBefore = ['one', 'two', 'three']
const sideFiles: Record<string, string> = {
  'runs/run_1.journal.jsonl': 'line\n'.repeat(2_000),
  'threads/t1.jsonl': 'a question\n',
  'kb/docs/vectors.bin': 'v'.repeat(4_000_000),
  'evaluations/e1.json': '{}',
}

/** What stands at the data folder when the editors start. */
const beginnings = ['nothing', 'an empty folder', 'an untouched store'] as const

/**
 * In each round two editors and a terminal start at once over a store of before, with an editor of before that still writes in every
 * third; each is killed at a moment that the seed chooses, or left alone. Then an editor starts in peace, and all is looked for.
 * `isMounted`: the data folder counts as a disk of its own, which is there from the beginning.
 */
export async function killMoves(
  folders: StoreFolders,
  kills: number,
  seed: number,
  isMounted = false,
): Promise<KilledMoves> {
  const random = seeded(seed)
  const base = folders.make()
  const { script, migrationsDir } = await bundleStoreChild(base, path.join(import.meta.dirname, 'moveChild.ts'))
  const template = path.join(base, 'template')
  await makeTemplate(folders, template)
  const figures: KilledMoves = { rounds: 0, kills: 0, moved: 0, apart: 0, acknowledged: 0, wrong: [] }
  while (figures.kills < kills && figures.wrong.length < mostWrong) {
    const round = ++figures.rounds
    const folder = path.join(base, `round-${round}`)
    const [dataFolder, editorFolder] = [path.join(folder, 'share', 'llm-providers'), path.join(folder, 'editor')]
    cpSync(template, editorFolder, { recursive: true })
    const what = beginnings[round % beginnings.length] ?? 'nothing'
    await begin(folders, isMounted && what === 'nothing' ? 'an empty folder' : what, dataFolder)
    const start = (role: string, label: string, count: number, dieAt = 0) =>
      spawnStoreChild(
        [
          role,
          dataFolder,
          editorFolder,
          `${round}-${label}`,
          `${count}`,
          migrationsDir,
          `${dieAt}`,
          ...(isMounted ? ['mounted'] : []),
        ],
        script,
      )
    const roles = ['editor', 'editor', 'terminal', ...(round % 3 === 0 ? ['before'] : [])]
    const children = roles.map((role, index) => {
      const death = chooseDeath(role, random)
      return { role, death, child: start(role, `${role}${index}`, role === 'terminal' ? 2 : 4, death.operation) }
    })
    await Promise.all(
      children.map(async ({ child, death }) => {
        const timer = death.ms > 0 ? setTimeout(() => child.process.kill('SIGKILL'), death.ms) : undefined
        await child.ended
        clearTimeout(timer)
        if (child.process.signalCode === 'SIGKILL') figures.kills++
      }),
    )
    const last = start('editor', 'last', 1)
    await last.ended
    const state = /^at (\w+)/m.exec(last.lines.join('\n'))?.[1]
    if (state === 'moved') figures.moved++
    if (state === 'apart') figures.apart++
    const all = [...children, { role: 'editor', child: last }]
    figures.acknowledged += all.flatMap(({ child }) => savedIds(child.lines)).length
    const wrong = await lookForWrongs(folders, { dataFolder, editorFolder, state, all })
    figures.wrong.push(...wrong.map((each) => `round ${round}: ${each}`))
    if (wrong.length === 0) rmSync(folder, { recursive: true, force: true })
  }
  return figures
}

/** At a file operation, which is the same place on any machine; after some time, which may be anywhere; or not at all (0). */
function chooseDeath(role: string, random: () => number): { operation: number; ms: number } {
  const [way, where] = [random(), random()]
  if (way < 0.6) return { operation: 1 + Math.floor(where * (role === 'editor' ? operationsOfMove : 40)), ms: 0 }
  return { operation: 0, ms: way < 0.85 ? 1 + where * 1_000 : 0 }
}

/** As a child in peace counts them, from the first look to its last row. */
const operationsOfMove = 280

interface Ended {
  dataFolder: string
  editorFolder: string
  state: string | undefined
  all: { role: string; child: { lines: string[] } }[]
}

async function lookForWrongs(
  folders: StoreFolders,
  { dataFolder, editorFolder, state, all }: Ended,
): Promise<string[]> {
  const wrong: string[] = []
  if (state !== 'moved' && state !== 'apart') wrong.push(`ended as ${state}: ${all.at(-1)?.child.lines.join(' | ')}`)
  const home = state === 'moved' ? dataFolder : editorFolder
  const there = { home: await marksIn(folders, home), data: await marksIn(folders, dataFolder) }
  for (const id of rowsOfBefore) if (!there.home.includes(id)) wrong.push(`${id} is lost`)
  for (const { role, child } of all) {
    const found = role === 'terminal' ? there.data : there.home
    for (const id of savedIds(child.lines)) if (!found.includes(id)) wrong.push(`${id} is lost`)
    for (const line of child.lines) if (line.startsWith('damage')) wrong.push(line)
  }
  for (const marks of Object.values(there)) if (new Set(marks).size !== marks.length) wrong.push('a row is there twice')
  for (const [name, text] of Object.entries(sideFiles)) {
    const place = path.join(home, name)
    if (!existsSync(place) || hashOf(readFileSync(place)) !== hashOf(text)) wrong.push(`${name} is lost`)
  }
  const beside = readdirSync(path.dirname(dataFolder)).filter((name) => name !== path.basename(dataFolder))
  if (existsSync(dataFolder)) beside.push(...readdirSync(dataFolder).filter((name) => name.startsWith('.moving-')))
  if (beside.length > 0) wrong.push(`left over: ${beside.join(', ')}`)
  return wrong
}

async function makeTemplate(folders: StoreFolders, folder: string): Promise<void> {
  const store = await folders.open(folder)
  for (const id of rowsOfBefore) await store.change(mark(id))
  await store.close()
  for (const [name, text] of Object.entries(sideFiles)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}

async function begin(folders: StoreFolders, what: (typeof beginnings)[number], dataFolder: string): Promise<void> {
  mkdirSync(path.dirname(dataFolder), { recursive: true })
  if (what === 'an empty folder') mkdirSync(dataFolder)
  if (what === 'an untouched store') await (await folders.open(dataFolder)).close()
}

async function marksIn(folders: StoreFolders, folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const store = await folders.open(folder)
  const marks = store.read(readMarks)
  await store.close()
  return marks
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
