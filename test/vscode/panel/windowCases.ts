import { strict as assert } from 'node:assert'
import path from 'node:path'
import { placesWithKey } from '../../support/canary/searchPage.ts'
import { filesHolding } from '../../support/vscode/filesHolding.ts'
import { type PanelOfWindow, panelOf } from '../../support/vscode/panel.ts'
import { type Case, cases, untilEqual } from '../../support/vscode/runner.ts'
import { workbenchOf } from '../../support/vscode/workbench.ts'
import { type PanelWorld, rightKey, wrongKey } from './panelWorld.ts'

/** Two windows on one profile, and the end of the way: what was added goes again. */
export function windowCases(world: PanelWorld): Case[] {
  const { panel: here, workbench, workspace, editor } = world
  let there: PanelOfWindow
  const port = (panel: PanelOfWindow) => panel.field('Port')
  const typedIn = (panel: PanelOfWindow) => port(panel).inputValue()

  /** Both have the same form open; the other one saves first. */
  async function beginConflict(mine: string, theirs: string) {
    for (const panel of [here, there]) await panel.button('Edit local').click()
    await port(here).fill(mine)
    await port(there).fill(theirs)
    await there.button('Save and test').click()
    await here.frame.getByText('changed elsewhere while this form was open').waitFor()
    await untilEqual('what was typed', () => typedIn(here), mine)
  }

  return cases({
    'what one window changes, the other one shows': async () => {
      const page = await world.openWindow()
      there = panelOf(workbenchOf(page))
      await workbenchOf(page).statusBar.filter({ hasText: 'LLM:' }).waitFor()
      await there.open()
      await here.button('Add provider').first().click()
      await here.field('Search').fill('Ollama')
      await here
        .button(/^Ollama/)
        .first()
        .click()
      await here.field('Name').fill('local')
      await port(here).fill('4000')
      await here.button('Add and test').click()
      await there.row('local').getByText(':4000').first().waitFor()
      await there.row('local').getByRole('checkbox').click()
      await here.row('local').getByText('Disabled').waitFor()
      await here.row('local').getByRole('checkbox').click()
      await there.row('local').getByText('Disabled').waitFor({ state: 'detached' })
    },

    'a conflict is told beside the form, and theirs is loaded when the person says so': async () => {
      await beginConflict('4001', '4002')
      await here.button('Show what changed').click()
      await here.frame.getByText('Port: here “4001”, saved elsewhere “4002”').waitFor()
      await here.button('Load theirs').click()
      await untilEqual('their value', () => typedIn(here), '4002')
      await here.button('Cancel').click()
    },

    'or the person keeps what is typed, and saves it over theirs': async () => {
      await beginConflict('4003', '4004')
      await here.button('Keep mine').click()
      await here.button('Save and test').click()
      await there.row('local').getByText(':4003').first().waitFor()
      const holding = await placesWithKey(there.frame.owner().page())
      assert.deepEqual(holding, [])
      await there.frame.owner().page().close()
    },

    'a key is cleared after a question, and what it was for says that it is missing': async () => {
      const row = here.row('work')
      const keyLine = row.getByText(`Key: stored, ends in …${rightKey.slice(-4)}`)
      await keyLine.waitFor()
      await here.button('Clear key … of work').click()
      const question = here.frame.getByRole('dialog', { name: 'Remove the key of "work"?' })
      await question.getByText('until you revoke it where it was made.').waitFor()
      await question.getByRole('button', { name: 'Cancel' }).click()
      await keyLine.waitFor()
      await here.button('Clear key … of work').click()
      await question.getByRole('button', { name: 'Remove the key', exact: true }).click()
      await row.getByText('Key: missing').waitFor()
      await here.button('Clear key … of work').waitFor({ state: 'detached' })
      await workbench.statusBar.filter({ hasText: 'LLM: key missing' }).waitFor()
    },

    'a provider is removed after telling what uses it, and the tasks say so': async () => {
      const row = here.row('work')
      await row.getByRole('button', { name: 'Remove work' }).click()
      const question = here.frame.getByRole('dialog', { name: 'Remove the provider "work"?' })
      for (const user of ['the route of Categorization', 'the route of Scoring', 'the registered model fake-model']) {
        await question.getByText(user).waitFor()
      }
      await question.getByRole('button', { name: 'Cancel' }).click()
      await row.waitFor()
      await row.getByRole('button', { name: 'Remove work' }).click()
      await question.getByRole('button', { name: 'Remove', exact: true }).click()
      await row.waitFor({ state: 'detached' })
      await workbench.statusBar.filter({ hasText: 'LLM: not set up' }).waitFor()
    },

    'neither key is in a file of the editor or of the workspace': async () => {
      const folders = [path.join(editor.home, 'data'), path.join(editor.home, 'server'), workspace]
      for (const key of [wrongKey, rightKey]) {
        const { all, holding } = filesHolding(folders, key)
        assert.ok(all.length > 10)
        assert.deepEqual(holding, [])
      }
      await world.close()
    },
  })
}
