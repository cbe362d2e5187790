import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openPanel } from '../support/webview/panel.ts'
import { whenRead } from '../support/webview/places.ts'

let browser: Browser
let built: BuiltPage
beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})

test('the panel shows what is configured', async () => {
  const panel = await openPanel(browser, built)
  await panel.page.getByRole('heading', { name: 'Providers', level: 1 }).waitFor()
  await panel.page.getByRole('listitem', { name: 'builtin' }).waitFor()
  expect(panel.troubles).toEqual([])
  await expectAccessible(panel)
  await panel.close()
})

test('the tabs stand where they stood, whichever page is shown', async () => {
  const panel = await openPanel(browser, built, { width: 500 })
  const { page } = panel
  const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('button')
  const places = () => tabs.evaluateAll((all) => all.map((tab) => JSON.stringify(tab.getBoundingClientRect())))
  await expect.poll(() => tabs.count()).toBe(9)
  const before = await places()
  // Two lines are shared evenly: neither holds a tab alone.
  const tops = before.map((place) => JSON.parse(place).top as number)
  const lines = [...new Set(tops)].map((top) => tops.filter((other) => other === top).length)
  expect(lines.length).toBe(2)
  expect(Math.min(...lines)).toBeGreaterThan(1)
  for (const name of await tabs.allInnerTexts()) {
    await tabs.filter({ hasText: name }).click()
    await page.getByRole('heading', { name, level: 1 }).waitFor()
    await expect.poll(places).toEqual(before)
  }
  // What a page still asks of a server that ends would have nobody to answer.
  await whenRead(panel)
  await panel.close()
})
