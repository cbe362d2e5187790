import { strict as assert } from 'node:assert'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { filesHolding } from '../../support/vscode/filesHolding.ts'
import { expectResults, panelOf } from '../../support/vscode/panel.ts'
import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import { sayWhatTheseAre } from '../../support/vscode/setup.ts'
import { workbenchOf } from '../../support/vscode/workbench.ts'

const canary = 'sk-canary-2c84d0aa61'

/** One window, used from the first look to the results, with keyboard and mouse. */
export function personCases({ page, workspace, home }: { page: Page; workspace: string; home: string }): Case[] {
  const workbench = workbenchOf(page)
  const panel = panelOf(workbench)
  let fake: FakeModelServer
  writeFileSync(path.join(workspace, 'one.md'), 'A new compiler makes software faster.\n')
  writeFileSync(path.join(workspace, 'two.md'), 'The football team won the match.\n')

  return cases({
    'the status bar tells both tasks': async () => {
      await workbench.statusBar.filter({ hasText: 'LLM: ready' }).waitFor()
      await until('both to be spoken', async () =>
        /Categorization: ready through builtin, keywords\. Scoring: ready through builtin/.test(
          (await workbench.statusBar.locator('a').getAttribute('aria-label')) ?? '',
        ),
      )
    },

    'the view shows the built-in provider with its state in words': async () => {
      await workbench.openView()
      await workbench.treeRow('builtin').filter({ hasText: 'ready' }).waitFor()
    },

    'a model is dragged with the mouse onto a route': async () => {
      await workbench.treeRow('builtin').locator('.label-name').click()
      const [model, route] = [workbench.treeRow('Keyword matching'), workbench.treeRow('Scoring')]
      await model.waitFor()
      await model.locator('.label-name').dragTo(route.locator('.label-name'))
      await workbench.message('Scoring now goes through builtin, keywords.').waitFor()
      await workbench.dismissMessages()
    },

    'the palette has the commands under the name of the product': async () => {
      await page.keyboard.press('F1')
      for (const title of ['Test connection', 'Add provider', 'Set route', 'Categorize', 'Show readiness']) {
        await workbench.offered(`LLM Providers: ${title}`)
      }
      await page.keyboard.press('Escape')
    },

    'the palette opens the form of a new provider, and its key is typed unseen': async () => {
      fake = await startFakeModelServer({ models: ['fake-model'], key: canary })
      await workbench.command('LLM Providers: Add provider')
      await panel.frame.getByRole('heading', { name: 'Connect a provider' }).waitFor()
      await panel.field('Address of a server or service').fill(`${fake.origin}/v1`)
      const key = workbench.quickInput.locator('input')
      await workbench.quickInput.locator('.quick-input-title', { hasText: 'Paste the key' }).waitFor()
      await untilEqual('the key to be unseen', () => key.getAttribute('type'), 'password')
      await workbench.type('Paste the key', canary)
      await panel.frame.getByRole('radio', { name: 'fake-model' }).waitFor()
      await panel.field('Name').fill('person')
      await panel.button('Add and test').click()
      await panel.row('person').getByText('The connection works').waitFor()
      await workbench.treeRow('person').filter({ hasText: 'ready' }).waitFor()
    },

    'changing a provider opens the panel at its form': async () => {
      await workbench.command('LLM Providers: Edit provider')
      await workbench.choose('person')
      await until('its form', async () => (await panel.field('Base URL').inputValue()) === `${fake.origin}/v1`)
      await panel.button('Cancel').click()
      await panel.row('person').waitFor()
      await workbench.command('View: Close All Editors')
    },

    'the connection is tested with the button in the tree': async () => {
      await workbench.treeRow('person').hover()
      await workbench.treeRow('person').getByRole('button', { name: 'Test connection' }).click()
      await workbench.message(/"person" answered in/).waitFor()
      await workbench.dismissMessages()
    },

    'an endpoint that is gone is told with a button that helps': async () => {
      await fake.close()
      await workbench.command('LLM Providers: Test connection')
      await workbench.choose('person')
      const told = workbench.message(/"person" cannot be reached at/)
      await told.waitFor()
      await told.getByRole('button', { name: 'Test the connection' }).waitFor()
      await workbench.treeRow('person').filter({ hasText: 'cannot be reached' }).waitFor()
      await workbench.dismissMessages()
    },

    'the file in front is categorized and scored, and the results come up': async () => {
      await workbench.openFile('one.md')
      await workbench.command('LLM Providers: Categorize and score')
      await sayWhatTheseAre(page, { list: 'General', keep: 'stored profile' })
      const results = await expectResults(workbench, 'one.md', '1 result')
      await results.getByRole('row').filter({ hasText: 'one.md' }).filter({ hasText: 'ok' }).waitFor()
      await workbench.message(/Categorized and scored\. 1 item: 1 ok\./).waitFor()
      assert.ok(existsSync(path.join(workspace, 'one.results.jsonl')))
      await workbench.dismissMessages()
    },

    'files chosen in the explorer are categorized from its menu': async () => {
      await page
        .getByRole('tab', { name: /^Explorer/ })
        .locator('a')
        .click()
      const file = (name: string) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name })
      // The tree moves when the new file comes in, and a click meanwhile hits the wrong row.
      await file('one.results.jsonl').waitFor()
      await file('one.md').click()
      await file('two.md').click({ modifiers: ['ControlOrMeta'] })
      await file('two.md').click({ button: 'right' })
      const menu = page.locator('.monaco-menu')
      await menu.getByRole('menuitem', { name: 'LLM Providers' }).hover()
      await page.keyboard.press('ArrowRight')
      await page.getByRole('menuitem', { name: 'Categorize', exact: true }).waitFor()
      await page.keyboard.press('Enter')
      await expectResults(workbench, '2 files', '2 results')
      await workbench.dismissMessages()
    },

    'a click on the status bar leads to the explained route': async () => {
      await workbench.statusBar.click()
      await workbench.rows.filter({ hasText: 'Categorization: ready through builtin' }).first().waitFor()
      await workbench.choose('Explain the route')
      const steps = panel.frame.getByRole('list', { name: 'Steps of Categorization' }).getByRole('listitem')
      await steps.filter({ hasText: 'model available' }).waitFor()
      await untilEqual('the ten steps', () => steps.count(), 10)
      await workbench.command('View: Close All Editors')
    },

    'the key is in no file of the editor and of the workspace': async () => {
      const folders = [path.join(home, 'data'), path.join(home, 'server'), workspace]
      const { all, holding } = filesHolding(folders, canary)
      assert.ok(all.length > 10)
      assert.deepEqual(holding, [])
    },
  })
}
