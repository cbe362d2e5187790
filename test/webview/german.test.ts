import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { overhang } from '../support/webview/keyboard.ts'
import type { Panel, PanelOptions } from '../support/webview/panel.ts'
import { listGiven, openPlace, type PlaceName, placeNames, startFilledServer } from '../support/webview/places.ts'
import { bracketed, findEnglish, findUntold, visibleWords } from '../support/webview/visibleWords.ts'

const bundle = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>
const brackets = bracketed(bundle)

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
  const panel = await openPlace({ browser, built, server }, name, { language: 'de', words: bundle, ...options })
  panels.push(panel)
  return panel
}

describe.each(placeNames)('in German, %s', (name) => {
  test('has no English word left, and axe finds nothing serious', async () => {
    const panel = await open(name)
    await expect.poll(() => panel.page.evaluate('document.documentElement.lang')).toBe('de')
    // What a model has said may look like a sentence of ours.
    const ours = async () => (await visibleWords(panel)).filter((text) => !text.startsWith('It is number'))
    await expect.poll(async () => findEnglish(await ours(), bundle)).toEqual([])
    await expectAccessible(panel)
  })

  test('has no word that no bundle could translate', async () => {
    const panel = await open(name, { words: brackets })
    await expect.poll(async () => findUntold(await visibleWords(panel), await listGiven(server))).toEqual([])
  })

  test('fits into 320 pixels', async () => {
    const panel = await open(name, { width: 320 })
    await expect.poll(() => overhang(panel)).toBe(0)
  })
})
