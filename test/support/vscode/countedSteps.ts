import type { Locator } from 'playwright-core'
import type { Workbench } from './workbench.ts'

/** What a person does, counted while it is done: a click, a text that is filled in, and a key that is pressed are one each. */
export interface CountedSteps {
  readonly count: number
  click(target: Locator): Promise<void>
  fill(target: Locator, text: string): Promise<void>
  /** Into the editor's own box with that title: the text, and Enter. */
  type(title: string, text: string): Promise<void>
}

export function countSteps({ type }: Pick<Workbench, 'type'>): CountedSteps {
  let count = 0
  return {
    get count() {
      return count
    },
    async click(target) {
      count += 1
      await target.click()
    },
    async fill(target, text) {
      count += 1
      await target.fill(text)
    },
    async type(title, text) {
      count += 2
      await type(title, text)
    },
  }
}
