import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { commands, type DocumentLink, type TextDocument, window } from 'vscode'
import { runName } from '../../../client/describe/describeRun.ts'
import { type PricedServer, startPricedServer } from '../../support/usage/pricedServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, lastMessage, openApp, perform, shownResults, workspaceFolder, writeFile } from './world.ts'

const golden = '.llm-providers/golden.jsonl'
const labels = [
  { text: 'The new processor makes computers and software faster.', categories: ['Information'], interest: 9 },
  { text: 'The hospital has a vaccine against the disease.', categories: ['Personal'], interest: 4 },
]

function pageInFront(): Promise<TextDocument> {
  return until('the comparison in front', () => {
    const document = window.activeTextEditor?.document
    return document?.uri.scheme === 'llm-providers-evaluation' ? document : undefined
  })
}

/** A provider whose calls have a price: two tenths of a cent for what is judged here. */
async function addPaid(priced: PricedServer): Promise<void> {
  const api = await connected()
  const config = { base_url: priced.url }
  const saved = await api.request('provider/save', { provider: 'paid', kind: 'openrouter', config })
  assert.ok(saved.ok, JSON.stringify(saved))
  const { secrets, snapshots } = await openApp()
  await secrets.store('paid', 'sk-fake-priced', new URL(priced.url).origin)
  await api.notify('secret/changed', { provider: 'paid' })
  const models = await api.request('provider/models', { provider: 'paid', refresh: true })
  assert.ok(models.ok, JSON.stringify(models))
  await snapshots.reload()
  await until('the priced model in what views show', () =>
    snapshots.current?.providers.some(({ provider, models: list }) => provider === 'paid' && list.models.length > 0),
  )
}

const label = { id: '1', text: 'The new processor makes computers and software faster.', categories: ['Information'] }

export const evaluationCases = cases({
  'without corrections it says how they are made': async () => {
    rmSync(path.join(workspaceFolder(), golden), { force: true })
    const told = await perform('llmProviders.evaluateRoutes', [])
    assert.match(lastMessage(told).text, /Nothing has been corrected in this workspace yet\. .*golden\.jsonl/)
    assert.deepEqual(told.lists, [])
  },

  'models are compared on corrections, and the figures come as a page': async () => {
    writeFile(golden, labels.map((label, place) => JSON.stringify({ id: `${place}`, ...label })).join('\n'))
    const told = await perform('llmProviders.evaluateRoutes', [], (person) => person.answer('the baseline'))
    assert.ok(
      told.lists[0]?.some((label) => label.includes('The routes as they are')),
      told.lists.join(),
    )
    // What costs nothing is not asked about.
    assert.deepEqual(told.messages, [])
    const text = (await pageInFront()).getText()
    assert.match(text, /^LLM Providers: models compared on your corrections\n/)
    assert.match(text, /2 of 2 labels in .*golden\.jsonl/)
    assert.match(text, /accuracy +micro F1 +macro F1 +overlap +kappa\n.*\n {2}builtin\/\S+ +[01]\.\d\d /)
    assert.match(text, /First category right: \d of 2\./)
    await commands.executeCommand('workbench.action.closeAllEditors')
    rmSync(path.join(workspaceFolder(), golden))
  },

  'a comparison is kept: opened again after a restart, its results one click away, and deleted when a person says so':
    async () => {
      const api = await connected()
      const kept = await api.request('evaluation/list', {})
      assert.ok(kept.ok && kept.value.rows.length === 1, JSON.stringify(kept))
      await commands.executeCommand('llmProviders.restartServer')
      await connected()
      const opened = await perform('llmProviders.openEvaluation', [], (person) => person.answer('2 labels'))
      assert.equal(opened.lists[0]?.length, 1)
      const page = await pageInFront()
      assert.match(page.getText(), /Kappa: agreement beyond chance .*Cohen, 1960/)
      const links = await commands.executeCommand<DocumentLink[]>('vscode.executeLinkProvider', page.uri)
      assert.equal(links.length, 1)
      const [runId] = JSON.parse(links[0]?.target?.query ?? '[]')
      await perform('llmProviders.openResults', [runId])
      assert.equal((await shownResults()).run.counts.total, 2)
      // It is none of the runs that a person made.
      const { snapshots } = await openApp()
      assert.equal(snapshots.current?.runs.filter(({ evaluation }) => evaluation !== undefined).length, 0)
      const left = await perform('llmProviders.removeEvaluation', [], (person) => person.answer('2 labels'))
      assert.match(lastMessage(left).detail, /Your corrections stay\.$/)
      const removed = await perform('llmProviders.removeEvaluation', [], (person) => {
        person.answer('2 labels')
        person.press('Delete')
      })
      assert.equal(removed.messages.length, 1)
      const none = await perform('llmProviders.openEvaluation', [])
      assert.match(lastMessage(none).text, /No models were compared yet/)
      await commands.executeCommand('workbench.action.closeAllEditors')
    },

  'what costs is told by model and asked before anybody is called': async () => {
    const priced = await startPricedServer({ prompt: '0.000005', completion: '0.000025' })
    try {
      await addPaid(priced)
      writeFile(golden, JSON.stringify(label))
      const before = priced.models.chats.length
      const left = await perform('llmProviders.evaluateRoutes', [], (person) => person.answer('paid/priced'))
      const [question] = left.messages
      assert.equal(question?.text, 'Judge 1 corrected item with each model?')
      assert.match(question?.detail ?? '', /^paid\/priced: \$0\.\d+ to \$0\.\d+$/)
      assert.equal(priced.models.chats.length, before)

      const release = priced.models.hold()
      const running = perform('llmProviders.evaluateRoutes', [], (person) => {
        person.answer('paid/priced')
        person.press('Start')
      })
      const { snapshots } = await openApp()
      const shown = await until('the run of the comparison', () =>
        snapshots.current?.runs.find(({ evaluation }) => evaluation !== undefined),
      )
      assert.equal(runName(shown), 'Comparison of models: paid/priced')
      // A provider that does not answer keeps nobody waiting who cancels.
      await perform('llmProviders.cancelRun', [shown.runId])
      await running
      release()
      assert.match((await pageInFront()).getText(), /It was cancelled\./)
      await until('the run to leave the list', () =>
        snapshots.current?.runs.every(({ evaluation }) => evaluation === undefined),
      )

      const api = await connected()
      const tasks = ['categorization', 'scoring'] as const
      for (const task of tasks) await api.request('route/save', { task, provider: 'paid', model: 'priced' })
      const calls = priced.models.chats.length
      const sample = await perform('llmProviders.trySample', [])
      assert.match(lastMessage(sample).text, /^Judge \d+ items\?$/)
      assert.match(lastMessage(sample).detail, /Cost: \$/)
      assert.equal(priced.models.chats.length, calls)
      for (const task of tasks) await api.request('route/save', { task, provider: 'builtin', model: null })
      await api.request('provider/remove', { provider: 'paid', confirm: true })
      const { secrets } = await openApp()
      await secrets.remove('paid')
    } finally {
      await priced.close()
      rmSync(path.join(workspaceFolder(), golden), { force: true })
      await commands.executeCommand('workbench.action.closeAllEditors')
    }
  },

  'leaving the list of models starts nothing': async () => {
    writeFile(golden, JSON.stringify({ id: '1', ...labels[0] }))
    const told = await perform('llmProviders.evaluateRoutes', [], (person) => person.answer(null))
    assert.deepEqual(told.messages, [])
    rmSync(path.join(workspaceFolder(), golden))
  },
})
