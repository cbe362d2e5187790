import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { pageIds } from '../../protocol/page.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { expectAccessible, expectGoodPractice } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { focusedName, hasVisibleFocus, overhang } from '../support/webview/keyboard.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built, server] = await Promise.all([launchBrowser(), servePage(), startTestServer()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await server?.stop()
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
})

/** Something that is on the page only once it has been read. */
const readMark = {
  providers: 'Add provider',
  models: 'Register by name',
  routes: 'Save routes',
  categories: 'Add category',
  prompts: 'Save interests',
  usage: 'Period',
  audit: 'Export…',
}

async function open(id: (typeof pageIds)[number], options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, { server, place: { page: id, target: null }, ...options })
  panels.push(panel)
  await panel.page.getByText(readMark[id]).first().waitFor()
  return panel
}

/** The names of all that the key Tab stops at, from the top until it leaves the page; no page has more stops than `most`. */
async function tabThrough(panel: Panel, most = 150): Promise<{ names: string[]; unseen: string[]; hasLeft: boolean }> {
  const names: string[] = []
  const unseen: string[] = []
  for (let step = 0; step < most; step += 1) {
    await panel.page.keyboard.press('Tab')
    if (await panel.page.evaluate('document.activeElement === document.body')) return { names, unseen, hasLeft: true }
    const name = await focusedName(panel)
    if (names.length > 1 && name === names[0]) return { names, unseen, hasLeft: true }
    names.push(name)
    if (!(await hasVisibleFocus(panel))) unseen.push(name)
  }
  return { names, unseen, hasLeft: false }
}

describe.each(pageIds)('the page %s', (id) => {
  test.each(themeNames)(
    'is gone through by Tab, each stop is named and seen, and none holds the focus: %s',
    async (theme) => {
      const { names, unseen, hasLeft } = await tabThrough(await open(id, { theme }))
      expect(hasLeft).toBe(true)
      expect(unseen).toEqual([])
      expect(names.filter((name) => name.trim() === '')).toEqual([])
      // First past the navigation, then the navigation, then the page from its top.
      expect(names.slice(0, 3)).toEqual(['Skip to the page', 'Providers', 'Models'])
      expect(names.length).toBeGreaterThan(pageIds.length + 1)
    },
  )

  test('has one main heading, headings in order, landmarks, and no id twice', async () => {
    const panel = await open(id)
    await expectGoodPractice(panel)
    expect(await panel.page.evaluate('document.documentElement.lang')).toBe('en')
  })

  test('loses nothing at 200 % zoom of a panel of 900 pixels', async () => {
    const panel = await open(id, { width: 450, height: 450, browser: { deviceScaleFactor: 2 } })
    expect(await overhang(panel)).toBe(0)
    await expectAccessible(panel)
  })

  test('is told by more than its own colours where the system forces others', async () => {
    const panel = await open(id, { theme: 'contrast', browser: { forcedColors: 'active' } })
    const { unseen } = await tabThrough(panel)
    expect(unseen).toEqual([])
    expect(await panel.page.evaluate(`getComputedStyle(document.querySelector('[aria-current]')).fontWeight`)).not.toBe(
      '400',
    )
  })
})

test('nothing moves by itself for who asked for that', async () => {
  const panel = await open('providers')
  expect(await panel.page.evaluate('document.getAnimations().length')).toBe(0)
})

test('one region tells what happens, politely, and is empty until something does', async () => {
  const panel = await open('categories')
  const loud = await panel.page.evaluate(`document.querySelectorAll('[aria-live="assertive"]').length`)
  expect(loud).toBe(0)
})
