import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
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
  const panel = await openPanel(browser, built, { place: { page: 'criteria', target: null }, ...options })
  await panel.page.getByText(/Prompt hash [0-9a-f]{12}/).waitFor()
  return panel
}

const field = ({ page }: Panel, name: string) => page.getByRole('textbox', { name, exact: true })
const button = ({ page }: Panel, name: string) => page.getByRole('button', { name, exact: true })
const storedOf = async ({ server }: Panel) => {
  const stored = await server.request('preferences/read')
  return stored.ok ? stored.value : null
}
const names = ({ page }: Panel) => page.getByRole('list', { name: 'Criteria' }).getByRole('heading').allInnerTexts()

test('ready-made criteria are taken, seen as they will be asked and counted, put in order, and saved', async () => {
  const panel = await open()
  const { page } = panel
  await page
    .getByText('Score = interest × mean of the category multipliers × (0.5 + quality ÷ 20), at most 20.')
    .waitFor()
  await button(panel, 'Use these').click()
  await page.getByText('Includes your unsaved changes above.').waitFor()
  await page.getByText('- "severity": a whole number from 1 to 5').waitFor()
  await page
    .getByText('Score = (3 × severity + 1 × reproducible + 0.5 × effort) ÷ 4.5 × mean of the category multipliers × 20')
    .waitFor()
  await expect.poll(() => storedOf(panel)).toMatchObject({ criteria: null })
  await button(panel, 'Move effort up').press('Enter')
  await expect.poll(() => names(panel)).toEqual(['severity', 'effort', 'reproducible'])
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Move effort up')
  await button(panel, 'Move effort up').press('Enter')
  // It is the first one now: the focus stays with it.
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Move effort down')
  await button(panel, 'Remove reproducible').click()
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Edit severity')
  await field(panel, 'Highest score').fill('10')
  await field(panel, 'Language of reasons and suggestions').fill('German')
  await expectAccessible(panel)
  await button(panel, 'Save criteria').click()
  await expect
    .poll(() => storedOf(panel))
    .toMatchObject({ criteria: [{ name: 'effort' }, { name: 'severity' }], score: { to: 10 }, language: 'German' })
  expect(panel.troubles).toEqual([])
  await panel.close()
})

test('a criterion is written from nothing; what is wrong is told at its field, also after a reload', async () => {
  const panel = await open()
  const { page } = panel
  await button(panel, 'Add a criterion').click()
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toMatch(/criteria-0-name$/)
  await button(panel, 'Save criteria').click()
  await page.getByText('it must not be empty').first().waitFor()
  await field(panel, 'Name').fill('Reasoning')
  await field(panel, 'Question').fill('Is it urgent?')
  // Only the server knows that an answer has a field of that name.
  await page.getByText('"Reasoning" cannot be the name of a criterion').waitFor()
  await field(panel, 'Name').fill('Urgency')
  await field(panel, 'From').fill('5')
  await page.getByText('it must be more than 5, where the scale begins').waitFor()
  await field(panel, 'To').fill('x')
  await page.getByText(/number is needed/).waitFor()
  await panel.reload()
  await expect.poll(() => field(panel, 'To').inputValue()).toBe('x')
  await field(panel, 'From').fill('0')
  await field(panel, 'To').fill('1')
  await button(panel, 'Add a meaning').click()
  await field(panel, 'Meaning').fill('no')
  await button(panel, 'Add a meaning').click()
  await field(panel, 'Meaning').nth(1).fill('yes')
  await button(panel, 'Add a meaning').click()
  await field(panel, 'Meaning').nth(2).fill('perhaps')
  await page.getByText('there are more bands than numbers').waitFor()
  await button(panel, 'Remove row 3').click()
  await page.getByText('there are more bands than numbers').waitFor({ state: 'detached' })
  await button(panel, 'Save criteria').click()
  const scale = { from: 0, to: 1, bands: ['no', 'yes'] }
  const saved = { name: 'Urgency', question: 'Is it urgent?', type: 'scale', scale }
  await expect.poll(() => storedOf(panel)).toMatchObject({ criteria: [saved], score: null, language: null })
  await panel.close()
})

test('what the server refuses is told at its field, which is opened and has the focus', async () => {
  const panel = await open()
  const { page } = panel
  await button(panel, 'Use these').click()
  await button(panel, 'Edit reproducible').click()
  await field(panel, 'Name').fill('SEVERITY')
  await button(panel, 'Edit effort').click()
  // Whether the preview has told it by now or the server does: the field is shown.
  await button(panel, 'Save criteria').click()
  await page.getByText('the name "SEVERITY" is already taken by criteria[0].name').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toMatch(/criteria-1-name$/)
  await expect.poll(() => storedOf(panel)).toMatchObject({ criteria: null })
  await panel.close()
})

test('choices have values or none, and eight criteria are all that there can be', async () => {
  const panel = await open()
  const { page } = panel
  await button(panel, 'Add a criterion').click()
  await field(panel, 'Name').fill('Mood')
  await field(panel, 'Question').fill('How is it?')
  await page.getByRole('combobox', { name: 'Answer' }).click()
  await page.getByRole('option', { name: 'One of several choices' }).click()
  await field(panel, 'Choice').nth(0).fill('good')
  await field(panel, 'Choice').nth(1).fill('bad')
  await page.getByText('No answer counts, so items get no score.').waitFor()
  await field(panel, 'Value').nth(0).fill('1')
  await page.getByText('its value is missing: either all choices have one, or none').waitFor()
  await field(panel, 'Value').nth(1).fill('2')
  await page.getByText('it may be at most 1').waitFor()
  await field(panel, 'Value').nth(1).fill('0')
  await page.getByText('good is 1, bad is 0').waitFor()
  for (let count = 2; count <= 8; count++) await button(panel, 'Add a criterion').click()
  await expect.poll(() => button(panel, 'Add a criterion').isDisabled()).toBe(true)
  await button(panel, 'Discard').click()
  await expect.poll(() => page.getByRole('list', { name: 'Criteria' }).getByRole('listitem').count()).toBe(0)
  await panel.close()
})

