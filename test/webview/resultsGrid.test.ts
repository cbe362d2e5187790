import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ItemRequest } from '../../protocol/resultQueries.ts'
import type { ResultsLayout } from '../../protocol/resultsPage.ts'
import { categoryColour, variableOf } from '../../shared/categoryColour.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { idOf, madeRecord, makeRuns, textOf } from '../support/webview/madeRuns.ts'
import { openResults, type Panel, type ResultsOptions } from '../support/webview/panel.ts'

const runId = '20261121t093000000z-made01'
const items = 60

let browser: Browser
let built: BuiltPage
let server: TestServer
let panel: Panel
const folders = new StoreFolders()

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(async () => {
  const record = (at: number) => madeRecord(runId, at, { preview: textOf(at) })
  server = await startTestServer({ dataDir: await makeRuns(folders, [{ runId, items, record }]) })
})
afterEach(async () => {
  expect(panel.troubles).toEqual([])
  await panel.close()
  await server.stop()
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await folders.dispose()
})

/** As the editor carries them out, in the folder of the run. */
function editor(): NonNullable<ResultsOptions['commands']> {
  const workspaceFolder = server.dataDir
  const sentenceOf = (outcome: Outcome<unknown>) => (outcome.ok ? null : outcome.reason.message)
  return {
    saveCorrection: async (label: Params<'label/save'>['label']) =>
      sentenceOf(await server.request('label/save', { workspaceFolder, label })),
    removeCorrection: async ({ inputHash }: ItemRequest) =>
      sentenceOf(await server.request('label/remove', { workspaceFolder, inputHash })),
  }
}

async function open(options: Partial<ResultsOptions> = {}): Promise<void> {
  panel = await openResults(browser, built, { server, at: { runId }, commands: editor(), ...options })
  await rowOf(0).waitFor()
}

const grid = () => panel.page.getByRole('grid', { name: 'Results of items.jsonl' })
const rowOf = (at: number) =>
  grid()
    .getByRole('row')
    .filter({ has: panel.page.getByText(idOf(at), { exact: true }) })
const cellOf = (at: number, name: string) => rowOf(at).getByRole('gridcell', { name, exact: true })
const boxOf = async (name: string) => await panel.page.locator(name).first().boundingBox()
const isActive = (at: number) => expect.poll(() => rowOf(at).getAttribute('aria-selected')).toBe('true')

/** What is stored of a person's word, by id. */
async function labels(): Promise<Record<string, unknown>> {
  const file = path.join(server.dataDir, '.llm-providers', 'golden.jsonl')
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  const parsed = lines.map(
    (line) => JSON.parse(line) as { id: string; categories: unknown; interest: unknown; quality: unknown },
  )
  return Object.fromEntries(
    parsed.map(({ id, categories, interest, quality }) => [id, [categories, interest, quality]]),
  )
}

describe('the place of things', () => {
  test('in a window of 1280 by 800: one line above the table, and what is chosen at its right', async () => {
    await open({ width: 1280, height: 800 })
    await expect.poll(async () => (await rowOf(0).boundingBox())?.y).toBeLessThanOrEqual(90)
    await expect.poll(async () => (await boxOf('.run-head'))?.height).toBeLessThanOrEqual(36)
    await rowOf(3).click()
    const detail = panel.page.getByRole('region', { name: 'The item item-3' })
    await detail.getByText('The text of the item 3.').waitFor()
    await expect.poll(async () => (await detail.boundingBox())?.x).toBeGreaterThan(640)
    await expect.poll(async () => (await detail.boundingBox())?.y).toBeLessThanOrEqual(90)
    await expect.poll(() => panel.page.evaluate('document.documentElement.scrollHeight')).toBe(800)
    await expectAccessible(panel)
  })

  test.each([
    [900, 700],
    [640, 700],
  ])('in a window of %i by %i twelve rows are seen, also beside what is chosen', async (width, height) => {
    await open({ width, height })
    await rowOf(1).click()
    const detail = panel.page.getByRole('region', { name: 'The item item-1' })
    await detail.waitFor()
    const seen = async () => {
      const frame = await grid().boundingBox()
      const row = await rowOf(11).boundingBox()
      return frame && row ? row.y + row.height <= frame.y + frame.height : false
    }
    await expect.poll(seen).toBe(true)
    const isBelow = async () => ((await detail.boundingBox())?.y ?? 0) > height / 2
    await expect.poll(isBelow).toBe(width < 860)
  })

  test('the most doubtful come first when somebody wants to check', async () => {
    await open()
    await panel.page.getByRole('button', { name: 'Menu of Confidence' }).click()
    await panel.page.getByRole('button', { name: 'Descending', exact: true }).click()
    await expect.poll(() => grid().getByRole('row').nth(1).innerText()).toContain(idOf(59))
    await panel.page.getByRole('button', { name: 'Most doubtful first' }).click()
    await expect.poll(() => grid().getByRole('row').nth(1).innerText()).toContain(idOf(0))
  })

  test('a category has its colour wherever it stands', async () => {
    await open()
    const variables = () =>
      rowOf(1)
        .locator('.chip')
        .evaluate((chip) => chip.style.getPropertyValue('--chip'))
    await expect.poll(variables).toBe(`var(${variableOf(categoryColour('Adverts'))})`)
  })
})

