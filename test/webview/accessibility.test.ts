import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible, expectGoodPractice } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { type KeyboardWay, listBeyondEdge, overhang, walkByTab } from '../support/webview/keyboard.ts'
import { findMoving } from '../support/webview/movement.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { openPlace, type PlaceName, placeNames, startFilledServer, whenRead } from '../support/webview/places.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
const folders = new StoreFolders()
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built, server] = await Promise.all([launchBrowser(), servePage(), startFilledServer(folders)])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await server?.stop()
  await folders.dispose()
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
})

async function open(name: PlaceName, options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPlace({ browser, built, server }, name, options)
  panels.push(panel)
  return panel
}

/** Each control once, in the order of the page, named and with a focus that is seen; and out of the page at its end. */
function expectSound({ stops, controls, hasLeft }: KeyboardWay): void {
  expect(stops.map(({ place, name }) => (place === null ? `no control: ${name}` : controls[place]))).toEqual(controls)
  expect(hasLeft).toBe(true)
  expect(stops.filter(({ isSeen }) => !isSeen).map(({ name }) => name)).toEqual([])
  expect(stops.filter(({ name }) => name.trim() === '')).toEqual([])
}

describe.each(placeNames)('%s', (name) => {
  test.each(themeNames)(
    'is gone through by Tab, control by control, and axe finds nothing serious: %s',
    async (theme) => {
      const panel = await open(name, { theme })
      await expectAccessible(panel)
      const way = await walkByTab(panel)
      expectSound(way)
      expect(way.controls[0]).toMatch(/^a Skip to the /)
      expect(way.controls.length).toBeGreaterThan(3)
    },
  )

  test('has one main heading, headings in order, landmarks, and no id twice', async () => {
    const panel = await open(name)
    await expectGoodPractice(panel)
    await expect.poll(() => panel.page.evaluate('document.documentElement.lang')).toBe('en')
  })

  test('fits into 320 pixels, and axe finds nothing serious there', async () => {
    const panel = await open(name, { width: 320 })
    await expect.poll(() => overhang(panel)).toBe(0)
    await expectAccessible(panel)
  })

  test('loses no control when it is zoomed to 200 %', async () => {
    const panel = await open(name, { width: 900, height: 900, browser: {} })
    const before = (await walkByTab(panel)).controls
    const session = await panel.page.context().newCDPSession(panel.page)
    // As the zoom of the editor does it: half as many pixels of the page, each twice as large.
    const metrics = { width: 450, height: 450, deviceScaleFactor: 2, mobile: false }
    await session.send('Emulation.setDeviceMetricsOverride', metrics)
    await expect.poll(() => panel.page.evaluate('[innerWidth, devicePixelRatio]')).toEqual([450, 2])
    await whenRead(panel)
    await expect.poll(() => overhang(panel)).toBe(0)
    const way = await walkByTab(panel)
    expect(way.controls).toEqual(before)
    expectSound(way)
    await expect.poll(() => listBeyondEdge(panel)).toEqual([])
    await expectAccessible(panel)
  })

  test('is told by more than its own colours where the system forces others', async () => {
    const panel = await open(name, { theme: 'contrast', browser: { forcedColors: 'active' } })
    expectSound(await walkByTab(panel))
    const stroke = `getComputedStyle(document.querySelector('[aria-current]')).webkitTextStrokeWidth`
    await expect.poll(() => panel.page.evaluate(stroke)).not.toBe('0px')
  })

  test('moves nothing for who asked for that', async () => {
    const panel = await open(name)
    await expect.poll(() => findMoving(panel)).toEqual([])
  })
})

/** Pages that are being read, and never come to an end of it. */
async function openReading(reducedMotion: 'reduce' | 'no-preference'): Promise<Panel> {
  const connection = { ...server.connection, sendRequest: () => new Promise(() => {}) }
  const silent = { ...server, connection: connection as unknown as TestServer['connection'] }
  const panel = await openPanel(browser, built, { server: silent, browser: { reducedMotion } })
  panels.push(panel)
  await panel.page.locator('.loading').first().waitFor()
  return panel
}

test('what turns while a page is read stands still for who asked for that', async () => {
  const turning = await openReading('no-preference')
  await expect.poll(() => findMoving(turning)).not.toEqual([])
  const still = await openReading('reduce')
  await expect.poll(() => findMoving(still)).toEqual([])
})

test('one region tells what happens, politely, and is empty until something does', async () => {
  const panel = await open('categories')
  await expect.poll(() => panel.page.locator('[aria-live="assertive"]').count()).toBe(0)
})
