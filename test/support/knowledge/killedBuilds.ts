import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServerProcess, startServerProcess } from '../protocol/serverProcess.ts'
import { startScriptedServer } from '../providers/scriptedServer.ts'

/** What is left of a knowledge base whose builds were killed. */
export interface KilledBuilds {
  kills: number
  /** Of them, while a build was running. */
  midBuild: number
  /** Texts that were answered, and those of them that had been answered before. */
  paid: number
  paidTwice: number
  /** Of those, texts that did not stand in the batch that was under way when a process was killed. */
  paidTwiceForNothing: number
  /** Of the last build; lines that are in its list twice, and of every eighth text whether it is not found by its own vector. */
  chunks: number
  doubled: number
  wrong: number
  /** Files beside the two of the base. */
  leftOver: string[]
}

export const rows = 640
const embed = { provider: 'local', model: 'vec' }

/** Kills the server of a data folder again and again while it builds, by seeded moments, changing the sources meanwhile; then lets it build. */
export async function killBuilds(folder: string, kills: number, seed: number): Promise<KilledBuilds> {
  const random = seeded(seed)
  const docs = join(folder, 'docs')
  const dataDir = join(folder, '.data')
  await mkdir(docs, { recursive: true })
  const models = await startScriptedServer()
  const ledger = new Ledger()
  let onCall = (_answer: () => void): void => undefined
  models.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    onCall(() => {
      ledger.answer(texts)
      const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
    })
  })
  let midBuild = 0
  try {
    const first = await startServerProcess(dataDir)
    const config = { base_url: `${models.origin}/v1` }
    await first.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
    await first.request('kb/create', { name: 'docs', sources: [{ kind: 'path', path: docs }], embed })
    await first.kill()
    let texts = Array.from({ length: rows }, (_, row) => `Row ${row}, version 0`)
    for (let round = 0; round < kills; round++) {
      texts = changeSome(texts, random)
      const lines = texts.map((text, row) => `${row},"${text}"\n`)
      await writeFile(join(docs, 'rows.csv'), `id,text\n${lines.join('')}`)
      const server = await startServerProcess(dataDir)
      if (await killWithin(server, random, (each) => (onCall = each))) midBuild++
      ledger.kill()
    }
    onCall = (answer) => answer()
    const last = await startServerProcess(dataDir)
    const built = await last.request('kb/build', { name: 'docs' })
    if (!built.ok) throw new Error(built.reason.message)
    // Searches are paid, too.
    const paid = ledger.figures()
    const left = await checkBase(last, join(dataDir, 'kb', 'docs'), texts)
    await last.kill()
    return { kills, midBuild, ...paid, chunks: built.value.base.chunks, ...left }
  } finally {
    await models.close()
  }
}

/** Kills before or after the answer of one of the next calls, or some milliseconds later. True: its build had not ended. */
async function killWithin(
  server: ServerProcess,
  random: () => number,
  listen: (onCall: (answer: () => void) => void) => void,
): Promise<boolean> {
  const at = 1 + Math.floor(random() * 5)
  const isAnswered = random() < 0.5
  const laterMs = Math.floor(random() * 12)
  let calls = 0
  const moment = new Promise<void>((resolve) => {
    listen((answer) => {
      calls++
      if (calls !== at || isAnswered) answer()
      if (calls === at) setTimeout(resolve, isAnswered ? laterMs : 0)
    })
  })
  let hasEnded = false
  const building = server.request('kb/build', { name: 'docs' }).then(
    () => {
      hasEnded = true
    },
    () => undefined,
  )
  await Promise.race([moment, building])
  const isMidBuild = !hasEnded
  await server.kill()
  return isMidBuild
}

/** Who was paid what, and what may have been under way. */
class Ledger {
  readonly #answered = new Set<string>()
  readonly #forgivable = new Set<string>()
  #last: readonly string[] = []
  #paid = 0
  #twice = 0
  #forNothing = 0

  answer(texts: readonly string[]): void {
    for (const text of texts) {
      this.#paid++
      if (this.#answered.has(text)) this.#twice++
      if (this.#answered.has(text) && !this.#forgivable.has(text)) this.#forNothing++
      this.#answered.add(text)
      this.#forgivable.delete(text)
    }
    this.#last = texts
  }

  kill(): void {
    for (const text of this.#last) this.#forgivable.add(text)
    this.#last = []
  }

  figures(): Pick<KilledBuilds, 'paid' | 'paidTwice' | 'paidTwiceForNothing'> {
    return { paid: this.#paid, paidTwice: this.#twice, paidTwiceForNothing: this.#forNothing }
  }
}

/** Some rows are new in each round; what was gone once never comes again, so that nobody may be paid for it again. */
function changeSome(texts: readonly string[], random: () => number): string[] {
  return texts.map((text, row) => (random() < 0.2 ? `Row ${row}, version ${Number(text.split(' ').at(-1)) + 1}` : text))
}

async function checkBase(
  server: ServerProcess,
  base: string,
  texts: readonly string[],
): Promise<Pick<KilledBuilds, 'doubled' | 'wrong' | 'leftOver'>> {
  const lines = (await readFile(join(base, 'chunks.jsonl'), 'utf8')).split('\n').filter((line) => line !== '')
  let wrong = 0
  for (const text of texts.filter((_, row) => row % 8 === 0)) {
    const found = await server.request('kb/search', { name: 'docs', text, limit: 1 })
    if (!found.ok || found.value.hits[0]?.text !== text || found.value.hits[0].score < 0.999_999) wrong++
  }
  const leftOver = (await readdir(base)).filter((name) => name !== 'vectors.bin' && name !== 'chunks.jsonl')
  return { doubled: lines.length - new Set(lines).size, wrong, leftOver }
}

/** Of its own for each text. */
function vectorOf(text: string): number[] {
  return [...createHash('sha256').update(text).digest().subarray(0, 16)].map((byte) => byte / 255 - 0.5)
}

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
