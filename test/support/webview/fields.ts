import type { Locator } from 'playwright-core'
import { expect } from 'vitest'

/** What a field holds, once it holds something: a field is drawn a moment before its text is in it. */
export async function textOnceFilled(field: Locator): Promise<string> {
  await expect.poll(() => field.inputValue()).not.toBe('')
  return await field.inputValue()
}
