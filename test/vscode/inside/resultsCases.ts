import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands, Range, TabInputWebview, Uri, window } from 'vscode'
import { createResultsCommands } from '../../../client/panel/resultsCommands.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { connected, open, openApp, perform, workspaceFolder, writeFile } from './world.ts'

const rows = ['The new processor is fast.', 'The team won the match.', 'A vaccine was tested.']

/** Runs over one file and answers its results, with what the panel's page may ask of the editor. */
async function judge(name: string) {
  const app = await openApp()
  const api = await connected()
  const uri = writeFile(name, rows.map((text, at) => JSON.stringify({ id: `R-${at}`, text })).join('\n'))
  await open(uri)
  await perform('llmProviders.categorizeAndScore', [])
  const { runId } = app.resultsPanel
  assert.ok(runId !== null)
  const page = await api.request('run/results', { runId })
  assert.ok(page.ok)
  return { uri, runId, results: page.value.rows, ask: createResultsCommands(app) }
}

const isInFront = () => {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  return input instanceof TabInputWebview && input.viewType.endsWith('llmProviders.results')
}

export const resultsCases = cases({
  'a run that ends opens the results panel, one for the window': async () => {
    await judge('panel.jsonl')
    await until('the results panel in front', isInFront)
    await judge('panel.jsonl')
    await until('the results panel in front again', isInFront)
    const panels = window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof TabInputWebview && input.viewType.endsWith('llmProviders.results'))
    assert.equal(panels.length, 1)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'an item is opened at its line, and told when it is gone': async () => {
    const { uri, runId, results, ask } = await judge('lines.jsonl')
    const { id, inputHash } = results[2] as ResultRecord
    assert.equal(await ask('openItem', { runId, id, inputHash }), null)
    const editor = await until('the source in front', () => {
      const shown = window.activeTextEditor
      return shown?.document.uri.fsPath === uri.fsPath ? shown : undefined
    })
    assert.equal(editor.selection.active.line, 2)
    // What is open counts, saved or not; the server hears of it a moment later.
    const whole = new Range(0, 0, editor.document.lineCount, 0)
    await editor.edit((change) => change.replace(whole, JSON.stringify({ id: 'other', text: 'Something else.' })))
    await until('it to be told as gone', async () =>
      /no longer in it/.test(String(await ask('openItem', { runId, id, inputHash }))),
    )
    await commands.executeCommand('workbench.action.files.revert')
    await until('it to be opened again', async () => (await ask('openItem', { runId, id, inputHash })) === null)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a correction of the panel is kept in the folder, shown in the results, and taken back': async () => {
    const { runId, results, ask } = await judge('corrected.jsonl')
    const { id, inputHash } = results[1] as ResultRecord
    const place = { runId, id, inputHash }
    const shown = async () => {
      const found = await (await connected()).request('run/item', place)
      assert.ok(found.ok && found.value)
      return found.value.result.human ?? null
    }
    assert.equal(await ask('whyNotCorrected', place), null)
    assert.equal(await ask('saveCorrection', { ...place, categories: ['Planning'], interest: 10, quality: null }), null)
    assert.match(readFileSync(path.join(workspaceFolder(), '.llm-providers', 'golden.jsonl'), 'utf8'), /"Planning"/)
    assert.deepEqual((await shown())?.categories, ['Planning'])
    const refused = await ask('saveCorrection', { ...place, categories: ['Nowhere'], interest: null, quality: null })
    assert.match(String(refused), /Nowhere/)
    assert.equal(await ask('removeCorrection', place), null)
    assert.equal(await shown(), null)
    assert.match(String(await ask('whyNotCorrected', { ...place, id: 'none' })), /no such result/)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'how a person has set up the columns is kept for the workspace': async () => {
    const ask = createResultsCommands(await openApp())
    const layout = { widths: { status: 120 }, hidden: ['reasoning'] }
    assert.equal(await ask('keepLayout', layout), null)
    assert.deepEqual(await createResultsCommands(await openApp())('readLayout', {}), layout)
    await ask('keepLayout', { widths: {}, hidden: [] })
  },

  'what is filtered is exported to where the person says, and opened': async () => {
    const { runId, results, ask } = await judge('export.jsonl')
    const target = path.join(workspaceFolder(), 'chosen.csv')
    const person = scriptWindow()
    try {
      person.saveTo(Uri.file(target))
      const search = (results[1] as ResultRecord).id
      assert.equal(await ask('exportResults', { runId, format: 'csv', filter: { search } }), null)
    } finally {
      person.restore()
    }
    assert.ok(existsSync(target))
    assert.equal(readFileSync(target, 'utf8').trimEnd().split('\n').length, 2)
    await until('the export in front', () => window.activeTextEditor?.document.uri.fsPath === target)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a results file that is gone or was emptied is written again, and what stands in its place only when the person says so':
    async () => {
      const { runId, results } = await judge('gone.jsonl')
      const file = path.join(workspaceFolder(), 'gone.results.jsonl')
      const linesOf = () => readFileSync(file, 'utf8').trimEnd().split('\n').length
      for (const damage of [() => rmSync(file), () => writeFileSync(file, '')]) {
        damage()
        const page = await (await connected()).request('run/results', { runId })
        assert.equal(page.ok && page.value.lost?.file, true)
        const person = await perform('llmProviders.openResultsFile', [runId], (who) => who.press('Write again'))
        assert.match(person.messages[0]?.text ?? '', /^The results file "gone\.results\.jsonl" is gone or empty\.$/)
        assert.equal(linesOf(), results.length)
      }
      writeFileSync(file, 'my own notes')
      await perform('llmProviders.writeResults', [runId])
      assert.equal(readFileSync(file, 'utf8'), 'my own notes')
      await perform('llmProviders.writeResults', [runId], (who) => who.press('Replace it'))
      assert.equal(linesOf(), results.length)
      await commands.executeCommand('workbench.action.closeAllEditors')
    },
})
