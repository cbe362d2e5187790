import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { dragOnto } from '../support/webview/dragOnto.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'

let browser: Browser
let built: BuiltPage
beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, {
    place: { page: 'categories', target: null },
    newsCategories: true,
    ...options,
  })
  await panel.page.getByRole('treegrid', { name: 'Categories' }).waitFor()
  return panel
}

const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`^${name},`) })
const stored = async ({ server }: Panel, slug: string) => {
  const all = await server.request('category/list')
  return all.ok ? all.value.find((each) => each.slug === slug) : undefined
}
const focused = (page: Page) => page.evaluate('document.activeElement.id') as Promise<string>

test('the tree tells each weight, whose it is, and changes and takes back', async () => {
  const panel = await open()
  const { page } = panel
  await row(page, 'Technology').getByText('Boost', { exact: true }).click()
  await page.getByRole('row', { name: /^Technology, Boost, set here/ }).waitFor()
  await page.getByRole('row', { name: /^Hardware, Boost from Technology/ }).waitFor()
  await expect.poll(() => row(page, 'Hardware').getByRole('radio', { checked: true }).count()).toBe(0)
  await row(page, 'Hardware').getByText('Block', { exact: true }).click()
  await page.getByRole('row', { name: /^Hardware, Block, set here/ }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('row', { name: /^Hardware, Boost from Technology/ }).waitFor()
  await expect.poll(() => stored(panel, 'hardware')).toMatchObject({ weight: null, effectiveWeight: 'boost' })
  await expectAccessible(panel)
  expect(panel.troubles).toEqual([])
  await panel.close()
})

test('keys alone go through it, weigh, open, close, move and edit', async () => {
  const panel = await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Add category' }).focus()
  await page.keyboard.press('Tab')
  await expect.poll(() => focused(page)).toBe('category-technology')
  await page.keyboard.press('ArrowLeft')
  await row(page, 'Hardware').waitFor({ state: 'detached' })
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => focused(page)).toBe('category-science')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowRight')
  await row(page, 'Hardware').waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Alt+ArrowLeft')
  await expect.poll(async () => (await stored(panel, 'software-development'))?.parent).toBeNull()
  await expect.poll(() => focused(page)).toBe('category-software-development')
  await page.locator('#category-software-development[aria-level="1"]').waitFor()
  await page.keyboard.press('Alt+ArrowRight')
  await expect.poll(async () => (await stored(panel, 'software-development'))?.parent).toBe('education')
  await page.locator('#category-software-development[aria-level="2"]').waitFor()
  // Into the strip, one weight further, and back to the row.
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => (await stored(panel, 'software-development'))?.weight).toBe('boost')
  await page.keyboard.press('Escape')
  await expect.poll(() => focused(page)).toBe('category-software-development')
  await page.keyboard.press('End')
  await expect.poll(() => focused(page)).toBe('category-online-learning')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Edit Online Learning' }).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect.poll(() => focused(page)).toBe('edit-category-online-learning')
  await panel.close()
})

test('a category is added, half-typed over a reload, renamed and kept apart from its namesakes', async () => {
  const panel = await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Add category' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Enter a name.').waitFor()
  await page.getByRole('textbox', { name: 'Name' }).fill('science')
  await page.getByText('A category with this name already exists.').waitFor()
  await page.getByRole('textbox', { name: 'Name' }).fill('Release notes')
  await expectAccessible(panel)
  await panel.reload()
  await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Release notes')
  await page.getByRole('button', { name: 'Save' }).click()
  await row(page, 'Release notes').waitFor()
  await page.getByRole('button', { name: 'Edit Release notes' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Changes')
  await page.getByRole('button', { name: 'Save' }).click()
  await row(page, 'Changes').waitFor()
  await expect.poll(() => stored(panel, 'release-notes')).toMatchObject({ name: 'Changes', parent: null })
  await panel.close()
})

test('a floor is typed as a share or in percent, and a child without one has its parent’s', async () => {
  const panel = await open()
  const { page } = panel
  const floor = page.getByRole('textbox', { name: 'Review below' })
  const type = async (category: string, text: string) => {
    await page.getByRole('button', { name: `Edit ${category}`, exact: true }).click()
    await floor.fill(text)
    await page.getByRole('button', { name: 'Save' }).click()
  }
  await type('Technology', '80')
  await page.getByText('It must be a number from 0 to 1, such as 0.8, or a percentage such as 80 %.').waitFor()
  await expect.poll(() => focused(page)).toMatch(/floor$/)
  await floor.fill('80 %')
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => stored(panel, 'technology')).toMatchObject({ review_below: 0.8 })
  await page.getByRole('button', { name: 'Edit Hardware' }).click()
  await page.getByText('Empty: below 0.8, as Technology says.').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await type('Hardware', '0,5')
  await expect.poll(() => stored(panel, 'hardware')).toMatchObject({ review_below: 0.5 })
  await page.getByRole('button', { name: 'Edit Technology' }).click()
  await expect.poll(() => floor.inputValue()).toBe('0.8')
  await floor.fill('')
  await page.getByText('Empty: none waits.').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => stored(panel, 'technology')).toMatchObject({ review_below: null })
  await panel.close()
})

