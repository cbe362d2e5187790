import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { commands } from 'vscode'
import { cases } from '../../support/vscode/runner.ts'
import { chooseStoredProfile, connected, open, panelInFront, perform, workspaceFolder, writeFile } from './world.ts'

export const setupCases = cases({
  'where nobody has chosen by what things are judged, that is asked before anything starts': async () => {
    const api = await connected()
    await open(writeFile('asked.csv', 'id,text\n1,The invoice was charged twice.\n'))
    for (const id of ['categorize', 'score', 'categorizeAndScore'] as const) {
      await perform(`llmProviders.${id}`, [])
      await panelInFront('llmProviders.setup')
      await commands.executeCommand('workbench.action.closeActiveEditor')
    }
    const runs = await api.request('run/list', {})
    assert.deepEqual(runs.ok && runs.value.rows, [])
    assert.equal(existsSync(path.join(workspaceFolder(), 'asked.results.jsonl')), false)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'whoever wants to change it later gets the same page': async () => {
    await perform('llmProviders.changeCategories', [])
    await panelInFront('llmProviders.setup')
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'once it is chosen, runs start at once': async () => {
    await chooseStoredProfile()
    const api = await connected()
    for (const where of [{ workspaceFolder: workspaceFolder() }, {}]) {
      const read = await api.request('profile/read', where)
      assert.equal(read.ok && read.value.isChosen, true)
    }
  },
})
