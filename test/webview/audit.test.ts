import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(async () => {
  server = await startTestServer()
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
})

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, { server, place: { page: 'audit', target: null }, ...options })
  panels.push(panel)
  return panel
}

const save = (provider: string, port: number) =>
  server.request('provider/save', { provider, kind: 'ollama', config: { base_url: 'http://127.0.0.1', port } })

async function countChanges(cursor: string | null = null): Promise<number> {
  const part = await server.request('audit/list', { cursor })
  if (!part.ok) throw new Error(part.reason.message)
  const { rows, next } = part.value
  return rows.length + (next === null ? 0 : await countChanges(next))
}

test('a change is told with what was before and after', async () => {
  await save('mine', 1001)
  await save('mine', 1002)
  const { page } = await open()
  const newest = page.getByRole('list', { name: 'Changes' }).getByRole('listitem').first()
  await newest.locator('summary').click()
  const change = newest.getByRole('region', { name: 'config.port' })
  await expect.poll(() => change.innerText()).toMatch(/Before\s+1001\s+After\s+1002/)
})

test('headings name things as people do, not by ids and paths', async () => {
  await server.request('prompt/save', {
    task: 'scoring',
    part: 'user',
    text: 'Rate.\n{fenceRule}\n{items}\n{interests}',
  })
  await server.request('category/save', { name: 'Größe' })
  await server.request('category/edit', { edit: { kind: 'replace', categories: [{ name: 'Bug' }] } })
  await server.request('preferences/save', { interests: 'tea' })
  const { page } = await open()
  const headings = page.getByRole('list', { name: 'Changes' }).getByRole('heading', { level: 2 })
  await expect
    .poll(() => headings.allInnerTexts())
    .toEqual(expect.arrayContaining(['Interests and settings', 'The list of categories', 'Größe']))
})

test('it is filtered by what, by provider and by day, and the filter is kept', async () => {
  await save('mine', 1001)
  await save('other', 1001)
  await server.request('preferences/save', { interests: 'tea' })
  const panel = await open()
  const { page } = panel
  const items = page.getByRole('list', { name: 'Changes' }).getByRole('heading', { level: 2 })
  await page.getByRole('combobox', { name: 'Provider' }).click()
  await page.getByRole('option', { name: 'other' }).click()
  await expect.poll(() => items.allInnerTexts()).toEqual(['other'])
  await panel.reload()
  await expect.poll(() => items.allInnerTexts()).toEqual(['other'])
  await page.getByRole('button', { name: 'Show all changes' }).click()
  await page.getByRole('combobox', { name: 'Changes to' }).click()
  await page.getByRole('option', { name: 'Interests' }).click()
  await expect.poll(() => items.count()).toBe(1)
  await page.getByLabel('Since').fill('2999-01-01')
  await page.getByText('No change matches.').waitFor()
})

test('older changes come when they are asked for, and new ones by themselves', async () => {
  for (let port = 1; port <= 103; port += 1) await save('mine', port)
  const { page } = await open()
  const items = page.getByRole('list', { name: 'Changes' }).getByRole('listitem')
  await expect.poll(() => items.count()).toBe(100)
  await page.getByRole('button', { name: 'Show older changes' }).click()
  const before = await countChanges()
  expect(before).toBeGreaterThanOrEqual(103)
  await expect.poll(() => items.count()).toBe(before)
  await save('fresh', 7)
  await page.getByRole('heading', { name: 'fresh' }).waitFor()
  await expect.poll(() => items.count()).toBe(before + 1)
})

test('the export is the editor’s', async () => {
  let exports = 0
  const { page } = await open({
    commands: {
      exportAudit: () => {
        exports += 1
      },
    },
  })
  await page.getByRole('button', { name: 'Export…' }).click()
  await expect.poll(() => exports).toBe(1)
})

test.each(themeNames)('it is accessible in the theme %s, and narrow', async (theme) => {
  await save('mine', 1001)
  const panel = await open({ theme, width: 320 })
  await panel.page.getByRole('listitem').first().locator('summary').click()
  await expectAccessible(panel)
  await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
})
