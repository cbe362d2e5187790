import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { succeed } from '../../protocol/outcome.ts'
import { addUsage, type UsageSum } from '../../server/store/usageTable.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
const folders = new StoreFolders()
const servers: TestServer[] = []
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await folders.dispose()
})

const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)
const usage = (sum: Partial<UsageSum>): UsageSum => ({
  ...{ day: dayOf(0), provider: 'openai', model: 'gpt-5', task: 'scoring', calls: 2, items: 10 },
  ...{ input: 1500, output: 300, cached: 0, reasoning: 0, costUsd: 0.25, unpricedCalls: 0 },
  ...sum,
})

async function open(sums: readonly UsageSum[], options: PanelOptions = {}): Promise<Panel> {
  const dataDir = folders.make()
  const store = await folders.open(dataDir)
  await store.change((database) => {
    for (const sum of sums) addUsage(database, sum)
    return succeed(null)
  })
  await store.close()
  const server = await startTestServer({ dataDir })
  servers.push(server)
  const panel = await openPanel(browser, built, { server, place: { page: 'usage', target: null }, ...options })
  panels.push(panel)
  return panel
}

const some = [
  usage({}),
  usage({ day: dayOf(1), costUsd: 0.5 }),
  usage({ provider: 'ollama', model: 'llama3.2', task: 'categorization', costUsd: 0, unpricedCalls: 2 }),
  usage({ provider: 'ollama', model: 'llama3.2', task: 'test', calls: 1, items: 0, costUsd: 0, unpricedCalls: 1 }),
  usage({ day: dayOf(60), provider: 'mistral', costUsd: 7 }),
]

test('usage is told by provider, with what is not known', async () => {
  const { page } = await open(some)
  const table = page.getByRole('table', { name: 'Usage by Provider' })
  await table.getByRole('row', { name: /^openai 4 20 3,000 0 600 0 \$0\.75$/ }).waitFor()
  await table.getByRole('row', { name: /^ollama 3 10 3,000 0 600 0 unknown$/ }).waitFor()
  // What is older than the period does not count.
  await expect.poll(() => table.getByRole('row').count()).toBe(3)
  await page.getByRole('img', { name: /Cost by Provider, the last 30 days/ }).waitFor()
})

test('another period, split and measure are kept while the panel is hidden', async () => {
  const panel = await open(some)
  const { page } = panel
  await page.getByRole('table', { name: 'Usage by Provider' }).waitFor()
  for (const [field, option] of [
    ['Period', '90 days'],
    ['Split by', 'Task'],
    ['Show', 'Tokens'],
  ] as const) {
    await page.getByRole('combobox', { name: field }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  const chart = page.getByRole('img', { name: /Tokens by Task, the last 90 days/ })
  await chart.waitFor()
  await page
    .getByRole('row', { name: /^Scoring 6/ })
    .first()
    .waitFor()
  await page
    .getByRole('row', { name: /^Tests 1/ })
    .first()
    .waitFor()
  await panel.reload()
  await chart.waitFor()
})

test('without prices the chart and the sums are of tokens, and an item that both tasks judged counts once', async () => {
  const both = { provider: 'corp', model: 'm', calls: 6, items: 52, costUsd: 0, unpricedCalls: 6 }
  const { page } = await open([usage({ ...both, task: 'categorization' }), usage({ ...both, task: 'scoring' })])
  await page.getByText('No price is known for these calls, so the chart shows tokens.').waitFor()
  await page.getByRole('img', { name: /^Tokens by Provider/ }).waitFor()
  await page
    .getByRole('row', { name: /^corp 12 52 3,000 0 600 0 unknown$/ })
    .first()
    .waitFor()
  await expect.poll(() => page.locator('.totals').innerText()).toMatch(/^Tokens in\s+3,000[\s\S]*Items\s+52\s/)
  await page.getByRole('combobox', { name: 'Split by' }).click()
  await page.getByRole('option', { name: 'Task', exact: true }).click()
  await page
    .getByRole('row', { name: /^Scoring 6 52 / })
    .first()
    .waitFor()
  await expect.poll(() => page.locator('.totals').innerText()).toMatch(/Items\s+52\s/)
})

test('more rows than one page are all there', async () => {
  const many = Array.from({ length: 130 }, (_, index) =>
    usage({ model: `m${index}`, calls: 1, items: 1, costUsd: 0.01 }),
  )
  const { page } = await open(many)
  await page.getByRole('combobox', { name: 'Split by' }).click()
  await page.getByRole('option', { name: 'Model', exact: true }).click()
  await page.getByRole('row', { name: /^m129 / }).waitFor()
  await expect.poll(() => page.getByRole('table', { name: 'Usage by Model' }).getByRole('row').count()).toBe(131)
})

test('without any call it says so', async () => {
  const { page } = await open([])
  await page.getByText('No calls in this period.').waitFor()
})

test.each(themeNames)('it is accessible in the theme %s, and narrow', async (theme) => {
  const panel = await open(some, { theme, width: 320 })
  await panel.page.getByRole('table', { name: 'Usage by Provider' }).waitFor()
  await panel.page.getByText('Day by day', { exact: true }).click()
  await expectAccessible(panel)
  await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
})
