import type { Page } from 'playwright-core'
import type { Case } from '../vscode/runner.ts'
import { holdsCanary } from './canary.ts'

/** The same cases, after each of which all that the page has drawn is searched for the keys of the tests: a hit fails the case. */
export function searched(list: readonly Case[], page: Page): Case[] {
  return list.map(({ name, run }) => ({
    name,
    async run() {
      await run()
      // A connection may be tested before the editor has closed the box in which its key was typed.
      if ((await placesWithKey(page)).length > 0) await inputClosed(page)
      for (const place of await placesWithKey(page)) throw new Error(`a key of the tests is drawn in ${place}`)
    },
  }))
}

async function inputClosed(page: Page): Promise<void> {
  const box = page.locator('.quick-input-widget')
  await box.waitFor({ state: 'hidden', timeout: closingMs }).catch(() => undefined)
}

const closingMs = 5_000

/** Every document of the page, webviews included, with what stands in its fields. */
export async function placesWithKey(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const frame of page.frames()) {
    // A frame may go while it is read; then nothing of it is drawn.
    const text = await frame.evaluate<string>(readDocument).catch(() => '')
    if (holdsCanary(text)) found.push(frame.name() || 'the workbench')
  }
  return found
}

/**
 * Runs in the page: in code, as the project for Node knows no document. The editor's own input box, once it is closed, still holds
 * what was typed last, masked and drawn nowhere.
 */
const readDocument = `(() => {
  const isClosedBox = (field) => field.closest('.quick-input-widget') !== null && !field.checkVisibility()
  const fields = [...document.querySelectorAll('input, textarea')].filter((field) => !isClosedBox(field))
  return document.documentElement.outerHTML + fields.map((field) => '\\n' + field.value).join('')
})()`
