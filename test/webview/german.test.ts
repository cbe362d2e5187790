import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pageIds } from '../../protocol/page.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { overhang } from '../support/webview/keyboard.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { findEnglish, visibleWords } from '../support/webview/visibleWords.ts'

const bundle = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>

let browser: Browser
let built: BuiltPage
let server: TestServer
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})
beforeEach(async () => {
  server = await startTestServer()
  await fill(server)
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
})

/** Something of everything: providers that work, lack a key, are off and are gone; suggestions; entries of the audit log. */
async function fill({ request }: Pick<TestServer, 'request'>): Promise<void> {
  await request('provider/save', { provider: 'keyless', kind: 'openai', config: {} })
  await request('provider/save', { provider: 'unused', kind: 'builtin', config: {} })
  await request('provider/setEnabled', { provider: 'unused', enabled: false })
  await request('provider/save', {
    provider: 'vanished',
    kind: 'openai-compatible',
    config: { base_url: 'http://127.0.0.1:9/v1' },
  })
  await request('provider/test', { provider: 'vanished' })
  await request('route/save', { task: 'scoring', provider: 'keyless', model: 'gpt-5', options: {} })
  await request('route/save', { task: 'categorization', provider: 'builtin', model: null, options: {} })
}

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, { server, language: 'de', words: bundle, ...options })
  panels.push(panel)
  return panel
}

/** What the page reads of the server is there. */
const settle = (panel: Panel) =>
  expect.poll(async () => (await visibleWords(panel)).filter((words) => words.startsWith('Wird gelesen'))).toEqual([])

describe.each(pageIds)('the page %s in German', (id) => {
  const place = { page: id, target: null }

  test('has no English word left, and axe finds nothing serious', async () => {
    const panel = await open({ place })
    await panel.page.getByRole('heading', { level: 1 }).waitFor()
    await settle(panel)
    expect(await panel.page.evaluate('document.documentElement.lang')).toBe('de')
    expect(findEnglish(await visibleWords(panel), bundle)).toEqual([])
    await expectAccessible(panel)
  })

  test('fits into 320 pixels', async () => {
    const panel = await open({ place, width: 320 })
    await panel.page.getByRole('heading', { level: 1 }).waitFor()
    await settle(panel)
    expect(await overhang(panel)).toBe(0)
  })
})
