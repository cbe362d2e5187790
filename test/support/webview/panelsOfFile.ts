import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launchBrowser } from './browser.ts'
import { type BuiltPage, servePage } from './builtPage.ts'
import { openPanel, type Panel, type PanelOptions } from './panel.ts'

/** One browser and one built page for all tests of a file. Call it once, at the top of the file. */
export function panelsOfFile() {
  let browser: Browser
  let built: BuiltPage
  const panels: Panel[] = []
  beforeAll(async () => {
    ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
  })
  afterAll(async () => {
    await browser?.close()
    await built?.close()
  })
  return {
    async open(options: PanelOptions): Promise<Panel> {
      const panel = await openPanel(browser, built, options)
      panels.push(panel)
      return panel
    },
    /** After each test, before its server ends. None of its pages may have tried what it may not do. */
    async close(): Promise<void> {
      for (const panel of panels.splice(0)) {
        expect(panel.troubles).toEqual([])
        await panel.close()
      }
    },
  }
}
