import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ItemRequest } from '../../protocol/resultQueries.ts'
import type { Receipt, ResultRecord } from '../../protocol/results.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { decidedRecord, madeRecord, makeRuns } from '../support/webview/madeRuns.ts'
import { openResults, type Panel, type ResultsOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

/** More than the browser can place by pixels: the scroller is shorter than its rows. */
const many = 200_000
const first = '20261121t093000000z-made01'
const second = '20261121t093000000z-made02'
const damaged = '20261121t093000000z-made00'
const large = '20261121t093000000z-made03'
const decided = '20261121t093000000z-made04'

let browser: Browser
let built: BuiltPage
let server: TestServer
const folders = new StoreFolders()
const panels: Panel[] = []

beforeAll(async () => {
  const dataDir = await makeRuns(folders, [
    {
      ...{ runId: damaged, items: 20, lost: 3, record: (at) => madeRecord(damaged, at) },
      notes: { items: 7, first: [{ item: 'notes/a.md', message: 'its front matter is TOML, which is not supported' }] },
    },
    { runId: large, items: many, record: (at) => madeRecord(large, at) },
    { runId: first, items: 2_000, isKept: true, record: (at) => madeRecord(first, at) },
    {
      runId: second,
      items: 2_001,
      hint: { code: 'same_category', items: 1_980, of: 2_001, category: 'Software' },
      record: (at) =>
        madeRecord(second, at, {
          ...{ preview: `The text of the item ${at}.`, source: `notes/of/may/${at % 3}.md` },
          ...(at % 10 === 1 ? { categories: ['Science'], score: 3 } : {}),
        }),
    },
  ])
  ;[browser, built, server] = await Promise.all([launchBrowser(), servePage(), startTestServer({ dataDir })])
})
afterEach(closePanels)
/** Before a server of a test's own ends: what a page still asks of it would have nobody to answer. */
async function closePanels(): Promise<void> {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
}
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await server?.stop()
  await folders.dispose()
})

const readOut = { outputMode: 'readout', decision: { labelMass: 0.39, flips: 1 } } as const
const readOutReceipt = { ...decidedRecord(decided, 1).receipts.categorization, ...readOut } as Receipt

async function open(runId: string | null, options: Partial<ResultsOptions> = {}): Promise<Panel> {
  const panel = await openResults(browser, built, { server, at: runId === null ? null : { runId }, ...options })
  panels.push(panel)
  return panel
}

const gridOf = ({ page }: Panel) => page.getByRole('grid', { name: 'Results of items.jsonl' })
const rowOf = (panel: Panel, id: string) =>
  gridOf(panel)
    .getByRole('row')
    .filter({ has: panel.page.getByText(id, { exact: true }) })

/** The menu of a column, opened by its head; Escape closes it. */
async function openMenu(panel: Panel, heading: string): Promise<void> {
  await gridOf(panel)
    .getByRole('button', { name: new RegExp(`^Menu of ${heading}\\b`) })
    .click()
  await panel.page.getByRole('dialog', { name: heading, exact: true }).waitFor()
}

async function filterBy(panel: Panel, heading: string, box: string | RegExp): Promise<void> {
  await openMenu(panel, heading)
  await panel.page.getByRole('checkbox', { name: box }).click()
  await panel.page.keyboard.press('Escape')
}

const fieldOf = ({ page }: Panel, name: string) => page.getByRole('textbox', { name })

async function pick(panel: Panel, entry: string): Promise<void> {
  await panel.page.getByRole('button', { name: /^More/ }).click()
  await panel.page.getByRole('menuitem', { name: entry, exact: true }).click()
}

test('each item is shown with its first words, and with its file where there are several', async () => {
  const panel = await open(second, { width: 320 })
  await rowOf(panel, 'item-4').waitFor()
  const headings = () => gridOf(panel).getByRole('columnheader').allTextContents()
  await expect.poll(async () => (await headings()).slice(0, 3)).toEqual(['Item', 'Source', 'Status'])
  const cells = rowOf(panel, 'item-4').getByRole('gridcell')
  await expect
    .poll(async () => (await cells.allInnerTexts()).slice(0, 2).map((text) => text.split(/\s*\n\s*/)))
    .toEqual([['The text of the item 4.', 'item-4'], ['may/1.md']])
  // Both are in sight beside each other where there is room for little else, the id small.
  const [words, id] = [cells.nth(0).getByText('The text of'), cells.nth(0).getByText('item-4', { exact: true })]
  await expect.poll(async () => (await words.boundingBox())?.x).toBeLessThan(40)
  await expect.poll(async () => (await id.boundingBox())?.x).toBeLessThan(240)
  const sizeOf = (shown: Locator) => shown.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize))
  await expect.poll(async () => (await sizeOf(id)) < (await sizeOf(words))).toBe(true)
  await cells.nth(0).getByTitle('The text of the item 4.').waitFor()
  await rowOf(panel, 'item-4').click()
  const detail = panel.page.getByRole('region', { name: 'The item item-4' })
  await detail.getByText('notes/of/may/1.md').waitFor()
  await expectAccessible(panel)
})

test('results of earlier versions over one file have no empty columns', async () => {
  const panel = await open(first)
  await rowOf(panel, 'item-4').waitFor()
  const headings = gridOf(panel).getByRole('columnheader')
  await expect.poll(async () => (await headings.allTextContents()).slice(0, 2)).toEqual(['Item', 'Status'])
})

