import { strict as assert } from 'node:assert'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands, extensions, Selection, window } from 'vscode'
import { makeSpreadsheet } from '../../support/runs/madeSpreadsheet.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, extensionId, lastMessage, open, perform, shownResults, writeFile } from './world.ts'

const note = '---\ntitle: A plan # of ours\n---\nThe new processor makes computers and software faster.\n'

const fixtures = path.join(extensions.getExtension(extensionId)?.extensionPath ?? '', 'test', 'fixtures')

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

  'selected rows of a table are rows, with its names of columns, and what is selected in prose is one text':
    async () => {
      const uri = writeFile(
        'stock.csv',
        'id,text\n1,The new processor is fast.\n2,"The hospital\nhas a vaccine."\n3,The team won.\n',
      )
      const editor = await open(uri)
      // From the middle of the cell's second line to the beginning of the line after the next: that one is not selected.
      editor.selection = new Selection(3, 4, 5, 0)
      await perform('llmProviders.categorize', [])
      const { run, results } = await shownResults()
      assert.deepEqual(
        results.map(({ id }) => id),
        ['2', '3'],
      )
      assert.match(run.source, /stock\.csv:4-5/)
      assert.equal(run.resultsPath, null)
      await closeEditors()
    },

  'where no file is open, files are asked for': async () => {
    const uri = writeFile('asked.jsonl', `${JSON.stringify({ id: 7, text: 'The team won the match.' })}\n`)
    const left = await perform('llmProviders.categorize', [])
    assert.deepEqual(left.messages, [])
    await perform('llmProviders.categorize', [], (person) => person.choose(uri))
    assert.deepEqual(
      (await shownResults()).results.map(({ id }) => id),
      ['7'],
    )
    await closeEditors()
  },

  'a sheet that is not there any more is chosen anew, and so is a table': async () => {
    const api = await connected()
    const uri = writeFile('book.xlsx', '')
    const sheet = (name: string) => ({
      name,
      rows: [
        ['id', 'text'],
        [name, 'The team won the match.'],
      ],
    })
    writeFileSync(uri.fsPath, makeSpreadsheet([sheet('first'), sheet('second')]))
    await api.request('source/remember', { path: uri.fsPath, settings: { sheet: 'gone' } })
    const asked = await perform('llmProviders.categorize', [uri], (person) => person.answer('second'))
    assert.deepEqual(asked.lists, [['first', 'second']])
    assert.deepEqual(
      (await shownResults()).results.map(({ id }) => id),
      ['second'],
    )
    await closeEditors()

    const database = writeFile('store.db', '')
    copyFileSync(path.join(fixtures, 'store', 'pre-feature.db'), database.fsPath)
    await api.request('source/remember', { path: database.fsPath, settings: { table: 'gone' } })
    const left = await perform('llmProviders.categorize', [database], (person) => person.answer(null))
    assert.ok(left.lists[0]?.includes('user_preferences'), JSON.stringify(left.lists))
  },
})
