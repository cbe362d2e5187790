import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ItemRequest } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ReviewPage } from '../../protocol/review.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { madeRecord, makeRuns, textOf } from '../support/webview/madeRuns.ts'
import { openResults, type Panel } from '../support/webview/panel.ts'

const runId = '20261121t093000000z-made01'
const items = 40

let browser: Browser
let built: BuiltPage
let server: TestServer
let panel: Panel
const folders = new StoreFolders()

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(async () => {
  const record = (at: number) =>
    madeRecord(runId, at, { preview: textOf(at), ...(at === 7 ? { categories: [], confidence: 0.9 } : {}) })
  server = await startTestServer({ dataDir: await makeRuns(folders, [{ runId, items, record }]) })
  const workspaceFolder = server.dataDir
  const sentenceOf = (outcome: Outcome<unknown>) => (outcome.ok ? null : outcome.reason.message)
  const commands = {
    saveCorrection: async (label: Params<'label/save'>['label']) =>
      sentenceOf(await server.request('label/save', { workspaceFolder, label })),
    removeCorrection: async ({ inputHash }: ItemRequest) =>
      sentenceOf(await server.request('label/remove', { workspaceFolder, inputHash })),
  }
  panel = await openResults(browser, built, { server, at: { runId, view: 'review' }, commands })
})
afterEach(async () => {
  expect(panel.troubles).toEqual([])
  await panel.close()
  // What the page has asked for is answered before the server ends.
  await queue(1)
  await server.stop()
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await folders.dispose()
})

async function queue(limit = 5): Promise<ReviewPage> {
  const page = await server.request('run/review', { runId, limit })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value
}

const place = () => panel.page.getByRole('region', { name: 'The item to review' })
const shows = (id: string) => panel.page.getByRole('region', { name: `The item ${id}`, exact: true }).waitFor()
const known = () => panel.page.getByRole('region', { name: 'What is known by now' })

async function labels(): Promise<{ id: string; categories: string[] | null }[]> {
  const file = path.join(server.dataDir, '.llm-providers', 'golden.jsonl')
  return (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

test('one item at a time, by the keys of the table, with what is known after each', async () => {
  const { items: next } = await queue()
  const [first, second, third] = next.map(({ result }) => result.id) as [string, string, string]
  await shows(first)
  await known().getByText(`0 of ${items} verdicts seen, 0 of them right.`).waitFor()
  await known().getByText('Once ten are seen that were drawn by chance, the rest is estimated.').waitFor()
  await place().getByText('Drawn by chance.', { exact: false }).waitFor()
  // A digit stands for a category once the list of the run is known.
  const keys = panel.page.getByRole('region', { name: 'Keys of the table' })
  await keys.getByRole('button').first().waitFor()
  await expectAccessible(panel)
  await place().focus()
  await place().press('Enter')
  await shows(second)
  await known().getByText(`1 of ${items} verdicts seen, 1 of them right.`).waitFor()
  await place().press('0')
  await expect.poll(labels).toHaveLength(2)
  await shows(second)
  await place().press('Enter')
  await shows(third)
  const said = await labels()
  expect(said.map(({ id }) => id)).toEqual([first, second])
  expect(said[1]?.categories).toEqual([])
  await known().getByText(`2 of ${items} verdicts seen`, { exact: false }).waitFor()
})

test('what was said is taken back, and its item shown again; an item is left for later', async () => {
  const { items: next } = await queue()
  const [first, second] = next.map(({ result }) => result.id) as [string, string]
  await shows(first)
  await panel.page.getByRole('button', { name: 'Accept, next' }).click()
  await shows(second)
  await expect.poll(labels).toHaveLength(1)
  await place().press('u')
  await shows(first)
  await expect.poll(labels).toEqual([])
  await place().press('ArrowDown')
  await panel.page.getByRole('region', { name: `The item ${first}`, exact: true }).waitFor({ state: 'detached' })
  await panel.page.getByRole('region', { name: /^The item item-/ }).waitFor()
  await known().getByText(`0 of ${items} verdicts seen`, { exact: false }).waitFor()
})

test('at the end it says so, and the panel leads to the items', async () => {
  for (const { result } of (await queue(100)).items) {
    const { id, inputHash, categories, preview } = result
    const label = { id, inputHash, categories: categories ?? [], text: preview ?? '', runId }
    await server.request('label/save', { workspaceFolder: server.dataDir, label })
  }
  await known().getByText('Every verdict was seen.').waitFor()
  await panel.page.getByRole('button', { name: 'Items', exact: true }).click()
  await panel.page.getByRole('grid', { name: 'Results of items.jsonl' }).getByText('item-0', { exact: true }).waitFor()
})

test('what was left for later comes again when nothing else is left', async () => {
  const { items: next } = await queue(100)
  const [first, ...others] = next.map(({ result }) => result) as [ResultRecord, ...ResultRecord[]]
  await shows(first.id)
  await panel.page.getByRole('button', { name: 'Later', exact: true }).click()
  for (const { id, inputHash, categories, preview } of others) {
    const label = { id, inputHash, categories: categories ?? [], text: preview ?? '', runId }
    await server.request('label/save', { workspaceFolder: server.dataDir, label })
  }
  await known()
    .getByText(`${items - 1} of ${items} verdicts seen`, { exact: false })
    .waitFor()
  // The item on the screen stays until the person goes on.
  await panel.page.getByRole('button', { name: 'Accept, next' }).click()
  await panel.page.getByRole('button', { name: 'Show what was left for later' }).click()
  await shows(first.id)
})