test('what a run has lost, and what of its source is not judged, is told on every side of it, with a button for each way back', async () => {
  const asked: [string, unknown][] = []
  const why = 'The disk is full.'
  const note = (name: string, answer: unknown) => (args: unknown) => {
    asked.push([name, args])
    return answer
  }
  const panel = await open(damaged, {
    commands: { resumeRun: note('resumeRun', null), writeResultsFile: note('writeResultsFile', why) },
  })
  const { page } = panel
  const noticeOf = (text: string) => page.getByRole('status').filter({ hasText: text })
  await noticeOf('3 results are lost').getByRole('button', { name: 'Resume' }).click()
  await noticeOf('The results file no longer exists.').getByRole('button', { name: 'Write again' }).click()
  await page.getByRole('alert').filter({ hasText: why }).waitFor()
  expect(asked).toEqual([
    ['resumeRun', { runId: damaged }],
    ['writeResultsFile', { runId: damaged }],
  ])
  await page.getByText('There are notes on 7 items:').click()
  const notes = noticeOf('There are notes on 7 items:').getByRole('listitem')
  await expect
    .poll(() => notes.allTextContents())
    .toEqual(['notes/a.md: its front matter is TOML, which is not supported', 'and 6 more'])
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Figures' }).click()
  await noticeOf('3 results are lost').waitFor()
})

