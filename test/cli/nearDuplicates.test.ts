import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let server: FakeModelServer

const told = (minute: number) =>
  `Night shift, ${minute} minutes: the connection to the billing service in the second data centre was lost while the export was running, and nobody was told; the queue was emptied by hand, all invoices were sent again, and the customer asked for a written report of what had happened and of what will be done about it`
const other = 'The invoice shows the wrong address after the customer has moved to another country'

beforeEach(async () => {
  cli = await startLiveCli()
  server = await startFakeModelServer({ models: ['small'] })
  const texts = [told(4), told(5), other, told(6), told(7), told(4)]
  const rows = texts.map((text, at) => JSON.stringify({ id: `${at + 1}`, text }))
  await writeFile(path.join(cli.folder, 'items.jsonl'), rows.join('\n'))
  await done('provider', 'add', 'one', '--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`)
  await done('route', 'set', 'categorization', '--provider', 'one', '--model', 'small')
})
afterEach(async () => {
  await server.close()
  await cli.remove()
})

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out + err
}

const judge = (...words: string[]) => done('categorize', 'items.jsonl', '--batch-size', '1', ...words)

async function receipts(): Promise<Record<string, { sharedWith: string | undefined; isNear: boolean }>> {
  const text = await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')
  const records = text.trimEnd().split('\n')
  return Object.fromEntries(
    records
      .map((line) => JSON.parse(line) as ResultRecord)
      .map(({ id, receipts: { categorization } }) => [
        id,
        { sharedWith: categorization?.sharedWith, isNear: (categorization?.likeness ?? 0) >= 0.9 },
      ]),
  )
}

test('one of those that are nearly the same is asked about, and the others say whose result theirs is', async () => {
  const said = await judge('--near-duplicates', '0.9')
  expect(said).toContain('1 with the text of another item, 3 with nearly the text of another item')
  expect(server.chats).toHaveLength(2)
  const near = { sharedWith: '1', isNear: true }
  expect(await receipts()).toEqual({
    1: { sharedWith: undefined, isNear: false },
    ...{ 2: near, 4: near, 5: near },
    3: { sharedWith: undefined, isNear: false },
    6: { sharedWith: '1', isNear: false },
  })
  const hashes = (await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')).match(/"inputHash":"\w+"/g)
  expect(new Set(hashes).size).toBe(5)
})

test('only where it is wanted: later runs take over what was judged, and ask about the rest', async () => {
  await judge('--near-duplicates', '0.9')
  await judge()
  expect(server.chats).toHaveLength(2 + 3)
  expect(Object.values(await receipts()).some(({ isNear }) => isNear)).toBe(false)
})

test('an estimate counts them, and asks nobody', async () => {
  const out = await done('run', 'estimate', 'items.jsonl', '--near-duplicates', '0.9')
  expect(out).toContain('3 nearly identical to others')
  expect(server.chats).toHaveLength(0)
})

test.each(['0.4', '1.1', 'x', ''])('a likeness of "%s" is refused', async (share) => {
  const { code, err } = await cli.run(['categorize', 'items.jsonl', '--near-duplicates', share])
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('0.5 to 1') })
})

test('--no-reuse asks about everything again', async () => {
  await judge()
  const before = server.chats.length
  await judge('--no-reuse')
  expect(server.chats).toHaveLength(before * 2)
})
