import type { FrameLocator, Locator, Page } from 'playwright-core'
import { hasEnded, type Workbench } from './workbench.ts'

/** The settings panel of a window as a person uses it: by roles and names, through the frames that the editor puts around a page. */
export function panelOf(workbench: Workbench) {
  const { page } = workbench
  const frame = pageFrame(page)
  const button = (name: string | RegExp) => frame.getByRole('button', { name, exact: typeof name === 'string' })
  const field = (name: string) => frame.getByRole('textbox', { name })

  return {
    frame,
    button,
    field,
    tab: page.locator('.tab', { hasText: 'LLM Providers: Settings' }),
    heading: (name: string) => frame.getByRole('heading', { level: 1, name, exact: true }),

    /** The row of a list that is about the named thing. */
    row: (name: string): Locator =>
      frame.getByRole('listitem').filter({ has: frame.getByRole('heading', { name, exact: true }) }),

    async open(): Promise<void> {
      // A panel that was in front before has a heading, too.
      const navigation = frame.getByRole('navigation', { name: 'Settings' })
      // What opens beside the palette takes the focus, and the key that was to choose the command is lost: it is chosen again.
      for (let attempt = 0; attempt < 4; attempt++) {
        await workbench.command('LLM Providers: Open settings')
        if (await hasEnded(navigation.waitFor({ timeout: 15_000 }))) break
      }
      await navigation.waitFor()
      await frame.getByRole('heading', { level: 1 }).waitFor()
    },

    /** By the page's own navigation. */
    async goTo(title: string): Promise<void> {
      await frame
        .getByRole('navigation', { name: 'Settings' })
        .getByRole('button', { name: title, exact: true })
        .click()
      await frame.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    },

    async choose(list: string, option: string | RegExp): Promise<void> {
      await frame.getByRole('combobox', { name: list, exact: true }).click()
      await frame.getByRole('option', { name: option, exact: typeof option === 'string' }).click()
    },
  }
}

export type PanelOfWindow = ReturnType<typeof panelOf>

/** One webview is drawn at a time: what is hidden is not there. */
export function pageFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
}

/** The results of a run, once its panel is in front and shows so many items in the list. */
export async function expectResults(workbench: Workbench, source: string, items: string): Promise<FrameLocator> {
  const frame = pageFrame(workbench.page)
  await frame.getByRole('heading', { level: 1, name: `Results: ${source}`, exact: true }).waitFor()
  await frame.getByText(items, { exact: true }).waitFor()
  return frame
}
