import type { Workbench } from './workbench.ts'

/** The first steps of a window, as the editor shows them. */
export function walkthroughOf(workbench: Workbench) {
  const { page } = workbench
  return {
    async open(): Promise<void> {
      await workbench.command('Welcome: Open Walkthrough...')
      await workbench.choose('First steps with LLM Providers')
      await page.locator('[data-step-id]').first().waitFor()
      // It takes the focus a moment after it is there, and would close a list that was opened meanwhile.
      await page.locator('.gettingStartedContainer:focus-within').waitFor()
    },

    /** The steps with a tick, as the manifest names them. */
    ticked(): Promise<string[]> {
      const ticked = page.locator('[data-done-step-id][aria-checked=true]')
      return ticked.evaluateAll((steps) =>
        steps.map((step) => `${step.getAttribute('data-done-step-id')}`.replace(/.*#/, '')),
      )
    },
  }
}
