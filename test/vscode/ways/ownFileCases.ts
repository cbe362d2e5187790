import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { FrameLocator, Page } from 'playwright-core'
import type { Interactions } from '../../support/vscode/interactions.ts'
import { expectResults, pageFrame } from '../../support/vscode/panel.ts'
import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import { setupPage } from '../../support/vscode/setup.ts'
import { workbenchOf } from '../../support/vscode/workbench.ts'
import type { Measured } from './measured.ts'
import { type TicketServer, ticketModel } from './ticketServer.ts'
import { ticketsAsCsv } from './tickets.ts'

export interface OwnFileParts {
  page: Page
  workspace: string
  provider: TicketServer
  interactions: Interactions
  measured: Measured
}

const largeRows = 3000

interface Judged {
  id: string
  categories: string[]
}

/** A person with a file of their own, right after the installation: nothing is connected, and nothing was ever said. */
export function ownFileCases({ page, workspace, provider, interactions, measured }: OwnFileParts): Case[] {
  const workbench = workbenchOf(page)
  const inWorkspace = (...names: string[]) => path.join(workspace, ...names)
  writeFileSync(inWorkspace('tickets.csv'), ticketsAsCsv())
  writeFileSync(inWorkspace('large.csv'), ticketsAsCsv(largeRows))

  /** By the button that the editor has for a file that could be judged. */
  async function judgeFile(name: string): Promise<void> {
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).click()
    await page.locator('.tab.active', { hasText: name }).waitFor()
    await page.locator('.editor-actions').getByRole('button', { name: 'Categorize and score' }).click()
  }

  const results = () => readLines<Judged>(inWorkspace('tickets.results.jsonl'))

  return cases({
    'from the installation to fifty judged tickets in eight interactions, five of them until a model is ready':
      async () => {
        await workbench.statusBar.waitFor()
        await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'tickets.csv' }).waitFor()
        interactions.begin()
        const begun = performance.now()
        await judgeFile('tickets.csv')
        await (await setupPage(page)).getByRole('button', { name: 'Connect a model …' }).click()
        const settings = pageFrame(page)
        await settings.getByRole('textbox', { name: 'Address of a server or service' }).fill(`${provider.origin}/v1`)
        await settings.getByRole('button', { name: 'Use for both tasks' }).click()
        await settings.getByText(`Scoring: ready through openai-compatible, ${ticketModel}`).waitFor()
        measured.interactions('connect: from nothing to "ready"', interactions.all, 5, begun)
        assert.equal(provider.calls, 0)
        assert.equal(existsSync(inWorkspace('.llm-providers')), false)
        await page.locator('.tab', { hasText: 'What are these?' }).click()
        const frame = await setupPage(page)
        await frame.getByRole('radio', { name: 'Support', exact: true }).click()
        await frame.getByRole('button', { name: 'Start', exact: true }).click()
        await expectResults(workbench, 'tickets.csv', '50 results')
        measured.interactions('own file: from the installation to results', interactions.all, 8, begun)
      },

    'the list is kept in the folder, and the results fit the tickets': () => {
      const profile = readFileSync(inWorkspace('.llm-providers', 'profile.yaml'), 'utf8')
      assert.match(profile, /name: Support/)
      assert.equal(results().length, 50)
      const fitting = results().filter(({ id, categories }) => categories.includes(provider.categoryOf(id)))
      measured.atLeast('own tickets with a fitting category, of 50', fitting.length, 50, 'tickets')
    },

    'the first result stands at the top of the window': async () => {
      const row = firstRow(pageFrame(page))
      await row.waitFor()
      // Of the window, the tabs of the editor among it.
      const top = await until('its place', async () => (await row.boundingBox())?.y)
      measured.atMost('first result row, from the top of the window of 1280 x 800', Math.round(top), 160, 'px')
    },

    'a result is corrected in two interactions': async () => {
      const frame = pageFrame(page)
      interactions.begin()
      const begun = performance.now()
      await firstRow(frame).click()
      await page.keyboard.press('1')
      const labels = inWorkspace('.llm-providers', 'golden.jsonl')
      const said = await until('the correction on the disk', () => readLines<Judged>(labels)[0])
      assert.notDeepEqual(said.categories, results().find(({ id }) => id === said.id)?.categories)
      measured.interactions('one correction', interactions.all, 2, begun)
    },

    'the results lead back to the question what these are, of the same file': async () => {
      const results = pageFrame(page)
      await results.getByRole('button', { name: /^More/ }).click()
      await results.getByRole('menuitem', { name: 'Change categories …' }).click()
      const frame = await setupPage(page)
      await frame.getByText('tickets.csv. Nothing has been sent yet.').waitFor()
      await frame.getByText('a table (CSV) · 50 items').waitFor()
    },

    'the next file of the folder starts at once': async () => {
      writeFileSync(inWorkspace('more.csv'), ticketsAsCsv().split('\n').slice(0, 4).join('\n'))
      await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'more.csv' }).waitFor()
      interactions.begin()
      const begun = performance.now()
      await judgeFile('more.csv')
      await expectResults(workbench, 'more.csv', '3 results')
      measured.interactions('another file of the folder', interactions.all, 2, begun)
    },

    'three thousand rows are judged in four interactions': async () => {
      interactions.begin()
      const begun = performance.now()
      await judgeFile('large.csv')
      await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Start', exact: true }).click()
      await expectResults(workbench, 'large.csv', '3,000 results')
      measured.interactions('large run of 3,000 rows', interactions.all, 4, begun)
      await untilEqual('all of them', async () => readLines(inWorkspace('large.results.jsonl')).length, largeRows)
    },
  })
}

/** Below the head of the table. */
function firstRow(frame: FrameLocator) {
  return frame.getByRole('grid').getByRole('row').nth(1)
}

/** None: it is not there yet. */
function readLines<Line>(file: string): Line[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  return lines.map((line) => JSON.parse(line) as Line)
}
