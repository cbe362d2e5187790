import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import type { Interactions } from '../../support/vscode/interactions.ts'
import { expectResults } from '../../support/vscode/panel.ts'
import { type Case, cases } from '../../support/vscode/runner.ts'
import { setupPage } from '../../support/vscode/setup.ts'
import { workbenchOf } from '../../support/vscode/workbench.ts'
import type { TicketServer } from './ticketServer.ts'
import { ticketsAsCsv } from './tickets.ts'

/** From somebody's own file, which nothing knows of, to results that fit it. A model is connected, and nothing else was ever said. */
export function ownFileCases({
  page,
  workspace,
  provider,
  interactions,
}: {
  page: Page
  workspace: string
  provider: TicketServer
  interactions: Interactions
}): Case[] {
  const workbench = workbenchOf(page)
  writeFileSync(path.join(workspace, 'tickets.csv'), ticketsAsCsv())

  return cases({
    'fifty tickets of one’s own are judged by a fitting list within eight interactions': async () => {
      await workbench.statusBar.waitFor()
      const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'tickets.csv' })
      await file.waitFor()
      interactions.begin()
      await file.click()
      await page.locator('.tab.active', { hasText: 'tickets.csv' }).waitFor()
      await workbench.command('LLM Providers: Categorize and score')
      const frame = await setupPage(page)
      assert.equal(provider.calls, 0)
      assert.equal(existsSync(path.join(workspace, '.llm-providers')), false)
      await frame.getByRole('radio', { name: 'Support', exact: true }).click()
      await frame.getByRole('button', { name: 'Start', exact: true }).click()
      await expectResults(workbench, 'tickets.csv', '50 results')
      interactions.expectAtMost(8)
    },

    'the list is kept in the folder, and the results fit the tickets': () => {
      const profile = readFileSync(path.join(workspace, '.llm-providers', 'profile.yaml'), 'utf8')
      assert.match(profile, /name: Support/)
      const lines = readFileSync(path.join(workspace, 'tickets.results.jsonl'), 'utf8').trim().split('\n')
      const results = lines.map((line) => JSON.parse(line) as { id: string; categories: string[] })
      assert.equal(results.length, 50)
      const fitting = results.filter(({ id, categories }) => categories.includes(provider.categoryOf(id)))
      assert.ok(fitting.length >= 45, `${fitting.length} of 50 fit`)
    },

    'the next file of the folder starts at once': async () => {
      writeFileSync(path.join(workspace, 'more.csv'), ticketsAsCsv().split('\n').slice(0, 4).join('\n'))
      await workbench.openFile('more.csv')
      await workbench.command('LLM Providers: Categorize and score')
      await expectResults(workbench, 'more.csv', '3 results')
    },
  })
}
