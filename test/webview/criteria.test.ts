import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Criterion } from '../../protocol/criteria.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { madeRecord, makeRuns, textOf } from '../support/webview/madeRuns.ts'
import { openResults, type Panel } from '../support/webview/panel.ts'

const runId = '20261121t093000000z-made01'
const criteria: Criterion[] = [
  { name: 'Severity', question: 'How bad is it?', type: 'scale', scale: { from: 1, to: 5 }, weight: 2 },
  { name: 'Real <b>', question: 'Is it real?', type: 'boolean' },
  {
    name: 'Effort',
    question: 'How much?',
    type: 'choice',
    choices: [
      { name: 'small', value: 1 },
      { name: 'large', value: 0 },
    ],
  },
]

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
    madeRecord(runId, at, {
      ...{ preview: textOf(at), categories: [], interest: null, quality: null, score: 15 },
      criteria: { Severity: (at % 5) + 1, 'Real <b>': at % 2 === 0, Effort: at % 3 === 0 ? 'large' : 'small' },
      evidence: {
        categories: 'text of the',
        criteria: { Severity: `item ${at}.`, 'Real <b>': null, Effort: 'the item' },
      },
    })
  const dataDir = await makeRuns(folders, [{ runId, items: 20, record, criteria }])
  server = await startTestServer({ dataDir })
  panel = await openResults(browser, built, {
    server,
    at: { runId },
    width: 1280,
    commands: {
      removeCorrection: async ({ inputHash }: { inputHash: string }) => {
        const removed = await server.request('label/remove', { workspaceFolder: dataDir, inputHash })
        return removed.ok ? null : removed.reason.message
      },
      saveCorrection: async (label: Params<'label/save'>['label']) => {
        const saved = await server.request('label/save', { workspaceFolder: dataDir, label })
        return saved.ok ? null : saved.reason.message
      },
    },
  })
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

test('criteria are columns, explained in the detail, and corrected there', async () => {
  const { page } = panel
  const row = page.getByRole('row', { name: /item-1\b/ })
  await row.waitFor()
  for (const name of ['Severity', 'Real <b>', 'Effort']) await page.getByRole('columnheader', { name }).waitFor()
  await expect.poll(() => page.getByRole('columnheader', { name: 'Interest' }).count()).toBe(0)
  await expect.poll(() => row.innerText()).toMatch(/2\s+no\s+small/)
  await row.click()
  await page.keyboard.press('F2')
  const form = page.getByRole('form', { name: 'Correction of item-1' })
  await form.getByRole('combobox', { name: 'Real <b>' }).click()
  await form.getByRole('option', { name: 'yes' }).click()
  await form.getByRole('combobox', { name: 'Severity' }).click()
  await form.getByRole('option', { name: '5', exact: true }).click()
  await form.getByRole('button', { name: 'Save the correction' }).click()
  const detail = page.getByRole('region', { name: 'The item item-1' })
  // (2 × 1 + 1 + 1) / 4 × 1 × 20
  await detail.getByText('20.0 = (2 × 1 Severity + 1 × 1 Real <b> + 1 × 1 Effort) / 4 × 1 × 20').waitFor()
  await expect.poll(() => row.innerText()).toMatch(/5[\s\S]*yes[\s\S]*small/)
  await expectAccessible(panel)
  if (process.env.LLM_PROVIDERS_PICTURES)
    await page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/criteria.png` })
  // Keys that mean interest and quality mean nothing here.
  await expect.poll(() => page.getByRole('region', { name: 'Keys of the table' }).getByText('interest').count()).toBe(0)
})

test('what was quoted of an item is marked in its text, and what does not stand there is told and counted', async () => {
  const { page } = panel
  await page.getByRole('row', { name: /item-7\b/ }).click()
  const detail = page.getByRole('region', { name: 'The item item-7' })
  const marks = detail.getByRole('region', { name: 'Text' }).locator('mark')
  // Quotes that overlap are one stretch.
  await expect.poll(() => marks.allTextContents()).toEqual(['text of the', ' item', ' 7.'])
  await expect.poll(() => detail.getByRole('region', { name: 'Text' }).innerText()).toContain(textOf(7))
  await detail.getByText('what was quoted does not stand in the item').waitFor()
  await expectAccessible(panel)
  if (process.env.LLM_PROVIDERS_PICTURES)
    await page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/evidence.png` })
})

const ids = async () => {
  const rows = await panel.page.getByRole('row', { name: /item-\d/ }).allInnerTexts()
  return rows.map((text) => /item-(\d+)/.exec(text)?.[1])
}

test('the table is sorted and filtered by a criterion, and a bar of its chart leads to its items', async () => {
  const { page } = panel
  await page.getByRole('row', { name: /item-1\b/ }).waitFor()
  await page.getByRole('columnheader', { name: 'Severity' }).getByText('Severity').click()
  await expect.poll(async () => (await ids()).slice(0, 4)).toEqual(['4', '9', '14', '19'])
  await page.getByRole('button', { name: /^Menu of Severity/ }).click()
  await page.getByRole('textbox', { name: 'From' }).fill('4')
  await page.getByRole('button', { name: 'Remove the filter: Severity at least 4' }).waitFor()
  await page.getByText('8 results match the filter.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Menu of Effort/ }).click()
  await page.getByRole('checkbox', { name: 'large' }).click()
  await page.getByRole('button', { name: 'Remove the filter: Effort: large' }).waitFor()
  await expect.poll(ids).toEqual(['9', '3', '18'])
  await page.keyboard.press('Escape')
  await expectAccessible(panel)
  if (process.env.LLM_PROVIDERS_PICTURES)
    await page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/criteria-filter.png` })
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('20 results', { exact: true }).waitFor()
  await panel.reload()
  // The order is kept, as that of any other column.
  await expect.poll(async () => (await ids()).slice(0, 4)).toEqual(['4', '9', '14', '19'])
  await page
    .getByRole('tab', { name: 'Figures' })
    .or(page.getByRole('button', { name: 'Figures' }))
    .first()
    .click()
  const chart = page.getByRole('region', { name: 'Real <b>' })
  await chart.getByText('Real <b> in figures').click()
  await chart.getByRole('button', { name: 'Show the items: yes' }).click()
  await page.getByText('10 results match the filter.').waitFor()
})

test('criteria are answered by keys, undone, and seen at once', async () => {
  const { page } = panel
  const row = page.getByRole('row', { name: /item-1\b/ })
  await row.click()
  await page.keyboard.press('c')
  await page.getByText('Criterion: type its number. 1 Severity, 2 Real <b>, 3 Effort').waitFor()
  await page.keyboard.press('1')
  await page.getByText('Severity: type 1 to 5.').waitFor()
  await page.keyboard.press('5')
  await expect.poll(() => row.innerText()).toMatch(/✎[\s\S]*5/)
  for (const key of ['c', '2', 'y', 'c', '3', '2']) await page.keyboard.press(key)
  const labels = async () => {
    const item = await server.request('run/results', { runId, limit: 2 })
    return item.ok ? (item.value.rows[1]?.human?.criteria ?? null) : null
  }
  await expect.poll(labels).toEqual({ Severity: 5, 'Real <b>': true, Effort: 'large' })
  await page.keyboard.press('u')
  await expect.poll(labels).toEqual({ Severity: 5, 'Real <b>': true })
  for (const key of ['u', 'u']) await page.keyboard.press(key)
  await expect.poll(labels).toBeNull()
})
