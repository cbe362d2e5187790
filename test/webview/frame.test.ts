import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openPanel } from '../support/webview/panel.ts'

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
