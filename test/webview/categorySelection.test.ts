import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import { dragOnto } from '../support/webview/dragOnto.ts'
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

const box = (page: Page, name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true })
const bar = (page: Page, many: string) => page.getByRole('region', { name: `Selected: ${many}` })
const selected = (page: Page) => page.getByRole('row', { selected: true }).locator('.tree-title').allInnerTexts()
const stored = async ({ server }: Panel, ...slugs: string[]) => {
  const all = await server.request('category/list')
  if (!all.ok) throw new Error('The categories can not be read')
  return slugs.map((slug) => all.value.find((each) => each.slug === slug))
}

test('several are weighed, hidden and moved by one click each, and that is taken back as one', async () => {
  const panel = await open()
  const { page } = panel
  await box(page, 'Space').click()
  await box(page, 'Finance').click()
  const both = bar(page, '2 categories')
  await both.getByRole('button', { name: 'Boost' }).click()
  await page.getByText('2 categories: weight is now Boost.').first().waitFor()
  await expect.poll(() => stored(panel, 'space', 'finance')).toMatchObject([{ weight: 'boost' }, { weight: 'boost' }])
  await both.getByRole('button', { name: 'Hide', exact: true }).click()
  await expect.poll(() => stored(panel, 'space', 'finance')).toMatchObject([{ hidden: true }, { hidden: true }])
  await both.getByRole('combobox', { name: 'Move under' }).click()
  await both.getByRole('option', { name: 'Politics' }).click()
  await both.getByRole('button', { name: 'Move', exact: true }).click()
  await expect
    .poll(() => stored(panel, 'space', 'finance'))
    .toMatchObject([{ parent: 'politics' }, { parent: 'politics' }])
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect
    .poll(() => stored(panel, 'space', 'finance'))
    .toMatchObject([{ parent: 'science' }, { parent: 'business' }])
  await expectAccessible(panel)
  await both.getByRole('button', { name: 'Clear selection' }).click()
  await both.waitFor({ state: 'detached' })
  await expect
    .poll(() => page.evaluate('document.activeElement.getAttribute("role") ?? document.activeElement.tagName'))
    .toBe('TR')
})

test('keys alone select one, on, all and none, and move what is selected', async () => {
  const panel = await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Add category' }).focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await expect.poll(() => selected(page)).toEqual(['Software Development'])
  await page.keyboard.press('Shift+ArrowDown')
  await expect.poll(() => selected(page)).toHaveLength(2)
  const both = await selected(page)
  await page.keyboard.press('Alt+ArrowLeft')
  await expect.poll(() => stored(panel, 'software-development')).toMatchObject([{ parent: null }])
  const moved = await panel.server.request('category/list')
  const roots = moved.ok ? moved.value.filter(({ parent }) => parent === null).map(({ name }) => name) : []
  expect(roots).toEqual(expect.arrayContaining(both))
  await page.keyboard.press('Escape')
  await expect.poll(() => selected(page)).toEqual([])
  await page.keyboard.press('Control+a')
  await bar(page, '22 categories').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Space')
  await page.keyboard.press('Space')
  await expect.poll(() => selected(page)).toEqual([])
})

test('a mouse selects a range with Shift, adds with Ctrl, and drags all that are selected', async () => {
  const panel = await open()
  const { page } = panel
  const title = (name: string) => page.getByRole('row', { name: new RegExp(`^${name},`) }).locator('.tree-title')
  await box(page, 'Finance').click()
  await title('Startups').click({ modifiers: ['Shift'] })
  await expect.poll(() => selected(page)).toEqual(['Finance', 'Startups'])
  await title('Space').click({ modifiers: ['ControlOrMeta'] })
  await bar(page, '3 categories').waitFor()
  await dragOnto(title('Startups'), title('Technology'))
  await expect
    .poll(() => stored(panel, 'finance', 'startups', 'space'))
    .toMatchObject([{ parent: 'technology' }, { parent: 'technology' }, { parent: 'technology' }])
})

test('what stands under a root goes with it, or the root stays and that is told', async () => {
  const panel = await open()
  const { page } = panel
  await box(page, 'Business').click()
  await page.getByText('Business has subcategories.').waitFor()
  await bar(page, 'Business').getByRole('combobox', { name: 'Move under' }).click()
  await expect
    .poll(() => bar(page, 'Business').getByRole('option').allInnerTexts())
    .toEqual(['Choose …', 'None (top level)'])
  await page.keyboard.press('Escape')
  await box(page, 'Finance').click()
  await box(page, 'Startups').click()
  const family = bar(page, '3 categories')
  await family.getByRole('combobox', { name: 'Move under' }).click()
  await family.getByRole('option', { name: 'Health' }).click()
  await family.getByRole('button', { name: 'Move', exact: true }).click()
  await expect
    .poll(() => stored(panel, 'business', 'finance'))
    .toMatchObject([{ parent: 'health' }, { parent: 'health' }])
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect
    .poll(() => stored(panel, 'business', 'finance'))
    .toMatchObject([{ parent: null }, { parent: 'business' }])
})

test('some of the suggestions are approved together, and stay selected to be moved', async () => {
  const panel = await open()
  const { page, server } = panel
  for (const name of ['Robotics', 'Drones', 'Noise']) await server.request('category/save', { name, approved: false })
  await box(page, 'Robotics').click()
  await box(page, 'Drones').click()
  await box(page, 'Space').click()
  await page.getByRole('button', { name: 'Approve 2 categories' }).click()
  await expect
    .poll(() => stored(panel, 'robotics', 'drones', 'noise'))
    .toMatchObject([{ approved: true }, { approved: true }, { approved: false }])
  await expect.poll(() => selected(page)).toEqual(expect.arrayContaining(['Robotics', 'Drones', 'Space']))
  await expectAccessible(panel)
})

test('what another window renames stays selected, and what it removes does not', async () => {
  const panel = await open()
  const { page, server } = panel
  await box(page, 'Space').click()
  await box(page, 'Finance').click()
  await server.request('category/save', { slug: 'finance', name: 'Money' })
  await page.getByRole('row', { name: /^Money,/ }).waitFor()
  await server.request('category/remove', { slug: 'space', confirm: true })
  await bar(page, 'Money').waitFor()
  await expect.poll(() => selected(page)).toEqual(['Money'])
})

test('the selection outlives hiding, and tells how many a search hides', async () => {
  const panel = await open()
  const { page } = panel
  await box(page, 'Space').click()
  await box(page, 'Finance').click()
  await panel.reload()
  await bar(page, '2 categories').waitFor()
  await page.getByRole('textbox', { name: 'Search' }).fill('space')
  await page.getByText('(1 of them not shown)').waitFor()
})

test.each(themeNames)('with a selection it can be read by all in %s, also 320 pixels wide', async (theme) => {
  for (const width of [900, 320]) {
    const panel = await open({ theme, width })
    await panel.server.request('category/save', { name: 'Robotics', approved: false })
    await box(panel.page, 'Robotics').click()
    await box(panel.page, 'Space').click()
    await expectAccessible(panel)
    await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    if (process.env.LLM_PROVIDERS_PICTURES)
      await panel.page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/selection-${theme}-${width}.png` })
  }
})
