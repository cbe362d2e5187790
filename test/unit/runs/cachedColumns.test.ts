import { copyFile, readdir, readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { createFakeClock, type FakeClock } from '../../support/runs/fakeClock.ts'
import { itemLine, type MadeJournals, makeJournals, recordOf } from '../../support/runs/resultRecords.ts'

const runId = '20261121t093000000z-made00'
const journal = (): string => join(journals.folder, 'runs', `${runId}.journal.jsonl`)
const kept = (): string => join(journals.folder, 'runs', `${runId}.columns`)

/** Long enough to be worth keeping: each result is about 4 KB. */
const records = Array.from({ length: 1200 }, (_, number) =>
  recordOf({ id: `item-${number}`, score: (number % 200) / 10, reasoning: `${number} ${'word '.repeat(800)}` }),
)

let journals: MadeJournals
beforeEach(async () => {
  journals = await makeJournals()
  await journals.write(runId, records)
})
afterEach(() => journals.dispose())

/** As a process that has just started finds it. */
async function open(): Promise<{ ids: string[]; total: number; summary: unknown }> {
  const queries = journals.again()
  const page = await queries.results(runId, { limit: 3, sort: { by: 'score', descending: true } })
  const summary = await queries.summary(runId)
  if (!page.ok || !summary.ok) throw new Error('the results cannot be read')
  const { memoryBytes: __, ...figures } = summary.value
  return { ids: page.value.rows.map(({ id }) => id), total: page.value.total, summary: figures }
}

describe('columns that are kept beside a journal', () => {
  it('answer what the journal answers', async () => {
    const first = await open()
    expect(await readdir(join(journals.folder, 'runs'))).toEqual([`${runId}.columns`, `${runId}.journal.jsonl`])
    const before = await stat(kept())
    expect(await open()).toEqual(first)
    expect(first).toMatchObject({ ids: ['item-199', 'item-399', 'item-599'], total: 1200 })
    expect((await stat(kept())).mtimeMs).toBe(before.mtimeMs)
  })

  it('are used: what is damaged in the journal since then, far from its end, is not seen', async () => {
    const someTime = 1_700_000_000
    await utimes(journal(), someTime, someTime)
    const first = await open()
    const bytes = await readFile(journal())
    // Within the reasoning of a result that is not on the page, so that only a new reading would find a broken line.
    bytes.write('"', bytes.indexOf('"id":"item-600"') + 400, 'latin1')
    await writeFile(journal(), bytes)
    await utimes(journal(), someTime, someTime)
    expect(await open()).toEqual(first)
  })

  it('know what was added since', async () => {
    await open()
    await journals.append(runId, itemLine(recordOf({ id: 'late', score: 20 }), 1200))
    expect(await open()).toMatchObject({ ids: ['late', 'item-199', 'item-399'], total: 1201 })
    await journals.append(runId, itemLine(recordOf({ id: 'item-7', score: 20 }), 7))
    expect(await open()).toMatchObject({ ids: ['item-7', 'late', 'item-199'], total: 1201 })
  })

  const damages: [string, () => Promise<unknown>][] = [
    ['are empty', () => truncate(kept())],
    ['are cut', async () => truncate(kept(), Math.floor((await stat(kept())).size / 2))],
    ['lack their last byte', async () => truncate(kept(), (await stat(kept())).size - 1)],
    ['have one wrong bit', () => flip(kept(), (size) => Math.floor(size / 3))],
    ['have a wrong checksum', () => flip(kept(), (size) => size - 5)],
    ['have a wrong head', () => flip(kept(), () => 20)],
    ['are another file altogether', () => writeFile(kept(), 'not ours\n')],
    ['have another version', () => replace(kept(), '"version":1', '"version":2')],
    ['are those of another run', () => replace(kept(), 'made00', 'made01')],
    ['cannot be read', async () => unlink(kept())],
  ]
  it.each(damages)('are made again when they %s', async (_, damage) => {
    const first = await open()
    const whole = await readFile(kept())
    await damage()
    expect(await open()).toEqual(first)
    const again = await readFile(kept())
    expect(again.equals(whole)).toBe(true)
  })

  it('are made again when the journal was replaced by another one', async () => {
    await open()
    const other = await makeJournals()
    await other.write(runId, records.toReversed())
    await copyFile(join(other.folder, 'runs', `${runId}.journal.jsonl`), journal())
    await other.dispose()
    expect(await open()).toMatchObject({ ids: ['item-1199', 'item-999', 'item-799'] })
  })
})

async function flip(file: string, at: (size: number) => number): Promise<void> {
  const bytes = await readFile(file)
  const place = at(bytes.length)
  bytes[place] = (bytes[place] ?? 0) ^ 4
  await writeFile(file, bytes)
}

async function replace(file: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(file, 'latin1')
  await writeFile(file, bytes.replace(from, to), 'latin1')
}

describe('columns in memory', () => {
  /** How often a process with this clock reads them from the file while somebody looks twice. */
  async function readings(clock: FakeClock, between: () => Promise<unknown>): Promise<number> {
    await open()
    let count = 0
    const files: RunFiles = {
      ...diskFiles,
      open(path, ...how) {
        if (path === kept()) count++
        return diskFiles.open(path, ...how)
      },
    }
    const queries = journals.again({ clock, files })
    expect(await queries.results(runId, { limit: 1 })).toMatchObject({ ok: true })
    await between()
    expect(await queries.results(runId, { limit: 1 })).toMatchObject({ ok: true })
    queries.close()
    return count
  }

  it('are there for the next look', async () => {
    const clock = createFakeClock()
    clock.freeze()
    expect(await readings(clock, async () => clock.advance(299_000))).toBe(1)
  })

  it('are let go when nobody has looked for five minutes', async () => {
    const clock = createFakeClock()
    expect(await readings(clock, () => expect.poll(clock.monotonic).toBe(300_000))).toBe(2)
  })
})