describe('by keys alone', () => {
  test('twenty rows are corrected one after the other, however fast the keys come', async () => {
    await open({ width: 1280 })
    await panel.page.getByRole('region', { name: 'Keys of the table' }).getByText('Science').waitFor()
    let science = 0
    const numberOfScience = async () => {
      const keys = await panel.page.locator('.key-choice').allInnerTexts()
      science = keys.findIndex((text) => /Science/.test(text)) + 1
      return keys[science - 1] ?? ''
    }
    await expect.poll(numberOfScience).toMatch(/^[1-9]\D*Science/)
    await expect.poll(numberOfScience).toMatch(new RegExp(`^${science}`))
    await grid().focus()
    for (let at = 0; at < 20; at++) {
      await panel.page.keyboard.press(String(science))
      await panel.page.keyboard.press('Enter')
    }
    await isActive(20)
    await expect.poll(async () => Object.values(await labels())).toEqual(Array(20).fill([['Science'], null, null]))
    await cellOf(19, 'Science by a person').waitFor()
    // Those whose model had said so are accepted.
    await cellOf(2, 'Science accepted by a person').waitFor()
  })

  test('categories, none, points up to ten: all that is said of a row is one correction, and the last is undone', async () => {
    await open()
    await panel.page.getByRole('region', { name: 'Keys of the table' }).getByText('Science').waitFor()
    await grid().focus()
    await grid().press('ArrowDown')
    await grid().press('0')
    await cellOf(1, 'no category by a person').waitFor()
    await grid().press('i')
    await panel.page.getByText('Interest: type 0 to 10.').waitFor()
    await grid().press('1')
    await grid().press('0')
    await grid().press('q')
    await grid().press('1')
    await expect.poll(labels).toEqual({ 'item-1': [[], 10, 1] })
    // The score that follows is the server's.
    await rowOf(1)
      .getByRole('gridcell', { name: /^5\.5 by a person/ })
      .waitFor()
    await grid().press('End')
    await grid().press('u')
    await isActive(1)
    await expect.poll(labels).toEqual({ 'item-1': [[], 10, null] })
    for (const _ of ['10', '1', 'none']) await grid().press('u')
    await expect.poll(labels).toEqual({})
    await cellOf(1, 'Adverts').waitFor()
    await grid().press('u')
    await panel.page.getByText('There is nothing to undo.').waitFor({ state: 'attached' })
  })

  test('Enter accepts what the model said and goes on; what was corrected it leaves', async () => {
    await open()
    await grid().focus()
    await grid().press('Enter')
    await isActive(1)
    await cellOf(0, 'Software accepted by a person').waitFor()
    await expect.poll(labels).toEqual({ 'item-0': [['Software'], 0, 0] })
    await grid().press('i')
    await grid().press('4')
    await grid().press('Enter')
    await isActive(2)
    await expect.poll(async () => (await labels())['item-1']).toEqual([null, 4, null])
  })

  test('a row stays where it is while a list is gone through, also where the filter would leave it out', async () => {
    await open()
    await grid().getByRole('button', { name: 'Interest', exact: true }).click()
    await rowOf(10).waitFor()
    await grid().focus()
    await expect.poll(() => grid().getByRole('row').nth(1).innerText()).toContain('item-10')
    await grid().press('i')
    await grid().press('0')
    await cellOf(10, '0 by a person').waitFor()
    await expect.poll(async () => (await labels())['item-10']).toEqual([null, 0, null])
    await expect.poll(() => grid().getByRole('row').nth(1).innerText()).toContain('item-10')
    // Sorted anew, it is where it belongs.
    await grid().getByRole('button', { name: 'Interest', exact: true }).click()
    await grid().getByRole('button', { name: 'Interest', exact: true }).click()
    await grid().getByRole('button', { name: 'Interest', exact: true }).click()
    await expect.poll(() => grid().getByRole('row').nth(1).innerText()).toContain('item-21')
  })

  test('what cannot be kept is told, and shown no more', async () => {
    await open({ commands: { ...editor(), saveCorrection: () => 'The disk is full.' } })
    await panel.page.getByRole('region', { name: 'Keys of the table' }).getByText('Science').waitFor()
    await grid().focus()
    await grid().press('0')
    await panel.page.getByRole('alert').filter({ hasText: 'The disk is full.' }).waitFor()
    await cellOf(0, 'Software').waitFor()
  })
})

