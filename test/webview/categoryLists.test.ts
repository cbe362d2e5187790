import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import type { Panel, PanelOptions } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'
import { themeNames } from '../support/webview/themes.ts'

const panels = panelsOfFile()
afterEach(panels.close)

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await panels.open({ place: { page: 'categories', target: null }, newsCategories: true, ...options })
  await panel.page.getByRole('treegrid', { name: 'Categories' }).waitFor()
  return panel
}

const names = async ({ server }: Panel) => {
  const all = await server.request('category/list')
  return all.ok ? all.value.map(({ name, parent }) => (parent === null ? name : `  ${name}`)) : []
}
const list = (page: Page) => page.getByRole('textbox', { name: 'Categories, one per line' })
const begin = (page: Page) => page.getByRole('button', { name: 'Use a list …' }).click()
const preview = (page: Page) => page.getByRole('region', { name: 'What will change' })

test('a pasted list in another language replaces what is there, says so before, and is taken back as one', async () => {
  const panel = await open()
  const { page, server } = panel
  await server.request('category/save', { slug: 'science', weight: 'boost' })
  const before = await names(panel)
  await begin(page)
  await list(page).fill('配達: 荷物と配送\n  遅延\nÜberweisung 💶\nScience')
  await page.getByText('4 categories, 1 of them subcategories').waitFor()
  await preview(page).getByText('Added (3): 配達, 遅延, Überweisung 💶.').waitFor()
  await preview(page)
    .getByText(/^Removed \(21\): Technology, /)
    .waitFor()
  await preview(page).getByText('Existing results keep their categories and scores.').waitFor()
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Replace the list' }).click()
  await page.getByText('The list is replaced: 4 categories.').first().waitFor()
  await expect.poll(() => names(panel)).toEqual(['配達', '  遅延', 'Überweisung 💶', 'Science'])
  await page.getByRole('row', { name: /^Science, Boost, set here/ }).waitFor()
  // The way back outlives a look at another page.
  await page.getByRole('button', { name: 'Usage' }).click()
  await page.getByRole('button', { name: 'Categories', exact: true }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => names(panel)).toEqual(before)
})

test('a ready-made list is added with its weights, and can be changed first', async () => {
  const panel = await open()
  const { page } = panel
  await begin(page)
  await page.getByRole('combobox', { name: 'Start with' }).click()
  await page.getByRole('option', { name: 'Feedback' }).click()
  await expect.poll(() => list(page).inputValue()).toContain('\n  Crashes: It crashes')
  await page.getByRole('radio', { name: 'Add to it' }).check()
  await list(page).fill(`${await list(page).inputValue()}\nOther`)
  await preview(page)
    .getByText(/^Added \(\d+\): Praise, .*Other\.$/)
    .waitFor()
  await page.getByRole('button', { name: 'Add to the list' }).click()
  await page.getByRole('row', { name: /^Crashes, Max, set here/ }).waitFor()
  await expect.poll(() => names(panel)).toEqual(expect.arrayContaining(['Technology', 'Praise', '  Crashes', 'Other']))
})

test('what is wrong with a list is said with its line, and nothing can be applied', async () => {
  const panel = await open()
  const { page } = panel
  await begin(page)
  await list(page).fill('Bug\n  Crash\n    Deep\nbug')
  await page.getByText(/^Line 3: .*two levels only/).waitFor()
  await page.getByText(/^Line 4: .*taken already/).waitFor()
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Replace the list' }).click({ force: true })
  await panel.reload()
  await expect.poll(() => list(page).inputValue()).toContain('Deep')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Use a list …' }).and(page.locator(':focus')).waitFor()
})

test('the list as text is read back as the same list', async () => {
  const panel = await open()
  const { page, server } = panel
  await page.evaluate('navigator.clipboard.writeText = async (text) => { window.copied = text }')
  const odd = [{ name: '1. Mahnung' }, { name: 'Note: private', description: 'two\nlines' }, { name: '- dash' }]
  await server.request('category/edit', { edit: { kind: 'add', categories: odd } })
  await page.getByRole('row', { name: /^- dash,/ }).waitFor()
  const before = await names(panel)
  await page.getByRole('button', { name: 'Copy as text' }).click()
  await expect.poll(() => page.evaluate('window.copied')).toContain('Technology')
  await begin(page)
  await list(page).fill(String(await page.evaluate('window.copied')))
  await preview(page).getByText('Nothing: the list already has all of these.').waitFor()
  await page.getByRole('button', { name: 'Replace the list' }).click()
  await page.getByText('The list is replaced').first().waitFor()
  await expect.poll(() => names(panel)).toEqual(before)
})

test('several are removed, or merged into one of them, after all that follows is shown, and that is undone', async () => {
  const panel = await open()
  const { page } = panel
  const before = await names(panel)
  const select = async (...chosen: string[]) => {
    for (const name of chosen) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).click()
  }
  await select('Business', 'Space')
  await page.getByRole('button', { name: 'Remove …' }).click()
  const removal = page.getByRole('dialog', { name: 'Remove 2 categories?' })
  await removal.getByText('Finance moves to the top level.').waitFor()
  await expectAccessible(panel)
  await removal.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Removed: Space, Business.').first().waitFor()
  await page.getByRole('region', { name: /^Selected/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => names(panel)).toEqual(before)
  await select('Finance', 'Startups', 'Space')
  await page.getByRole('combobox', { name: 'Merge into' }).click()
  await page.getByRole('option', { name: '· Finance' }).click()
  await page.getByRole('button', { name: 'Merge …' }).click()
  const merge = page.getByRole('dialog', { name: 'Merge Space, Startups into Finance?' })
  await merge.getByRole('button', { name: 'Merge' }).click()
  await page.getByText('Merged into Finance: Space, Startups.').first().waitFor()
  await expect.poll(() => names(panel)).toEqual(before.filter((name) => !/Space|Startups/.test(name)))
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => names(panel)).toEqual(before)
})

test.each(themeNames)('it can be read by all in %s, also 320 pixels wide', async (theme) => {
  for (const width of [900, 320]) {
    const panel = await open({ theme, width })
    await begin(panel.page)
    await list(panel.page).fill('Bug\n  Crash\nQuestion')
    await preview(panel.page).waitFor()
    await expectAccessible(panel)
    await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    if (process.env.LLM_PROVIDERS_PICTURES)
      await panel.page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/list-${theme}-${width}.png` })
  }
})