test('what another window saved is never overwritten unasked, and a text of one’s own for the scoring is told', async () => {
  const panel = await open()
  const { page, server } = panel
  await button(panel, 'Use these').click()
  await page.getByText('- "severity": a whole number from 1 to 5').waitFor()
  const real = { name: 'real', question: 'Is it so?', type: 'boolean' as const }
  await server.request('preferences/save', { criteria: [real] })
  await button(panel, 'Save criteria').click()
  await button(panel, 'Load theirs').click()
  await expect.poll(() => names(panel)).toEqual(['real'])
  await button(panel, 'Remove real').click()
  await button(panel, 'Save criteria').click()
  await expect.poll(() => storedOf(panel)).toMatchObject({ criteria: null })
  const prompts = await server.request('prompt/list')
  const text = prompts.ok
    ? (prompts.value.find(({ task, part }) => task === 'scoring' && part === 'system')?.text ?? '')
    : ''
  await server.request('prompt/save', { task: 'scoring', part: 'system', text: `${text}\nBe strict.` })
  await button(panel, 'Use these').click()
  await page
    .getByText(/it asks for interest and quality: leave it out/)
    .first()
    .waitFor()
  await panel.close()
})

test.each([
  ['dark', 320],
  ['light', 900],
  ['contrast', 1280],
] as const)('is drawn without an edge that is cut off: %s, %i', async (theme, width) => {
  const panel = await open({ theme, width })
  await button(panel, 'Use these').click()
  await button(panel, 'Edit severity').click()
  await field(panel, 'Meaning').first().waitFor()
  await expectAccessible(panel)
  await expect
    .poll(() => panel.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'))
    .toBe(true)
  if (process.env.LLM_PROVIDERS_PICTURES)
    await panel.page.screenshot({
      path: `${process.env.LLM_PROVIDERS_PICTURES}/criteria-${theme}-${width}.png`,
      fullPage: true,
    })
  await panel.close()
})

test('a gate is typed, refused where it says nothing, saved with the rest, and taken back', async () => {
  const panel = await open()
  const { page } = panel
  const gate = async () => (await storedOf(panel))?.gate
  await field(panel, 'Categorization: labels, at least').fill('50')
  await button(panel, 'Save criteria').click()
  await page.getByText('it is missing').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toMatch(/gate-categorization-accuracy$/)
  await field(panel, 'Categorization: accuracy, at least').fill('80')
  await page.getByText(/number is needed/).waitFor()
  await field(panel, 'Categorization: accuracy, at least').fill('80 %')
  await field(panel, 'Scoring: mean error, at most').fill('21')
  await page.getByText(/20/).and(page.locator('[id$=gate-scoring-error-problem]')).waitFor()
  await field(panel, 'Scoring: mean error, at most').fill('1,5')
  await expectAccessible(panel)
  await button(panel, 'Save criteria').click()
  await expect
    .poll(gate)
    .toEqual({ categorization: { accuracy: 0.8, labels: 50 }, scoring: { error: 1.5, labels: 30 } })
  await expect.poll(() => field(panel, 'Categorization: accuracy, at least').inputValue()).toBe('0.8')
  for (const name of ['Categorization: accuracy, at least', 'Categorization: labels, at least'])
    await field(panel, name).fill('')
  await button(panel, 'Save criteria').click()
  await expect.poll(gate).toEqual({ scoring: { error: 1.5, labels: 30 } })
  await panel.close()
})

test('answers are tried out, and the score is worked out as that of a run', async () => {
  const panel = await open()
  const { page } = panel
  const choose = async (name: string, option: string) => {
    await page.getByRole('combobox', { name, exact: true }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  await page.getByText('3.8 = 5 × 1 × (0.5 + 5 ÷ 20)').waitFor()
  await field(panel, 'Interest').fill('8')
  await choose('Weight of its category', 'Boost')
  await page.getByText('9.0 = 8 × 1.5 × (0.5 + 5 ÷ 20)').waitFor()
  await button(panel, 'Use these').click()
  await page.getByText('(3 × 0.5 severity + 1 × 1 reproducible').waitFor()
  await choose('reproducible', 'no')
  await field(panel, 'severity').fill('5')
  await page
    .getByText('20.0 = (3 × 1 severity + 1 × 0 reproducible + 0.5 × 1 effort) / 4.5 × 1.5 × 20, at most 20')
    .waitFor()
  await expectAccessible(panel)
  await field(panel, 'severity').fill('6')
  await page.getByText('(3 × 1 severity + 1 × 0 reproducible').waitFor({ state: 'detached' })
  await field(panel, 'severity').fill('5')
  await choose('Weight of a second category', 'Block')
  await page.getByText('0, as a category is blocked.').waitFor()
  expect(panel.troubles).toEqual([])
  await panel.close()
})