test('another window that was faster is told, and nothing is overwritten', async () => {
  const panel = await open()
  const { page, server } = panel
  await page.getByRole('button', { name: 'Edit Space' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Cosmos')
  await server.request('category/save', { slug: 'space', name: 'Universe' })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('It was changed elsewhere while this form was open.').waitFor()
  await expect.poll(() => stored(panel, 'space')).toMatchObject({ name: 'Universe' })
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await row(page, 'Cosmos').waitFor()
  await panel.close()
})

test('a merge tells first what it changes; one that cannot be is refused in words', async () => {
  const panel = await open()
  const { page, server } = panel
  await server.request('category/save', { slug: 'politics', weight: 'reduce' })
  await page.getByRole('button', { name: 'Edit Business' }).click()
  const choose = async (name: string) => {
    await page.getByRole('combobox', { name: 'Merge Business into' }).click()
    await page.getByRole('option', { name, exact: true }).click()
    await page.getByRole('button', { name: 'Merge …' }).click()
  }
  await choose('· Space')
  await page.getByText('there are two levels only').waitFor()
  await choose('Politics')
  const dialog = page.getByRole('dialog', { name: 'Merge Business into Politics?' })
  await dialog.getByText('Finance moves under Politics.').waitFor()
  await dialog.getByText('Finance: weight Reduce instead of Normal.').waitFor()
  await expectAccessible(panel)
  await expect.poll(() => stored(panel, 'business')).toBeDefined()
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await row(page, 'Politics').waitFor()
  await expect.poll(() => stored(panel, 'business')).toBeUndefined()
  await expect.poll(() => stored(panel, 'finance')).toMatchObject({ parent: 'politics' })
  await panel.close()
})

test('suggestions wait, and are approved or declined', async () => {
  const panel = await open()
  const { page, server } = panel
  for (const name of ['Robotics', 'Noise']) await server.request('category/save', { name, approved: false })
  await page.getByRole('heading', { name: 'Suggested by models' }).waitFor()
  await expect.poll(() => row(page, 'Robotics').count()).toBe(0)
  await page.getByRole('button', { name: 'Approve Robotics' }).click()
  await row(page, 'Robotics').waitFor()
  await page.getByRole('button', { name: 'Decline Noise' }).click()
  await page.getByRole('heading', { name: 'Suggested by models' }).waitFor({ state: 'detached' })
  await expect.poll(() => stored(panel, 'noise')).toBeUndefined()
  await panel.close()
})

test('a search opens what it finds; a mouse drags and hides', async () => {
  const panel = await open()
  const { page } = panel
  await page.getByRole('textbox', { name: 'Search' }).fill('finance')
  await page.getByText('2 found of 22 categories').waitFor()
  await page.getByRole('textbox', { name: 'Search' }).fill('')
  await dragOnto(row(page, 'Finance').locator('.tree-title'), row(page, 'Politics').locator('.tree-title'))
  await expect.poll(async () => (await stored(panel, 'finance'))?.parent).toBe('politics')
  await page.getByRole('button', { name: 'Hide Politics' }).click()
  await row(page, 'Finance').getByText('hidden with its parent').waitFor()
  await panel.close()
})

test('a profile file of the workspace is told', async () => {
  const found = { path: '/home/me/project/.llm-providers/profile.yaml', problem: null }
  const panel = await open({ commands: { workspaceProfile: () => found } })
  await panel.page.getByText(`This workspace has its own profile, .llm-providers/profile.yaml:`).waitFor()
  await panel.close()
})

test.each(['dark', 'light', 'contrast'] as const)(
  'it can be read by all in %s, also 320 pixels wide',
  async (theme) => {
    for (const width of [900, 320]) {
      const panel = await open({ theme, width })
      await expectAccessible(panel)
      await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      if (process.env.LLM_PROVIDERS_PICTURES)
        await panel.page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/categories-${theme}-${width}.png` })
      await panel.close()
    }
  },
)
