import { strict as assert } from 'node:assert'
import { CancellationTokenSource, type MarkdownString, type TreeItem, window } from 'vscode'
import { type FakeOllama, startFakeOllama } from '../../support/models/fakeOllama.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, lastMessage, openApp, perform, settingsPlace } from './world.ts'

let ollama: FakeOllama

const small = { provider: 'library', model: 'small:latest' }

async function drawnModel(model: string): Promise<TreeItem | undefined> {
  const { view } = await openApp()
  const nodes = (await view.nodes.getChildren({ type: 'provider', provider: 'library' })) ?? []
  const node = nodes.find((node) => node.type === 'model' && node.model === model)
  return node && view.nodes.getTreeItem(node)
}

/** Progress as the editor is told of it, with a token that the case can cancel. */
function watchProgress() {
  const original = window.withProgress
  const cancelling = new CancellationTokenSource()
  const reports: { message?: string; increment?: number }[] = []
  const replacement: typeof window.withProgress = (_, work) =>
    work({ report: (value) => void reports.push(value) }, cancelling.token)
  Object.assign(window, { withProgress: replacement })
  return { cancelling, reports, restore: () => Object.assign(window, { withProgress: original }) }
}

export const modelCases = cases({
  'models of a library are told with what is known of them': async () => {
    ollama = await startFakeOllama()
    const api = await connected()
    const config = { base_url: 'http://127.0.0.1', port: ollama.port }
    const saved = await api.request('provider/save', { provider: 'library', kind: 'ollama', config, create: true })
    assert.ok(saved.ok, JSON.stringify(saved))
    const { snapshots } = await openApp()
    await until('the provider', () => snapshots.current?.providers.some(({ provider }) => provider === 'library'))
    await perform('llmProviders.testConnection', ['library'])
    const item = await until('the model', () => drawnModel('small:latest'))
    assert.equal(item.contextValue, 'model generation pullable')
    assert.match(String(item.description), /1\.0 KB/)
    assert.match((item.tooltip as MarkdownString).value, /Size/)
  },

  'a pull tells its bytes, and the model is in the tree when it is there': async () => {
    const watched = watchProgress()
    try {
      const pulling = perform('llmProviders.pullModel', ['library'], (person) => person.answer('big:latest'))
      await ollama.pullsBegun(1)
      ollama.pullLine({ status: 'pulling abc', digest: 'sha256:abc', total: 4_000_000, completed: 1_000_000 })
      await until('the bytes', () => watched.reports.some(({ message }) => message === '1.0 MB of 4.0 MB'))
      ollama.models = [...ollama.models, { name: 'big:latest' }]
      ollama.pullLine({ status: 'success' })
      ollama.endPulls()
      assert.match(lastMessage(await pulling).text, /^"library" has the model big:latest now/)
      await until('the model', () => drawnModel('big:latest'))
    } finally {
      watched.restore()
    }
  },

  'a cancelled pull ends, and says that pulling again resumes': async () => {
    const watched = watchProgress()
    try {
      const pulling = perform('llmProviders.pullModel', [{ provider: 'library' }], (person) =>
        person.answer('huge:latest'),
      )
      await ollama.pullsBegun(2)
      watched.cancelling.cancel()
      const { text, buttons } = lastMessage(await pulling)
      assert.match(text, /^Stopped pulling huge:latest\. .*pulling again resumes/)
      assert.deepEqual(buttons, ['Pull again'])
      await ollama.pullsAbandoned()
    } finally {
      watched.restore()
    }
  },

  'a model is used for a task from its own menu': async () => {
    const person = await perform('llmProviders.useModel', [small], (person) => person.answer('Scoring'))
    assert.equal(lastMessage(person).text, 'Scoring now goes through library, small:latest.')
    await until('it to be told', async () => /^Scoring/.test(String((await drawnModel('small:latest'))?.description)))
  },

  'a model becomes the default, registered or not': async () => {
    const person = await perform('llmProviders.setDefaultModel', [small])
    assert.match(lastMessage(person).text, /^small:latest of "library" is the default for generation now/)
    await until('it to be told', async () =>
      String((await drawnModel('small:latest'))?.description).includes('default'),
    )
  },

  'a model that is not named is chosen from one list of all': async () => {
    const person = await perform('llmProviders.testModel', [], (person) => person.answer('small:latest'))
    assert.equal(person.lists.length, 1)
    assert.ok(person.lists[0]?.some((label) => label.includes('Keyword matching')))
    assert.match(lastMessage(person).text, /^Test the model small:latest of "library"\?$/)
  },

  'a test says what it sends before it does': async () => {
    const person = await perform('llmProviders.testModel', [small])
    assert.deepEqual(lastMessage(person).buttons, ['Test', 'Measure what it can do'])
    assert.match(lastMessage(person).detail, /^Test: .+Its price is unknown: .+\n\nMeasure what it can do: /)
    assert.equal(ollama.chats.length, 0, 'nothing is sent before that is agreed to')
  },

  'a test tells what came back': async () => {
    const person = await perform('llmProviders.testModel', [small], (person) => person.press('Test'))
    assert.match(lastMessage(person).text, /^small:latest of "library" answered in .*, 1,000 tokens in, 20 out\.$/)
    assert.ok(ollama.chats.length > 0)
  },

  'what was measured is kept, and shown on the page of the model': async () => {
    await perform('llmProviders.testModel', [small], (person) => person.press('Measure what it can do'))
    assert.deepEqual(await settingsPlace(), { page: 'models', target: 'library/small:latest' })
    const api = await connected()
    const listed = await api.request('model/list', { provider: 'library' })
    const probe = listed.ok ? listed.value.rows.find(({ model }) => model === small.model)?.probe : undefined
    assert.equal(probe?.schema, true)
    assert.equal(probe?.outputModes[0], 'schema')
  },

  'a connection test offers to measure a model, and says what that sends': async () => {
    const person = await perform('llmProviders.testConnection', ['library'], (person) => {
      person.press('Measure what it can do')
      person.answer('small:latest')
    })
    assert.deepEqual(person.messages[0]?.buttons, ['Use it for a task', 'Measure what it can do'])
    assert.equal(lastMessage(person).text, 'Measure what small:latest of "library" can do?')
    assert.match(lastMessage(person).detail, /tokens in and at most/)
  },

  'looking for local servers opens the form to connect, and looks': async () => {
    await perform('llmProviders.scanServers', [])
    assert.deepEqual(await settingsPlace(), { page: 'providers', target: '+/scan' })
  },

  'a model in use is deleted only after saying what uses it': async () => {
    const person = await perform('llmProviders.deleteModel', [small])
    assert.match(lastMessage(person).detail, /• the route of Scoring\n• the default \(generation: small:latest\)\n/)
    assert.deepEqual(ollama.deleted, [])
    await perform('llmProviders.deleteModel', [small], (person) => person.press('Delete'))
    assert.deepEqual(ollama.deleted, ['small:latest'])
    const missing = await until('it to be missing', async () => {
      const item = await drawnModel('small:latest')
      return /missing from the last list/.test(String(item?.description)) ? item : undefined
    })
    assert.match(missing.contextValue ?? '', /\bregistered\b/, 'what was kept of it stays')
    await perform('llmProviders.removeModel', [small], (person) => person.press('Remove settings'))
    await until('it to be gone', async () => (await drawnModel('small:latest')) === undefined)
  },

  'registering and changing a model opens the panel at its form': async () => {
    await perform('llmProviders.addModel', [])
    assert.deepEqual(await settingsPlace(), { page: 'models', target: '+' })
    await perform('llmProviders.addModel', [{ provider: 'library' }])
    assert.deepEqual(await settingsPlace(), { page: 'models', target: '+library' })
    await perform('llmProviders.editModel', [{ provider: 'library', model: 'big:latest' }])
    assert.deepEqual(await settingsPlace(), { page: 'models', target: 'library/big:latest' })
  },

  'a model that no list shows is told as missing, and forgotten again': async () => {
    const named = { provider: 'library', model: 'private' }
    const api = await connected()
    const saved = await api.request('model/save', { ...named, type: 'generation', create: true })
    assert.ok(saved.ok, JSON.stringify(saved))
    const item = await until('it', () => drawnModel('private'))
    assert.match(String(item.description), /missing from the last list/)
    await perform('llmProviders.removeModel', [named], (person) => person.press('Remove settings'))
    await until('it to be gone', async () => (await drawnModel('private')) === undefined)
  },

  'closing time of the library': async () => {
    await perform('llmProviders.setRoute', ['scoring', 'builtin'], (person) => person.answer('The default'))
    await perform('llmProviders.removeProvider', ['library'], (person) => person.press('Remove'))
    await ollama.close()
  },
})
