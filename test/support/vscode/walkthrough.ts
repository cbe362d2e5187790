import type { Workbench } from './workbench.ts'

/** The first steps of a window, as the editor shows them. */
export function walkthroughOf(workbench: Workbench) {
  const { page } = workbench
  return {
    async open(): Promise<void> {
      await workbench.command('Welcome: Open Walkthrough...')
      await workbench.choose('First steps with LLM Providers')
      // The open step takes the focus after the slide, which closes a list that was opened meanwhile; what is around it has it before.
      await page.locator('[data-step-id].expanded:focus').waitFor()
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