describe('the text of an item', () => {
  test('is searched, wherever the table shows only its beginning', async () => {
    await open()
    const search = panel.page.getByRole('textbox', { name: 'Search' })
    await writeFile(
      path.join(server.dataDir, 'items.jsonl'),
      Array.from(
        { length: items },
        (_, at) => `${JSON.stringify({ id: idOf(at), text: at === 7 ? 'Another.' : textOf(at) })}\n`,
      ).join(''),
    )
    await search.fill('the ITEM 5')
    await panel.page.getByText('11 results match the filter.').waitFor()
    await panel.page.getByText('The text of 1 item was not searched').waitFor()
    await panel.page.getByRole('button', { name: 'Remove the filter: Search: the ITEM 5' }).click()
    await panel.page.getByText(`${items} results`, { exact: true }).waitFor()
  })

  test('that is not in its source any more leaves its first words, which is told', async () => {
    await open()
    await writeFile(path.join(server.dataDir, 'items.jsonl'), `${JSON.stringify({ id: idOf(0), text: textOf(0) })}\n`)
    await rowOf(0).click()
    const textOfItem = (at: number) =>
      panel.page.getByRole('region', { name: `The item ${idOf(at)}` }).getByRole('region', { name: 'Text' })
    await textOfItem(0).getByText(textOf(0), { exact: true }).waitFor()
    await expect.poll(() => textOfItem(0).getByRole('status').count()).toBe(0)
    await rowOf(7).click()
    await textOfItem(7).getByText('this item is no longer in it').waitFor()
    await textOfItem(7).getByText(textOf(7)).waitFor()
  })
})

describe('columns', () => {
  test('are made wider with mouse and keys, hidden and shown, and stay so when the panel is opened again', async () => {
    const kept: ResultsLayout[] = []
    const commands = {
      keepLayout: (layout: ResultsLayout) => void kept.push(layout),
      readLayout: () => kept.at(-1) ?? null,
    }
    await open({ commands, width: 1280 })
    const head = panel.page.getByRole('columnheader', { name: 'Status' })
    const widthOf = async () => Math.round((await head.boundingBox())?.width ?? 0)
    let before = 0
    await expect.poll(async () => (before = await widthOf())).toBeGreaterThan(0)
    const edgeOf = () => head.locator('.grid-edge').boundingBox()
    await expect.poll(edgeOf).not.toBeNull()
    const edge = await edgeOf()
    if (!edge) throw new Error('the head has no edge')
    await panel.page.mouse.move(edge.x + 3, edge.y + 8)
    await panel.page.mouse.down()
    await panel.page.mouse.move(edge.x + 53, edge.y + 8, { steps: 4 })
    await panel.page.mouse.up()
    await expect.poll(widthOf).toBe(before + 50)
    await head.getByRole('button', { name: 'Menu of Status' }).press('Enter')
    await expectAccessible(panel)
    await panel.page.getByRole('button', { name: 'Wider' }).press('Enter')
    await expect.poll(widthOf).toBe(before + 90)
    await panel.page.keyboard.press('Escape')
    await panel.page.getByRole('button', { name: 'Menu of Reasoning' }).click()
    await panel.page.getByRole('button', { name: 'Hide the column' }).click()
    const reasoning = panel.page.getByRole('columnheader', { name: 'Reasoning' })
    await reasoning.waitFor({ state: 'detached' })
    await expect.poll(() => kept.at(-1)).toEqual({ widths: { status: before + 90 }, hidden: ['reasoning'] })
    await panel.close()
    await open({ commands, width: 1280 })
    await expect.poll(widthOf).toBe(before + 90)
    await expect.poll(() => reasoning.count()).toBe(0)
    await panel.page.getByRole('button', { name: /^More/ }).click()
    await panel.page.getByRole('menuitemcheckbox', { name: 'Column: Reasoning' }).click()
    await reasoning.waitFor()
  })
})

test('charts say what they leave out', async () => {
  await server.stop()
  const record = (at: number) => madeRecord(runId, at, { categories: [`Category ${at % 22}`] })
  server = await startTestServer({ dataDir: await makeRuns(folders, [{ runId, items: 44, record }]) })
  await open()
  await panel.page.getByRole('button', { name: 'Figures' }).click()
  await panel.page.getByText('12 of 22 categories; 10 more, with 20 results, are in the table below.').waitFor()
})
