import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { commands, window } from 'vscode'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, lastMessage, open, perform, shownResults, writeFile } from './world.ts'

const note = '---\ntitle: A plan # of ours\n---\nThe new processor makes computers and software faster.\n'

async function closeEditors(): Promise<void> {
  await commands.executeCommand('workbench.action.closeAllEditors')
}

export const sourceCases = cases({
  'a file that does not say which field is its text asks once, and remembers': async () => {
    const uri = writeFile(
      'remarks.csv',
      'ticket;left;right\nT-1;The new processor makes software faster.;The old one was slower than that.\n',
    )
    await open(uri)
    const asked = await perform('llmProviders.categorize', [], (person) => person.answer('left', 'ticket'))
    assert.deepEqual(asked.lists[0], ['ticket', 'left', 'right'])
    assert.equal((await shownResults()).results[0]?.id, 'T-1')
    await closeEditors()
    await open(uri)
    const again = await perform('llmProviders.categorize', [])
    assert.deepEqual(again.lists, [])
    assert.equal((await shownResults()).run.isRemembered, true)
    await closeEditors()
  },

  'whoever leaves the question starts nothing': async () => {
    const api = await connected()
    const before = await api.request('run/list', {})
    await open(writeFile('others.csv', 'a;b\n1;2\n'))
    await perform('llmProviders.categorize', [], (person) => person.answer(null))
    const after = await api.request('run/list', {})
    assert.ok(before.ok && after.ok)
    assert.equal(after.value.rows.length, before.value.rows.length)
    await closeEditors()
  },

  'results of a note are shown as a change of its front matter, and written when accepted': async () => {
    const uri = writeFile('plan.md', note)
    await open(uri)
    await perform('llmProviders.categorize', [])
    await shownResults()
    const api = await connected()
    const runs = await api.request('run/list', { limit: 1 })
    assert.ok(runs.ok)
    await perform('llmProviders.showFrontMatter', [runs.value.rows[0]?.runId])
    const proposal = await until('the proposed text', () => {
      const document = window.activeTextEditor?.document
      return document?.uri.scheme === 'llm-providers-front-matter' ? document : undefined
    })
    assert.match(proposal.getText(), /title: A plan # of ours\nllm_providers:\n {2}categories:\s/)
    assert.equal(readFileSync(uri.fsPath, 'utf8'), note)
    await perform('llmProviders.acceptFrontMatter', [proposal.uri])
    assert.equal(readFileSync(uri.fsPath, 'utf8'), proposal.getText())
    await closeEditors()
  },

  'a note that was changed since is left alone': async () => {
    const uri = writeFile('other.md', note)
    await open(uri)
    await perform('llmProviders.categorize', [])
    await shownResults()
    const api = await connected()
    const runs = await api.request('run/list', { limit: 1 })
    assert.ok(runs.ok)
    writeFile('other.md', note.replace('faster', 'slower'))
    const told = await perform('llmProviders.showFrontMatter', [runs.value.rows[0]?.runId])
    assert.match(lastMessage(told).text, /changed/)
    await closeEditors()
  },
})
