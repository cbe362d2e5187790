import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { mostChosen } from '../../protocol/resultQueries.ts'
import { sha256 } from '../../server/items/hashes.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { idOf, madeRecord, makeRuns, textOf } from '../support/webview/madeRuns.ts'
import { openResults, type Panel, type ResultsOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

const runId = '20261121t093000000z-made01'

let browser: Browser
let built: BuiltPage
let server: TestServer
const folders = new StoreFolders()
const panels: Panel[] = []
const asked: unknown[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(() => {
  asked.length = 0
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await folders.dispose()
})

async function open(items = 60, options: Partial<ResultsOptions> = {}): Promise<Panel> {
  const record = (at: number) => madeRecord(runId, at, { preview: textOf(at) })
  server = await startTestServer({ dataDir: await makeRuns(folders, [{ runId, items, record }]) })
  return await openAgain(options)
}

async function openAgain(options: Partial<ResultsOptions> = {}): Promise<Panel> {
  const commands = {
    askAbout: (about: unknown) => {
      asked.push(about)
      return null
    },
    exportResults: (wanted: unknown) => {
      asked.push(wanted)
      return null
    },
  }
  const panel = await openResults(browser, built, { server, at: { runId }, width: 1100, commands, ...options })
  panels.push(panel)
  await rowOf(panel, 0).waitFor()
  return panel
}

const grid = ({ page }: Panel) => page.getByRole('grid', { name: 'Results of items.jsonl' })
const rowOf = (panel: Panel, at: number) =>
  grid(panel)
    .getByRole('row')
    .filter({ has: panel.page.getByText(idOf(at), { exact: true }) })
const selected = async (panel: Panel) =>
  (await grid(panel).locator('[aria-selected=true]').allInnerTexts()).map((text) => /item-\d+/.exec(text)?.[0] ?? '')
const selects = (panel: Panel, ...places: number[]) => expect.poll(() => selected(panel)).toEqual(places.map(idOf))
const told = ({ page }: Panel, words: string) => page.getByRole('status').filter({ hasText: words }).waitFor()
const identityOf = (at: number) => ({ id: idOf(at), inputHash: sha256(textOf(at)) })
const press = async ({ page }: Panel, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key)
}
const ask = ({ page }: Panel) => page.getByRole('button', { name: 'Ask about those selected' }).click()

test('by mouse: Ctrl one more, Shift a range, a plain click looks at one again', async () => {
  const panel = await open()
  const { page } = panel
  await expect.poll(() => grid(panel).getAttribute('aria-multiselectable')).toBe('true')
  await rowOf(panel, 2).click({ modifiers: ['ControlOrMeta'] })
  await told(panel, '1 of 60 results selected')
  await selects(panel, 2)
  await rowOf(panel, 5).click({ modifiers: ['Shift'] })
  await selects(panel, 2, 3, 4, 5)
  // Drawn in again, in the place of what it was.
  await rowOf(panel, 3).click({ modifiers: ['Shift'] })
  await selects(panel, 2, 3)
  await rowOf(panel, 7).click({ modifiers: ['ControlOrMeta'] })
  await rowOf(panel, 3).click({ modifiers: ['ControlOrMeta'] })
  await selects(panel, 2, 7)
  await expect.poll(() => page.evaluate('String(getSelection())')).toBe('')
  await expect.poll(() => page.evaluate('document.activeElement.getAttribute("role")')).toBe('grid')
  await expectAccessible(panel)
  await ask(panel)
  await expect.poll(() => asked).toEqual([{ runId, filter: { only: [identityOf(2), identityOf(7)] } }])
  await rowOf(panel, 1).click()
  await selects(panel, 1)
  await page.getByText('60 results', { exact: true }).waitFor()
  // What was clicked before is one of them, as in lists of the editor.
  await rowOf(panel, 4).click({ modifiers: ['ControlOrMeta'] })
  await selects(panel, 1, 4)
  await page.getByRole('button', { name: 'Clear selection' }).click()
  await page.getByText('60 results', { exact: true }).waitFor()
  await expect.poll(() => page.evaluate('document.activeElement.getAttribute("role")')).toBe('grid')
})

test('by keys alone: on and back, some more, all but one, none', async () => {
  const panel = await open()
  await grid(panel).focus()
  await press(panel, 'ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown')
  await selects(panel, 1, 2, 3)
  await press(panel, 'Shift+ArrowUp')
  await selects(panel, 1, 2)
  await press(panel, 'ArrowDown', 'ArrowDown', 'Shift+Space')
  await selects(panel, 1, 2, 4)
  await press(panel, 'Control+Space')
  await selects(panel, 1, 2)
  await press(panel, 'Control+a')
  await told(panel, '60 of 60 results selected')
  await press(panel, 'Shift+Space')
  await told(panel, '59 of 60 results selected')
  await ask(panel)
  await expect.poll(() => asked).toEqual([{ runId, filter: { except: [identityOf(4)] } }])
  await grid(panel).focus()
  await press(panel, 'Control+a')
  await ask(panel)
  await expect.poll(() => asked.at(-1)).toEqual({ runId })
  await grid(panel).focus()
  await press(panel, 'Escape')
  await panel.page.getByText('60 results', { exact: true }).waitFor()
})

test('keys still look and correct: Space opens the detail, Escape first lets go and then closes', async () => {
  const panel = await open()
  await rowOf(panel, 3).click()
  const detail = panel.page.getByRole('region', { name: 'The item item-3' })
  await detail.waitFor()
  await press(panel, 'Shift+ArrowDown')
  await selects(panel, 3, 4)
  await press(panel, 'Escape')
  await selects(panel, 4)
  await panel.page.getByRole('region', { name: 'The item item-4' }).waitFor()
  await press(panel, 'Escape')
  await expect.poll(() => panel.page.getByRole('region', { name: 'The item item-4' }).count()).toBe(0)
  await press(panel, 'Space')
  await panel.page.getByRole('region', { name: 'The item item-4' }).waitFor()
})

test('it outlives scrolling, sorting and hiding, and goes with the filter', async () => {
  const panel = await open(400)
  const { page } = panel
  await rowOf(panel, 2).click({ modifiers: ['ControlOrMeta'] })
  await rowOf(panel, 6).click({ modifiers: ['ControlOrMeta'] })
  await press(panel, 'End')
  await rowOf(panel, 399).waitFor()
  await press(panel, 'Home')
  await selects(panel, 2, 6)
  await page.getByRole('button', { name: 'Score', exact: true }).click()
  await told(panel, '2 of 400 results selected')
  await panel.reload()
  await told(panel, '2 of 400 results selected')
  await page.getByRole('textbox', { name: 'Search', exact: true }).fill('item 39')
  await page.getByText('11 results match the filter.').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('400 results', { exact: true }).waitFor()
})

test('those selected are exported, and the menu says that it is those', async () => {
  const panel = await open()
  const { page } = panel
  await rowOf(panel, 2).click({ modifiers: ['ControlOrMeta'] })
  await page.getByRole('button', { name: 'More: export, columns, about this run' }).click()
  await page.getByRole('menuitem', { name: 'Export those selected as CSV …' }).click()
  await expect.poll(() => asked).toEqual([{ runId, format: 'csv', filter: { only: [identityOf(2)] } }])
})

test('in a run of 100,000 rows: all at once, and a range of as many as can be named', {
  timeout: 180_000,
}, async () => {
  const panel = await open(100_000)
  await grid(panel).focus()
  await press(panel, 'Control+a')
  await told(panel, '100,000 of 100,000 results selected')
  await press(panel, 'End', 'Shift+Space')
  await told(panel, '99,999 of 100,000 results selected')
  await press(panel, 'Escape', 'Home', 'ArrowDown', 'Shift+End')
  await told(
    panel,
    `${mostChosen.toLocaleString('en')} of 100,000 results selected No more can be selected one by one.`,
  )
  await ask(panel)
  const only = () => (asked.at(-1) as { filter?: { only?: { id: string }[] } } | undefined)?.filter?.only ?? []
  await expect.poll(() => only().length).toBe(mostChosen)
  expect(only()[0]?.id).toBe(idOf(1))
  expect(only().at(-1)?.id).toBe(idOf(mostChosen))
  const { filter } = asked.at(-1) as { filter: object }
  const found = await server.request('run/results', { runId, filter, limit: 1 })
  expect(found).toMatchObject({ value: { total: mostChosen } })
})

test.each(themeNames)('it can be used by everybody: %s', async (theme) => {
  const panel = await open(60, { theme })
  for (const at of [1, 3, 4]) await rowOf(panel, at).click({ modifiers: ['ControlOrMeta'] })
  await told(panel, '3 of 60 results selected')
  await expectAccessible(panel)
  const shots = process.env.LLM_PROVIDERS_SHOTS
  if (shots) await panel.page.screenshot({ path: `${shots}/selection-${theme}.png` })
})
