// Every page of the settings panel, in three themes, as a person sees it in the editor.

/** What a picture's name ends with, the editor's name of the theme, and the class that its workbench then has. */
const themes = [
  ['dark', 'Dark Modern', 'vs-dark'],
  ['light', 'Light Modern', 'vs'],
  ['contrast', 'Dark High Contrast', 'hc-black'],
]

/** What of each page is to be seen: it is brought there once, and stays so while the themes change. */
const pages = [
  {
    name: 'providers',
    title: 'Providers',
    async prepare(frame) {
      await frame.getByRole('button', { name: 'Test ollama' }).click()
      await frame.getByRole('main').getByText('The connection works').waitFor()
    },
  },
  {
    name: 'provider-form',
    title: 'Providers',
    async prepare(frame) {
      await frame.getByRole('button', { name: 'Edit lab' }).click()
      await frame.getByRole('textbox', { name: 'Base URL' }).fill('localhost:1234')
      await frame.getByRole('main').getByText('An address is needed').first().waitFor()
    },
    leave: (frame) => frame.getByRole('button', { name: 'Cancel', exact: true }).first().click(),
  },
  { name: 'models', title: 'Models', prepare: (frame) => frame.getByText('qwen3:8b').first().waitFor() },
  {
    name: 'routes',
    title: 'Task routes',
    async prepare(frame) {
      await frame.getByText('How Scoring is decided').click()
      await frame.getByRole('list', { name: 'Steps of Scoring' }).waitFor()
    },
  },
  {
    name: 'categories',
    title: 'Categories',
    async prepare(frame) {
      const row = frame.getByRole('row', { name: /^Planning, / })
      await row.locator('.tree-title').click()
      await row.getByText('Boost', { exact: true }).click()
      await frame.getByText('Boost from Planning').first().waitFor()
      for (const name of ['Task', 'Meeting']) await frame.getByRole('checkbox', { name: `Select ${name}` }).click()
      await frame.getByRole('region', { name: 'Selected: 2 categories' }).waitFor()
    },
    leave: (frame) => frame.getByRole('button', { name: 'Clear selection' }).click(),
  },
  { name: 'criteria', title: 'Criteria', prepare: (frame) => frame.getByRole('figure').first().waitFor() },
  { name: 'prompts', title: 'Interests and prompts', prepare: (frame) => frame.getByRole('figure').first().waitFor() },
  {
    name: 'knowledge',
    title: 'Knowledge bases',
    prepare: (frame) =>
      frame
        .getByRole('button', { name: /knowledge base/i })
        .first()
        .waitFor(),
  },
  {
    name: 'usage',
    title: 'Usage',
    async prepare(frame) {
      await frame.getByRole('combobox', { name: 'Show', exact: true }).click()
      await frame.getByRole('option', { name: 'Tokens', exact: true }).click()
      await frame.getByRole('img', { name: /^Tokens by Provider/ }).waitFor()
    },
  },
  {
    name: 'audit',
    title: 'Audit',
    async prepare(frame) {
      await frame.getByRole('list', { name: 'Changes' }).getByRole('group').first().click()
    },
  },
]

/** `take` writes the picture of a name. The panel is open, and nothing else is in the way. */
export async function picturePanel({ page, take }) {
  const frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
  for (const { name, title, prepare, leave } of pages) {
    await frame.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: title, exact: true }).click()
    await frame.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    await prepare(frame)
    for (const theme of themes) {
      await dress(page, frame, theme)
      // Nothing is pointed at: no button looks pressed, no hint is open.
      await page.mouse.move(700, 750)
      await take(`panel-${name}-${theme[0]}`)
    }
    await leave?.(frame)
  }
  await dress(page, frame, themes[0])
}

/** Through the palette, as a person does it; the page is told a moment after the workbench. */
async function dress(page, frame, [, theme, look]) {
  const workbench = page.locator(`.monaco-workbench.${look}`)
  const input = page.locator('.quick-input-widget input')
  const choose = async (typed, row) => {
    await input.fill(typed)
    await page
      .locator('.quick-input-widget .monaco-list-row')
      .filter({ has: page.getByText(row, { exact: true }) })
      .first()
      .click()
  }
  if (!(await workbench.isVisible())) {
    await page.keyboard.press('F1')
    await choose('>Preferences: Color Theme', 'Preferences: Color Theme')
    await page.locator('.quick-input-widget input[placeholder*="Color Theme"]').waitFor()
    await choose(theme, theme)
    await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
    await workbench.waitFor()
  }
  await frame
    .locator(`body.${{ vs: 'vscode-light', 'vs-dark': 'vscode-dark', 'hc-black': 'vscode-high-contrast' }[look]}`)
    .waitFor()
}