describe('a table of 200,000 results', () => {
  test('is there at once, and its middle and end by scrolling', async () => {
    const began = performance.now()
    const panel = await open(large)
    const grid = gridOf(panel)
    // The first who asks waits until the journal was read.
    await rowOf(panel, 'item-0').waitFor()
    const opened = performance.now()
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe(String(many + 1))
    await grid.evaluate((element) => {
      element.scrollTop = element.scrollHeight / 2
    })
    await grid
      .getByText(/^item-(99|100)\d{3}$/)
      .first()
      .waitFor()
    const middle = performance.now()
    const before = await firstSeen(panel)
    // A small step is one of pixels, not of thousands of rows.
    await grid.evaluate((element) => {
      element.scrollTop += 260
    })
    await expect.poll(() => firstSeen(panel)).toBe(before + 10)
    await grid.evaluate((element) => {
      element.scrollTop = element.scrollHeight
    })
    await rowOf(panel, `item-${many - 1}`).waitFor()
    console.log(
      `200,000 results: shown after ${Math.round(opened - began)} ms, their middle ${Math.round(middle - opened)} ms later`,
    )
    // Only what is seen is in the page.
    await expect.poll(() => grid.getByRole('row').count()).toBeLessThan(80)
  })

  test('is gone through by keys, with the focus in one place', async () => {
    const panel = await open(large)
    const grid = gridOf(panel)
    await rowOf(panel, 'item-0').waitFor()
    await grid.focus()
    const active = async () => {
      const id = await grid.getAttribute('aria-activedescendant')
      return await panel.page.locator(`[id="${id}"]`).getAttribute('aria-rowindex')
    }
    await expect.poll(active).toBe('2')
    await grid.press('ArrowDown')
    await expect.poll(active).toBe('3')
    await grid.press('PageDown')
    await expect.poll(async () => Number(await active())).toBeGreaterThan(8)
    await grid.press('End')
    await rowOf(panel, `item-${many - 1}`).waitFor()
    await expect.poll(active).toBe(String(many + 1))
    await grid.press('ArrowUp')
    await expect.poll(active).toBe(String(many))
    await grid.press('Home')
    await expect.poll(active).toBe('2')
    await rowOf(panel, 'item-0').waitFor()
    await expect.poll(() => panel.page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('grid')
  })

  test('is sorted, filtered and searched as a whole', async () => {
    const panel = await open(large)
    const { page } = panel
    const grid = gridOf(panel)
    await rowOf(panel, 'item-0').waitFor()
    await grid.getByRole('button', { name: 'Score', exact: true }).click()
    await rowOf(panel, 'item-200').waitFor()
    await expect
      .poll(() => page.getByRole('columnheader', { name: 'Score' }).getAttribute('aria-sort'))
      .toBe('descending')
    await filterBy(panel, 'Status', 'failed')
    await page.getByText('2,061 results match the filter.').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByText('200,000 results', { exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('number 199998,')
    await page.getByText('1 result matches the filter.').waitFor()
    await rowOf(panel, 'item-199998').waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('')
    await openMenu(panel, 'Score')
    await fieldOf(panel, 'Score from').fill('19,9')
    await fieldOf(panel, 'Score to').fill('21')
    await page.getByText('A score is from 0 to 20.').waitFor()
    await fieldOf(panel, 'Score to').fill('20')
    await page.keyboard.press('Escape')
    await filterBy(panel, 'Categories', /^Science \(/)
    await page.getByRole('button', { name: 'Remove the filter: Category: Science' }).waitFor()
    await expect.poll(() => page.getByText(/results match the filter/).textContent()).toMatch(/^\d{3} results/)
    await panel.reload()
    await expect.poll(() => page.getByText(/results match the filter/).textContent()).toMatch(/^\d{3} results/)
  })
})

/** The first row that is wholly seen. */
async function firstSeen(panel: Panel): Promise<number> {
  return (await gridOf(panel).evaluate((element) => {
    const { top } = element.getBoundingClientRect()
    const rows = [...element.querySelectorAll('.grid-rows [role=row]')]
    const seen = rows.find((row) => row.getBoundingClientRect().top >= top + 26 - 1)
    return Number(seen?.getAttribute('aria-rowindex'))
  })) as number
}

describe('a decision', () => {
  let decider: TestServer
  beforeAll(async () => {
    const record = (at: number) => decidedRecord(decided, at, decidedChanges[at])
    decider = await startTestServer({ dataDir: await makeRuns(folders, [{ runId: decided, items: 4, record }]) })
  })
  afterAll(() => decider?.stop())

  async function makeDefault({ origin }: FakeModelServer): Promise<void> {
    const model = { provider: 'local', model: 'fake-model' }
    const config = { base_url: `${origin}/v1` }
    await decider.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
    await decider.request('model/save', { ...model, type: 'generation' })
    await decider.request('model/setDefault', model)
  }

  /** A sure one, one that was read out, and one of a model that only talks. */
  const decidedChanges: Partial<ResultRecord>[] = [
    {},
    { confidence: 0.93, receipts: { categorization: readOutReceipt } },
    { confidence: 0.6, probabilities: null, reasoning: 'It talks.', receipts: {} },
    { confidence: null, probabilities: null, categories: null },
  ]

  test('shows its probabilities, how it was asked, and has another model explain it', async () => {
    const panel = await open(decided, { server: decider })
    const { page } = panel
    await rowOf(panel, 'item-0').click()
    const detail = page.getByRole('region', { name: 'The item item-0' })
    const shares = detail.getByRole('list', { name: 'Probabilities' }).getByRole('listitem')
    await expect
      .poll(async () => (await shares.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')))
      .toEqual(['Software 52 %', 'Technology 31 %', 'Science 12 %', 'Adverts 4 %'])
    await detail.getByText('Why this model? Categorization: nimble').click()
    for (const text of [
      'decisions (System One)',
      'nimble:9b-v3',
      'category 0.41',
      '2 %, 3 %, 10 %, 60 %, 25 %',
      '412, 0',
      'The server’s own confidence, by its own formula',
    ]) {
      await detail.getByText(text, { exact: true }).first().waitFor()
    }
    await expectAccessible(panel)
    await detail.getByText('A decision model gives no reasons.').waitFor()
    await detail.getByRole('button', { name: 'Explain …' }).click()
    // Nothing is the default in this world: what is missing is told.
    await detail
      .getByText('No model is the default for generation: make one of the registered models the default.')
      .waitFor()
    const models = await startFakeModelServer({ decide: () => ({ kind: 'text', text: 'It <b>names</b> a compiler.' }) })
    try {
      await makeDefault(models)
      await detail.getByRole('button', { name: 'Explain …' }).click()
      const told = detail.getByText('The item (23 characters), its verdict and what the profile says of it go to')
      await told.waitFor()
      expect(models.chats).toEqual([])
      await detail.getByRole('button', { name: 'Ask fake-model' }).click()
      await detail.getByText('It <b>names</b> a compiler.').waitFor()
      await detail.getByText('a guess by another model, not what led to the verdict').waitFor()
      await expectAccessible(panel)
    } finally {
      await models.close()
    }
  })

  test('that was read out says that it is not calibrated, and a small label mass what it means', async () => {
    const panel = await open(decided, { server: decider })
    await rowOf(panel, 'item-1').click()
    const detail = panel.page.getByRole('region', { name: 'The item item-1' })
    await detail.getByText('A read-out gives no reasons.').waitFor()
    await detail.getByText('Why this model? Categorization: nimble').click()
    await detail.getByText('read-out, not calibrated').waitFor()
    await detail.getByText('39 %: low, the model may not understand the question').waitFor()
  })

  test('is found where the model was not sure', async () => {
    const panel = await open(decided, { server: decider })
    const { page } = panel
    await rowOf(panel, 'item-0').waitFor()
    await openMenu(panel, 'Confidence')
    const below = fieldOf(panel, 'Confidence below')
    await below.fill('0.6')
    await page.getByText('1 result matches the filter.').waitFor()
    await rowOf(panel, 'item-0').waitFor()
    await below.fill('94 %')
    await page.getByText('3 results match the filter.').waitFor()
    await below.fill('94')
    await page.getByText('A confidence is from 0 to 1, or in percent.').waitFor()
    await page.getByText('4 results', { exact: true }).waitFor()
  })
})

describe('one result', () => {
  test('is told in full, and opened where it stands', async () => {
    const asked: unknown[] = []
    const panel = await open(first, { commands: { openItem: (item: unknown) => void asked.push(item) } })
    const { page } = panel
    await rowOf(panel, 'item-0').click()
    const detail = page.getByRole('region', { name: 'The item item-0' })
    await detail.getByText('It is number 0, and that is all there is to say of it.').waitFor()
    await detail.getByText('Compilers (under Software)').waitFor()
    await detail.getByText('Why this model? Categorization: fake-model').click()
    await detail.getByText('the route of the task').first().waitFor()
    await detail.getByRole('button', { name: 'Open at its line' }).click()
    await expect.poll(() => asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ runId: first, id: 'item-0' })
    await gridOf(panel).focus()
    await gridOf(panel).press('ArrowDown')
    await page.getByRole('region', { name: 'The item item-1' }).waitFor()
    await gridOf(panel).press('Escape')
    await expect.poll(() => page.getByRole('region', { name: 'The item item-1' }).count()).toBe(0)
  })

  test('that a person has corrected says so, and what the model had said', async () => {
    const panel = await open(first)
    const { page } = panel
    await rowOf(panel, 'item-0').waitFor()
    await filterBy(panel, 'Status', 'corrected by a person')
    await page.getByText('2 results match the filter.').waitFor()
    const row = rowOf(panel, 'item-999')
    // The mark comes first, where a narrow column does not cut it off; the score has changed by the category.
    for (const [told, name] of [
      ['Science', '✎ Science by a person'],
      ['20.0', '✎ 20.0 by a person'],
    ]) {
      const cell = row.getByTitle(`${told} (by a person)`)
      await expect.poll(() => cell.textContent()).toBe(name)
      await row.getByRole('gridcell', { name: `${told} by a person` }).waitFor()
    }
    await expect.poll(() => row.getByText('✎').count()).toBe(2)
    await row.click()
    await page.getByText(/Corrected by a person, .*The model said: Technology; score 19\.5\./).waitFor()
  })

  test('that has failed tells why; one that cannot be opened, too', async () => {
    const panel = await open(first, { commands: { openItem: () => 'items.jsonl: this item is no longer in it.' } })
    const { page } = panel
    await rowOf(panel, 'item-0').waitFor()
    await filterBy(panel, 'Status', 'failed')
    await rowOf(panel, 'item-96').click()
    const detail = page.getByRole('region', { name: 'The item item-96' })
    await detail.getByText('There was no answer in time.').waitFor()
    await detail.getByRole('button', { name: 'Open at its line' }).click()
    await detail.getByText('this item is no longer in it').waitFor()
  })
})

describe('a correction', () => {
  /** As the editor carries them out, in the folder of the run. */
  function editor(): NonNullable<ResultsOptions['commands']> {
    const workspaceFolder = server.dataDir
    return {
      saveCorrection: async (label: Params<'label/save'>['label']) =>
        sentenceOf(await server.request('label/save', { workspaceFolder, label })),
      removeCorrection: async ({ inputHash }: ItemRequest) =>
        sentenceOf(await server.request('label/remove', { workspaceFolder, inputHash })),
    }
  }
  const sentenceOf = (outcome: Outcome<unknown>) => (outcome.ok ? null : outcome.reason.message)

  test('is made by keys, shown at once, found again where it has moved to, and taken back', async () => {
    const panel = await open(first, { commands: editor() })
    const { page } = panel
    const grid = gridOf(panel)
    await rowOf(panel, 'item-0').waitFor()
    await openMenu(panel, 'Score')
    await fieldOf(panel, 'Score to').fill('0')
    await page.keyboard.press('Escape')
    await page.getByText(/^\d+ results match the filter/).waitFor()
    await grid.focus()
    await grid.press('F2')
    const form = page.getByRole('form', { name: 'Correction of item-0' })
    await form.getByText('As the model said: Software').waitFor()
    await expect.poll(() => page.evaluate(`document.activeElement.closest('form') !== null`)).toBe(true)
    await form.getByRole('checkbox', { name: 'Science', exact: true }).focus()
    await page.keyboard.press('Space')
    await form.getByText('Corrected: Software, Science').waitFor()
    await form.getByRole('combobox', { name: 'Interest' }).focus()
    await page.keyboard.press('ArrowDown')
    await form.getByRole('combobox', { name: 'Quality' }).focus()
    await page.keyboard.press('ArrowDown')
    await expectAccessible(panel)
    await page.keyboard.press('Control+Enter')
    await form.waitFor({ state: 'detached' })
    // Its score is 10 now: the filter leaves it out, and it is told all the same.
    const detail = page.getByRole('region', { name: 'The item item-0' })
    await detail.getByText('The filter hides this item from the table.').waitFor()
    await detail.getByText(/Corrected by a person.*The model said: Software; score 0\.0\./).waitFor()
    await expect.poll(() => page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('grid')
    await page.getByRole('button', { name: 'Show all' }).click()
    await filterBy(panel, 'Status', 'corrected by a person')
    await rowOf(panel, 'item-0').getByRole('gridcell', { name: 'Software, Science by a person' }).waitFor()
    await rowOf(panel, 'item-0').getByRole('gridcell', { name: '10 by a person' }).first().waitFor()
    await rowOf(panel, 'item-0').click()
    await detail.getByRole('button', { name: 'Correct …' }).click()
    await form.getByRole('button', { name: 'Remove the correction' }).click()
    await form.waitFor({ state: 'detached' })
    await detail.getByText('Corrected by a person').waitFor({ state: 'detached' })
    await page.getByText('2 results match the filter.').waitFor()
  })

  test('that says nothing, or too much, or can not be kept, is told', async () => {
    const panel = await open(first, { commands: { ...editor(), saveCorrection: () => 'The disk is full.' } })
    const { page } = panel
    await rowOf(panel, 'item-1').click()
    await page.getByRole('button', { name: 'Correct …' }).click()
    const form = page.getByRole('form', { name: 'Correction of item-1' })
    await form.getByRole('button', { name: 'Save the correction' }).click()
    await form.getByText('Choose something first').waitFor()
    await form.getByRole('checkbox', { name: 'Software (Technology)' }).click()
    await form.getByText('Corrected: Adverts, Software').waitFor()
    await form.getByRole('button', { name: 'Leave it to the model' }).click()
    await form.getByText('As the model said: Adverts').waitFor()
    await form.getByRole('checkbox', { name: 'Science', exact: true }).click()
    await form.getByRole('button', { name: 'Save the correction' }).click()
    await form.getByText('The disk is full.').waitFor()
    await form.getByRole('button', { name: 'Cancel' }).press('Escape')
    await form.waitFor({ state: 'detached' })
  })

  test('is not offered where it can not be kept, which is explained', async () => {
    const panel = await open(first, { commands: { whyNotCorrected: () => 'Open the folder first.' } })
    await rowOf(panel, 'item-1').click()
    await panel.page.getByRole('button', { name: 'Correct …' }).click()
    await panel.page.getByText('Open the folder first.').waitFor()
    await expect.poll(() => panel.page.getByRole('form').count()).toBe(0)
  })
})

test('a row that could not be read has nothing to correct, which is told before a form is filled in', async () => {
  const error = { code: 'row_invalid', message: 'Line 2: it is not JSON.' }
  const unjudged = { categories: null, confidence: null, interest: null, quality: null, score: null, receipts: {} }
  const dataDir = await makeRuns(folders, [
    {
      runId: first,
      items: 2,
      record: (at) => madeRecord(first, at, at === 1 ? { ...unjudged, status: 'failed', reasoning: null, error } : {}),
    },
  ])
  const own = await startTestServer({ dataDir })
  try {
    const panel = await open(first, { server: own })
    await rowOf(panel, 'item-1').click()
    await gridOf(panel).press('F2')
    await panel.page.getByText(/No text of this item could be read, so there is nothing to correct/).waitFor()
    await expect.poll(() => panel.page.getByRole('form').count()).toBe(0)
    await rowOf(panel, 'item-0').click()
    await gridOf(panel).press('F2')
    await panel.page.getByRole('form', { name: 'Correction of item-0' }).waitFor()
  } finally {
    await closePanels()
    await own.stop()
  }
})

test('an item that somebody wants to see is shown, wherever it stands', async () => {
  const { id, inputHash } = madeRecord(large, 123_456)
  const panel = await open(null)
  panel.bridge.open({ runId: large, item: { id, inputHash } } as never)
  await panel.page.getByRole('region', { name: 'The item item-123456' }).waitFor()
  await rowOf(panel, 'item-123456').waitFor()
  await expect.poll(() => rowOf(panel, 'item-123456').getAttribute('aria-selected')).toBe('true')
  panel.bridge.open({ runId: large, item: { id, inputHash: 'a'.repeat(64) } } as never)
  await panel.page.getByText('The run has no such result.').waitFor()
})

test('a run whose verdicts are nearly all alike says so above them, with what helps', async () => {
  const asked: unknown[] = []
  const panel = await open(second, { commands: { actOnHint: (wanted: unknown) => void asked.push(wanted) } })
  await panel.page.getByText('1,980 of 2,001 items got the category "Software": the model may not').waitFor()
  await panel.page.getByRole('button', { name: 'Choose a larger model' }).click()
  await expect.poll(() => asked).toEqual([{ runId: second, action: 'chooseModel' }])
  await expectAccessible(panel)
})

test('front matter is offered for notes, and elsewhere its absence is explained', async () => {
  const panel = await open(first)
  await pick(panel, 'About this run')
  await panel.page.getByText('none: no Markdown notes were judged').waitFor()
  await expect.poll(() => panel.page.getByRole('menuitem', { name: 'Front matter of notes …' }).count()).toBe(0)
  const dataDir = await makeRuns(
    folders,
    [{ runId: second, items: 1, record: (at) => madeRecord(second, at) }],
    'plan.md',
  )
  const own = await startTestServer({ dataDir })
  try {
    const asked: unknown[] = []
    const notes = await open(second, {
      server: own,
      commands: { showFrontMatter: (run: unknown) => void asked.push(run) },
    })
    await notes.page.getByText('item-0', { exact: true }).waitFor()
    await pick(notes, 'Front matter of notes …')
    await expect.poll(() => asked).toEqual([{ runId: second }])
  } finally {
    await closePanels()
    await own.stop()
  }
})

test('what is filtered and sorted is what is exported', async () => {
  const asked: unknown[] = []
  const panel = await open(first, { commands: { exportResults: (wanted: unknown) => void asked.push(wanted) } })
  const { page } = panel
  await rowOf(panel, 'item-0').waitFor()
  await filterBy(panel, 'Status', 'failed')
  await gridOf(panel).getByRole('button', { name: 'Item', exact: true }).click()
  await page.getByText('20 results match the filter.').waitFor()
  await pick(panel, 'Export as Markdown report …')
  await expect
    .poll(() => asked)
    .toEqual([
      {
        ...{ runId: first, format: 'markdown', filter: { status: ['failed'] } },
        sort: { by: 'id', descending: false },
      },
    ])
})

test('every format is exported to, by mouse and by keys, and what fails is told', async () => {
  const asked: { format: string }[] = []
  const exportResults = (wanted: { format: string }) => {
    asked.push(wanted)
    return wanted.format === 'sarif' ? 'The disk is full.' : null
  }
  const panel = await open(first, { commands: { exportResults } })
  const { page } = panel
  await rowOf(panel, 'item-0').waitFor()
  for (const name of ['Markdown report', 'JSON', 'CSV', 'JSON Lines']) await pick(panel, `Export as ${name} …`)
  const menu = page.getByRole('button', { name: /^More/ })
  await menu.press('Enter')
  await expectAccessible(panel)
  const formats = page.getByRole('menuitem', { name: /^Export/ })
  await expect.poll(() => formats.first().evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Escape')
  await expect.poll(() => formats.count()).toBe(0)
  await expect.poll(() => menu.evaluate((element) => element === document.activeElement)).toBe(true)
  // The browser tells that a popover has closed in a later task; a press before that would close the menu once more.
  await expect.poll(() => menu.getAttribute('aria-expanded')).toBe('false')
  await menu.press('Enter')
  await expect.poll(() => formats.first().evaluate((element) => element === document.activeElement)).toBe(true)
  for (const _ of ['CSV', 'JSON', 'SARIF']) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'The disk is full.' }).waitFor()
  expect(asked.map(({ format }) => format)).toEqual(['markdown', 'json', 'csv', 'jsonl', 'sarif'])
})

test('the menu also writes a copy of the source table with the results, and leads to the categories', async () => {
  const asked: unknown[] = []
  const note = (name: string) => (wanted: object) => {
    asked.push({ name, ...wanted })
    return null
  }
  const commands = {
    exportResults: note('export'),
    changeCategories: note('categories'),
    learnModel: note('learn'),
  }
  const panel = await open(first, { commands })
  await rowOf(panel, 'item-0').waitFor()
  await filterBy(panel, 'Status', 'failed')
  await panel.page.getByText('20 results match the filter.').waitFor()
  await pick(panel, 'With the source table (CSV) …')
  await pick(panel, 'Change categories …')
  await pick(panel, 'Learn a model from these results …')
  await expect
    .poll(() => asked)
    .toEqual([
      { name: 'export', runId: first, format: 'csv', withSource: true, filter: { status: ['failed'] } },
      { name: 'categories', runId: first },
      { name: 'learn', runId: first },
    ])
})

test('a question may be asked about what is shown, about one item and about a category', async () => {
  const asked: unknown[] = []
  const why = 'The run is not there any more.'
  const panel = await open(first, {
    commands: { askAbout: (about: unknown) => (asked.push(about) === 4 ? why : null) },
  })
  const { page } = panel
  await rowOf(panel, 'item-4').waitFor()
  await page.getByRole('button', { name: 'Ask about these', exact: true }).click()
  await expect.poll(() => asked).toEqual([{ runId: first }])
  await filterBy(panel, 'Status', 'failed')
  await page.getByText('20 results match the filter.').waitFor()
  await page.getByRole('button', { name: 'Ask about these', exact: true }).click()
  await expect.poll(() => asked.at(-1)).toEqual({ runId: first, filter: { status: ['failed'] } })
  await rowOf(panel, 'item-96').click()
  await page.getByRole('region', { name: 'The item item-96' }).getByRole('button', { name: 'Ask about this' }).click()
  await expect.poll(() => asked.at(-1)).toMatchObject({ runId: first, filter: { only: [{ id: 'item-96' }] } })
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByRole('button', { name: 'Figures' }).click()
  await page.getByText('Categories in figures').click()
  await page.getByRole('button', { name: 'Ask about these: Science', exact: true }).click()
  await expect.poll(() => asked.at(-1)).toEqual({ runId: first, filter: { categories: ['Science'] } })
  await page.getByRole('alert').filter({ hasText: why }).waitFor()
})

test('figures follow the filter, and a bar leads to its items', async () => {
  const panel = await open(first)
  const { page } = panel
  await page.getByRole('button', { name: 'Figures' }).click()
  await page.getByRole('img', { name: /^Scores: items by Score/ }).waitFor()
  await page.getByText('240 ms').first().waitFor()
  await page.getByText('Categories in figures').click()
  const table = page.getByRole('table', { name: 'Categories' })
  await table.getByRole('row', { name: /Science/ }).waitFor()
  await page.getByText('Status in figures').click()
  await page.getByRole('button', { name: 'Show the items: failed' }).click()
  await page.getByText('20 results match the filter.').waitFor()
  await page.getByRole('button', { name: 'Figures' }).click()
  await page.getByRole('img', { name: /^Status/ }).waitFor()
  await expect.poll(() => page.getByRole('img', { name: /^Scores/ }).count()).toBe(0)
})

test('a bar of a category leads to its items and to a question about them, by mouse and by keys', async () => {
  const asked: unknown[] = []
  const why = 'The run is not there any more.'
  const panel = await open(first, {
    commands: { askAbout: (about: unknown) => (asked.push(about) === 2 ? why : null) },
  })
  const { page } = panel
  await page.getByRole('button', { name: 'Figures' }).click()
  const bars = page.getByRole('group', { name: /^Categories: items by Category/ })
  const science = bars.getByRole('button', { name: /^Science: \d+ items$/ })
  await science.waitFor()
  // The pointer works on the drawing, where the bar is.
  const chart = page.getByRole('img', { name: /^Categories/ })
  await expect.poll(async () => (await science.boundingBox())?.width ?? 0).toBeGreaterThan(10)
  const [bar, drawing] = [await science.boundingBox(), await chart.boundingBox()]
  if (!bar || !drawing) throw new Error('There is no chart')
  await chart.click({ position: { x: bar.x - drawing.x + bar.width / 2, y: bar.y - drawing.y + bar.height - 4 } })
  await expectAccessible(panel)
  await page.getByRole('menuitem', { name: 'Ask about these' }).click()
  await expect.poll(() => asked).toEqual([{ runId: first, filter: { categories: ['Science'] } }])

  const focused = () =>
    page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent')
  await bars.getByRole('button').first().focus()
  const firstBar = String(await focused())
  await page.keyboard.press('ArrowRight')
  await expect.poll(focused).not.toBe(firstBar)
  await page.keyboard.press('Home')
  await expect.poll(focused).toBe(firstBar)
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Show the items' }).waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(focused).toBe(firstBar)
  await science.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: why }).waitFor()
  await science.focus()
  const shots = process.env.LLM_PROVIDERS_SHOTS
  if (shots) await page.screenshot({ path: `${shots}/bars.png`, fullPage: true })
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove the filter: Category: Science' }).waitFor()
})

describe('revisions', () => {
  test('are listed and compared: changes, and who became what', async () => {
    const panel = await open(second)
    const { page } = panel
    await page.getByRole('button', { name: 'Revisions' }).click()
    await page.getByRole('table', { name: 'Revisions of these results' }).waitFor()
    const changes = page.getByRole('grid', { name: 'Changed items' })
    await changes.getByText('item-1', { exact: true }).waitFor()
    await page.getByRole('checkbox', { name: /^new \(1\)/ }).click()
    await page.getByText('1 changed item', { exact: true }).waitFor()
    await changes.getByText('item-2000').click()
    await page.getByText('It was not there.').waitFor()
    // What is new is in no cell: it was nothing before.
    await page.getByText('Table and chart are of the items that the filter finds: 0.').waitFor()
    await page.getByRole('checkbox', { name: /^new \(1\)/ }).click()
    const cross = page.getByRole('table', { name: /first category/ })
    await cross.getByRole('row', { name: /^Adverts/ }).waitFor()
    await cross
      .getByText(/^\[\d+\]/)
      .first()
      .waitFor()
    await page.getByRole('img', { name: /how far their score has shifted/ }).waitFor()
  })

  test('are narrowed by the category before and after, also from a cell of the table', async () => {
    const panel = await open(second)
    const { page } = panel
    await page.getByRole('button', { name: 'Revisions' }).click()
    const changes = page.getByRole('grid', { name: 'Changed items' })
    await changes.getByText('item-1', { exact: true }).waitFor()
    const cross = page.getByRole('table', { name: /first category/ })
    await cross.getByRole('button', { name: '99. Show the items: Adverts → Science' }).click()
    await page.getByText('99 changed items', { exact: true }).waitFor()
    await page.getByText('First category before: Adverts').waitFor()
    await page.getByText('First category after: Science').click()
    await expect.poll(() => cross.getByRole('row').count()).toBe(3)
    await page.getByText('Table and chart are of the items that the filter finds: 99.').waitFor()
    await page
      .getByRole('group', { name: 'First category after' })
      .getByRole('checkbox', { name: /^Science/ })
      .click()
    await expect.poll(() => page.getByText('99 changed items', { exact: true }).count()).toBe(1)
    await page.getByRole('checkbox', { name: /^new \(1\)/ }).click()
    await page.getByText('No item has changed in this way.').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => cross.getByRole('row').count()).toBeGreaterThan(3)
  })

  test('of a hundred and more are all reached, by pages and by words, and compared', async () => {
    const idOf = (at: number) => `20261121t093000000z-old${String(at).padStart(3, '0')}`
    const dataDir = await makeRuns(
      folders,
      Array.from({ length: 120 }, (_, at) => ({
        ...{ runId: idOf(at), items: 2, isKept: at === 5 },
        record: (item: number) => madeRecord(idOf(at), item, at === 0 ? { categories: ['Science'] } : {}),
      })),
    )
    const own = await startTestServer({ dataDir })
    try {
      const panel = await open(idOf(119), { server: own })
      const { page } = panel
      await page.getByRole('button', { name: 'Revisions' }).click()
      const table = page.getByRole('table', { name: 'Revisions of these results' })
      await table.getByRole('button', { name: 'Keep this one: revision 120' }).waitFor()
      await page.getByRole('button', { name: 'Older revisions' }).click()
      await page.getByRole('button', { name: 'Older revisions' }).click()
      await table.getByRole('button', { name: 'Show it: revision 1', exact: true }).waitFor()
      await page.getByRole('button', { name: 'Newer revisions' }).click()
      await table.getByRole('button', { name: 'Show it: revision 70' }).waitFor()
      await page.getByRole('textbox', { name: 'Find a revision' }).fill('2')
      await table.getByRole('button', { name: 'Show it: revision 2', exact: true }).waitFor()
      await page.getByRole('textbox', { name: 'Find a revision' }).fill('old000')
      await table.getByRole('button', { name: 'Show it: revision 1', exact: true }).waitFor()
      await expect.poll(() => table.getByRole('row').count()).toBe(2)
      await page.getByRole('combobox', { name: 'From' }).click()
      await page.getByRole('option', { name: /^Revision 1: .*fake-1$/ }).click()
      // Of what is not listed, what was chosen stays.
      await page.getByRole('textbox', { name: 'Find a revision' }).fill('nothing like it')
      await page.getByText('No revision matches.').waitFor()
      await page
        .getByRole('table', { name: /first category/ })
        .getByRole('row', { name: /^Science/ })
        .first()
        .waitFor()
    } finally {
      await closePanels()
      await own.stop()
    }
  })

  test('another one is kept, and that is undone', async () => {
    const panel = await open(second)
    const { page } = panel
    await page.getByRole('button', { name: 'Revisions' }).click()
    await page.getByRole('button', { name: 'Keep this one: revision 3' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('revision 3, not kept').waitFor()
    // What is chosen is told as the list tells it, whatever changes there.
    const to = page.getByRole('combobox', { name: 'To' }).locator('.selected-value')
    await expect.poll(() => to.textContent()).toMatch(/^\s*Revision 3: /)
    await page.getByRole('button', { name: 'Keep this one: revision 3' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep this one' }).click()
    await page.getByText('revision 3, kept', { exact: true }).waitFor()
    await expect.poll(() => to.textContent()).toMatch(/^\s*Revision 3, kept: /)
    await page.getByRole('button', { name: 'Undo: go back to the previous one' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click()
    await page.getByText('revision 3, not kept').waitFor()
    await expect.poll(() => to.textContent()).toMatch(/^\s*Revision 3: /)
  })
})

test('a table of a few rows is as high as its rows, one of many as there is room', async () => {
  const dataDir = await makeRuns(folders, [{ runId: first, items: 3, record: (at) => madeRecord(first, at) }])
  const own = await startTestServer({ dataDir })
  const heightOf = async (panel: Panel) => (await gridOf(panel).boundingBox())?.height ?? 0
  try {
    const few = await open(first, { server: own, height: 900 })
    await rowOf(few, 'item-2').waitFor()
    await expect.poll(() => heightOf(few)).toBeLessThan(5 * 28)
    const full = await open(second, { height: 900 })
    await rowOf(full, 'item-3').waitFor()
    await expect.poll(() => heightOf(full)).toBeGreaterThan(700)
    await expect.poll(() => full.page.evaluate('document.documentElement.scrollHeight')).toBe(900)
  } finally {
    await closePanels()
    await own.stop()
  }
})

test('charts of a few items count whole items and name every category', async () => {
  const categories = [
    'Artificial Intelligence',
    'Programming Languages',
    'Security and Privacy',
    'Public Administration',
  ]
  const all = [...categories, 'Environment and Climate', 'Health and Medicine']
  const dataDir = await makeRuns(folders, [
    { runId: first, items: 6, record: (at) => madeRecord(first, at, { categories: [all[at] as string] }) },
  ])
  const own = await startTestServer({ dataDir })
  try {
    const panel = await open(first, { server: own, width: 1500 })
    await rowOf(panel, 'item-0').waitFor()
    // What is drawn is in no element: whoever draws is listened to.
    await panel.page.evaluate(`{
      globalThis.drawn = []
      const { fillText } = CanvasRenderingContext2D.prototype
      CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        drawn.push(String(text))
        return fillText.call(this, text, ...place)
      }
    }`)
    await panel.page.getByRole('button', { name: 'Figures', exact: true }).click()
    await panel.page.getByRole('img', { name: /^Confidence/ }).waitFor()
    const drawn = async () => (await panel.page.evaluate('drawn')) as string[]
    await expect
      .poll(drawn)
      .toEqual(expect.arrayContaining(all.map((name) => expect.stringContaining(name.slice(0, 18)))))
    // Half an item would be written as one that is there already.
    const told = await drawn()
    expect(told.filter((text, place) => text === told[place + 1])).toEqual([])
  } finally {
    await closePanels()
    await own.stop()
  }
})

test('a run that is gone, and none at all, are told', async () => {
  const gone = await open('20261121t093000000z-nobody')
  await gone.page.getByRole('alert').waitFor()
  const none = await open(null)
  await none.page.getByText('No run is shown.').waitFor()
})

describe('what a page says to the editor, if it were not ours', () => {
  test.each([
    ['a request of the other panel', { type: 'request', id: 1000, method: 'provider/list', params: {} }],
    ['a change of the other panel', { type: 'request', id: 1001, method: 'route/save', params: {} }],
    [
      'an export to a place of its own',
      { type: 'request', id: 1002, method: 'run/export', params: { runId: first, path: '/tmp/x', format: 'csv' } },
    ],
    ['revisions by a path', { type: 'request', id: 1003, method: 'revision/list', params: { path: '/etc/passwd' } }],
    ['a key', { type: 'command', id: 1004, command: 'setKey', args: { provider: 'openai' } }],
    [
      'a path to open',
      {
        type: 'command',
        id: 1005,
        command: 'openItem',
        args: { runId: first, id: 'x', inputHash: 'a'.repeat(64), path: '/etc/passwd' },
      },
    ],
    ['a run to start', { type: 'request', id: 1006, method: 'run/start', params: {} }],
  ])('%s is refused', async (_, message) => {
    const ran: unknown[] = []
    const panel = await open(first, { commands: { openItem: (item: unknown) => void ran.push(item) } })
    await rowOf(panel, 'item-0').waitFor()
    await panel.page.evaluate(`hearPage(${JSON.stringify(message)})`)
    await expect
      .poll(() => panel.received.find((each) => JSON.stringify(each).includes(`"id":${message.id}`)))
      .toMatchObject({ type: 'refused' })
    expect(ran).toEqual([])
  })

  test('and what a model says is text', async () => {
    const hostile = '<img src=x onerror="alert(1)"> [quit](command:workbench.action.quit)'
    const dataDir = await makeRuns(folders, [
      {
        runId: first,
        items: 1,
        record: (at) => madeRecord(first, at, { reasoning: hostile, categories: [hostile], id: hostile }),
      },
    ])
    const own = await startTestServer({ dataDir })
    try {
      const panel = await open(first, { server: own })
      await gridOf(panel).getByRole('row').nth(1).click()
      await panel.page
        .getByRole('region', { name: /^The item/ })
        .getByRole('heading', { name: hostile })
        .waitFor()
      await expect.poll(() => panel.page.locator('img, a[href^="command:"]').count()).toBe(0)
    } finally {
      await closePanels()
      await own.stop()
    }
  })
})

describe.each(themeNames)('in the theme %s', (theme) => {
  test.each(['Items', 'Figures', 'Revisions'])('the side %s is accessible, and narrow', async (side) => {
    const panel = await open(second, { theme, width: 320 })
    await panel.page.getByRole('button', { name: side, exact: true }).click()
    const shown = {
      Items: gridOf(panel),
      Figures: panel.page.getByRole('img').first(),
      Revisions: panel.page.getByRole('table').nth(1),
    }
    await shown[side as keyof typeof shown].waitFor()
    if (side === 'Items') await rowOf(panel, 'item-0').click()
    await expectAccessible(panel)
    await expect.poll(() => panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
  })
})
