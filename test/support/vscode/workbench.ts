import type { Locator, Page } from 'playwright-core'

/** The workbench as a person uses it: by what is written on it. */
export function workbenchOf(page: Page) {
  const quickInput = page.locator('.quick-input-widget')
  const rows = quickInput.locator('.monaco-list-row')
  /** The row that Enter chooses. The list follows what is typed a moment later. */
  const row = (text: string) => quickInput.locator('.monaco-list-row.focused', { hasText: text })
  /** Whether a key goes to the list now: what opens beside it takes the focus, and the list is about to close. */
  const isInFront = (): Promise<boolean> =>
    quickInput
      .locator('input')
      .evaluate((input) => input === input.ownerDocument.activeElement, undefined, { timeout: 5_000 })
      .catch(() => false)

  return {
    page,
    quickInput,
    rows,
    statusBar: page.locator('[id="llm-providers.llm-providers.llmProviders.readiness"]'),
    tree: page.locator('.pane-body .monaco-list[aria-label="Providers"]'),

    treeRow: (name: string): Locator =>
      page.locator('.monaco-list-row', { has: page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) }),

    message: (text: string | RegExp): Locator =>
      page.locator('.notifications-toasts .notification-list-item', { hasText: text }),

    async openView(): Promise<void> {
      await page.getByRole('tab', { name: 'LLM Providers', exact: true }).locator('a').click()
      await page.getByRole('heading', { name: 'LLM Providers' }).first().waitFor()
    },

    /** By a button in the head of a view, which is there while the pointer is. */
    async actInView(view: string, title: string): Promise<void> {
      const head = page.locator('.pane-header', { has: page.getByRole('heading', { name: view, exact: true }) })
      await head.hover()
      await head.getByRole('button', { name: title }).click()
    },

    /** Through the palette, by the title that a person reads there. */
    async command(title: string): Promise<void> {
      // A page that has just been opened takes the focus when it is there, which closes the list under whoever types: it is opened again.
      for (let attempt = 0; attempt < 10; attempt++) {
        await page.keyboard.press('F1')
        const isTyped = await hasEnded(quickInput.locator('input').fill(`>${title}`, { timeout: 5_000 }))
        if (isTyped && (await isShown(row(title), 5_000)) && (await isInFront())) break
      }
      await row(title).waitFor()
      await page.keyboard.press('Enter')
    },

    /** What the palette offers for what is typed. */
    async offered(title: string): Promise<void> {
      await quickInput.locator('input').fill(`>${title}`)
      await rows.filter({ hasText: title }).first().waitFor()
    },

    /** Chooses the row of the list in front that contains the text. */
    async choose(text: string): Promise<void> {
      // Typed, not clicked: a long list draws only the rows in sight. Typed again while the list before is still in front.
      for (let attempt = 0; attempt < 20; attempt++) {
        await rows.first().waitFor()
        await quickInput.locator('input').fill(text)
        if (await isShown(row(text))) break
      }
      await row(text).waitFor()
      await page.keyboard.press('Enter')
    },

    /** Chooses from a list with that title that may be longer than what of it is drawn. */
    async find(title: string, text: string): Promise<void> {
      await quickInput.locator('.quick-input-title', { hasText: title }).waitFor()
      await quickInput.locator('input').fill(text)
      await row(text).waitFor()
      await page.keyboard.press('Enter')
    },

    /** Types into the box in front, once it has the title that is expected. */
    async type(title: string | RegExp, text: string): Promise<void> {
      await quickInput.locator('.quick-input-title', { hasText: title }).waitFor()
      await quickInput.locator('input').fill(text)
      await page.keyboard.press('Enter')
    },

    async openFile(name: string): Promise<void> {
      await page.keyboard.press('ControlOrMeta+P')
      // The editor searches in the names of the last time until it has listed the folder anew, and does not look again by itself.
      for (let attempt = 0; attempt < 20; attempt++) {
        await quickInput.locator('input').fill('')
        await quickInput.locator('input').fill(name)
        if (await isShown(row(name))) break
      }
      await row(name).waitFor()
      await page.keyboard.press('Enter')
      await page.locator('.tab.active', { hasText: name }).waitFor()
    },

    async dismissMessages(): Promise<void> {
      await this.command('Notifications: Clear All Notifications')
      // A message that comes while this is under way would be cleared with the others.
      await quickInput.waitFor({ state: 'hidden' })
      await page.locator('.notification-list-item').first().waitFor({ state: 'hidden' })
      // The editor draws at most three messages in 800 ms and drops the next: nobody but a test is that quick.
      await page.waitForTimeout(900)
    },
  }
}

export type Workbench = ReturnType<typeof workbenchOf>

async function isShown(locator: Locator, timeout = 500): Promise<boolean> {
  return await hasEnded(locator.waitFor({ timeout }))
}

/** False: it was not to be done in its time. */
export async function hasEnded(act: Promise<void>): Promise<boolean> {
  return await act.then(
    () => true,
    () => false,
  )
}
