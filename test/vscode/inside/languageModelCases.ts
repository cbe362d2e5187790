import { strict as assert } from 'node:assert'
import {
  type CancellationToken,
  CancellationTokenSource,
  commands,
  extensions,
  type LanguageModelChatInformation,
  LanguageModelChatMessage,
  LanguageModelChatMessageRole,
  type LanguageModelChatRequestMessage,
  LanguageModelError,
  LanguageModelTextPart,
  lm,
} from 'vscode'
import type { LlmProvidersApi, Result } from '../../../api/llm-providers.js'
import { exampleInPrompt } from '../../support/providers/exampleOfSchema.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { addProvider, connected, extensionId, open, perform, shownResults, writeFile } from './world.ts'

interface Asked {
  messages: readonly LanguageModelChatRequestMessage[]
  text: string
}

let fake: FakeModelServer
const asked: Asked[] = []
let answer = async (text: string, _token: CancellationToken): Promise<string> => verdictsFor(text)

/** As a model answers: an example of the shape that the prompt asks for, with one entry for each item. */
function verdictsFor(text: string): string {
  const keys = [...new Set([...text.matchAll(/\b[a-z]\d[a-z]\b/g)].map(([key]) => key))]
  return JSON.stringify(exampleInPrompt(text, keys))
}

const judge: LanguageModelChatInformation = {
  ...{ id: 'judge', name: 'Judge', family: 'judge', version: '1' },
  ...{ maxInputTokens: 16_000, maxOutputTokens: 4_000, capabilities: {} },
}

/** What another extension brings, by the vendor that the sample extension contributes. */
function bringModel() {
  return lm.registerLanguageModelChatProvider('sample-judge', {
    provideLanguageModelChatInformation: () => [judge],
    async provideLanguageModelChatResponse(_model, messages, _options, progress, token) {
      const text = messages
        .flatMap(({ content }) => content)
        .map((part) => (part instanceof LanguageModelTextPart ? part.value : ''))
        .join('')
      asked.push({ messages, text })
      const whole = await answer(text, token)
      const middle = Math.floor(whole.length / 2)
      progress.report(new LanguageModelTextPart(whole.slice(0, middle)))
      progress.report(new LanguageModelTextPart(whole.slice(middle)))
    },
    provideTokenCount: async (_model, text) => Math.ceil(JSON.stringify(text).length / 4),
  })
}

async function openApi(): Promise<LlmProvidersApi> {
  const extension = extensions.getExtension<LlmProvidersApi>(extensionId)
  assert.ok(extension)
  return await extension.activate()
}

const rows = ['The login page is down.', 'Please add a dark theme.'].map((text, id) => JSON.stringify({ id, text }))

export const languageModelCases = cases({
  'a model of VS Code is listed, tested, routed to, and judges a file': async () => {
    bringModel()
    const api = await connected()
    await until('the model in VS Code', async () => (await lm.selectChatModels({ vendor: 'sample-judge' })).length > 0)
    const config = { vendor: 'sample-judge' }
    const saved = await api.request('provider/save', { provider: 'vs', kind: 'vscode-lm', config, create: true })
    assert.ok(saved.ok, JSON.stringify(saved))
    const report = await api.request('provider/test', { provider: 'vs' })
    assert.ok(report.ok, JSON.stringify(report))
    assert.deepEqual(
      report.value.models.map(({ model, label, contextTokens }) => [model, label, contextTokens]),
      [['sample-judge/judge', 'Judge', 16_000]],
    )
    assert.equal(asked.length, 0)
    const routed = { task: 'categorization', provider: 'vs', model: 'sample-judge/judge', options: {} } as const
    assert.ok((await api.request('route/save', routed)).ok)
    await open(writeFile('of-editor.jsonl', rows.join('\n')))
    await perform('llmProviders.categorize', [], (person) => person.press('Start'))
    const { run, results } = await shownResults()
    assert.equal(run.counts.ok, 2, JSON.stringify(run.reason ?? results[0]?.error))
    assert.equal(results[0]?.receipts.categorization?.model, 'sample-judge/judge')
    assert.deepEqual(
      asked.map(({ messages }) => messages.map(({ role }) => role)),
      asked.map(() => [LanguageModelChatMessageRole.User]),
    )
    assert.match(asked[0]?.text ?? '', /The login page is down/)
  },

  'what VS Code refuses is told as what it is': async () => {
    const api = await connected()
    const errors = [
      [LanguageModelError.NoPermissions('no'), 'consent_missing'],
      [LanguageModelError.Blocked('the quota is used up'), 'quota_exceeded'],
      [LanguageModelError.NotFound('gone'), 'model_missing'],
    ] as const
    for (const [error, code] of errors) {
      answer = () => Promise.reject(error)
      const tested = await api.request('model/test', { provider: 'vs', model: 'sample-judge/judge' })
      assert.ok(JSON.stringify(tested).includes(`"code":"${code}"`), `${code}: ${JSON.stringify(tested)}`)
    }
    answer = async (text) => verdictsFor(text)
    const back = { task: 'categorization', provider: 'builtin', model: 'keywords', options: {} } as const
    assert.ok((await api.request('route/save', back)).ok)
  },

  'our models are in VS Code for whoever asks, and what VS Code brought is not among them': async () => {
    const api = await connected()
    fake = await startFakeModelServer({ models: ['writer'] })
    fake.decide(() => ({ kind: 'text', text: 'Said by the model behind it.' }))
    await addProvider({ provider: 'written', kind: 'openai-compatible', config: { base_url: `${fake.origin}/v1` } })
    const registered = { provider: 'written', model: 'writer', type: 'generation', parameters: {} } as const
    assert.ok((await api.request('model/save', registered)).ok)
    const alias = await api.request('alias/save', { alias: 'round', provider: 'vs', model: 'sample-judge/judge' })
    assert.ok(alias.ok)
    const ours = await until('our model', async () => {
      const found = await lm.selectChatModels({ vendor: 'llm-providers' })
      return found.some(({ id }) => id === 'written/writer') && found
    })
    assert.deepEqual(
      ours.filter(({ id }) => id.includes('sample') || id === 'alias:round'),
      [],
    )
    const listed = await api.request('provider/test', { provider: 'vs' })
    assert.ok(listed.ok && listed.value.models.every(({ model }) => !model.startsWith('llm-providers/')))
    const writer = ours.find(({ id }) => id === 'written/writer')
    assert.ok(writer)
    assert.equal(writer.name, 'writer (written)')
    const tokens = new CancellationTokenSource()
    const answered = await writer.sendRequest([LanguageModelChatMessage.User('Who are you?')], {}, tokens.token)
    let text = ''
    for await (const piece of answered.text) text += piece
    assert.equal(text, 'Said by the model behind it.')
    assert.ok((await writer.countTokens('eight letters')) > 0)
    await fake.close()
  },

  'another extension judges a text and a file by the API, in its version': async () => {
    const api = await openApi()
    assert.equal(api.version, 1)
    assert.equal((await api.readiness()).categorization.provider, 'builtin')
    const text = 'A new compiler makes the software faster.'
    const bySample = await commands.executeCommand<Result>('llmProvidersSample.categorize', text)
    assert.deepEqual([bySample.status, bySample.id, bySample.error], ['ok', 'selection', null])
    assert.ok(Array.isArray(bySample.categories))
    const scored = await api.score(text)
    assert.ok(typeof scored.score === 'number' && scored.categories === null)
    const file = writeFile('by-api.jsonl', rows.join('\n'))
    const run = await api.run({ paths: [file.fsPath], tasks: ['categorization'] })
    assert.deepEqual([run.state, run.counts.ok, run.reason], ['completed', 2, null])
    const page = await api.results(run.runId, { limit: 1 })
    assert.equal(page.rows.length, 1)
    const rest = await api.results(run.runId, { cursor: page.next ?? '' })
    assert.equal(rest.rows.length, 1)
    await assert.rejects(api.run({ paths: [`${file.fsPath}.gone`] }), {
      name: 'LlmProvidersError',
      code: 'source_invalid',
    })
  },

  'language models have tools that categorize, score and read results': async () => {
    const ours = lm.tools.filter(({ name }) => name.startsWith('llm-providers_'))
    assert.deepEqual(ours.map(({ name }) => name).sort(), [
      'llm-providers_categorize',
      'llm-providers_results',
      'llm-providers_score',
    ])
    const invoke = async (name: string, input: object) => {
      const { content } = await lm.invokeTool(`llm-providers_${name}`, { input, toolInvocationToken: undefined })
      const [part] = content
      assert.ok(part instanceof LanguageModelTextPart)
      return JSON.parse(part.value)
    }
    // What is judged here costs nothing, so that nobody is asked.
    const sorted = await invoke('categorize', { text: 'A new compiler makes the software faster.' })
    assert.deepEqual([sorted.status, Array.isArray(sorted.categories), sorted.score], ['ok', true, null])
    const scored = await invoke('score', { text: 'A new compiler makes the software faster.' })
    assert.equal(typeof scored.score, 'number')
    const { runs } = await invoke('results', {})
    assert.equal(runs[0].runId, scored.runId)
    const { rows: read } = await invoke('results', { runId: sorted.runId, limit: 5 })
    assert.deepEqual(read, [sorted])
    await assert.rejects(invoke('categorize', { text: ' ' }), /"text" is missing/)
  },

  'what may cost something is asked of the person, and not done without a yes': async () => {
    const server = await connected()
    fake = await startFakeModelServer({ models: ['dear'] })
    await addProvider({ provider: 'dear', kind: 'openai-compatible', config: { base_url: `${fake.origin}/v1` } })
    const route = { task: 'scoring', provider: 'dear', model: 'dear', options: {} } as const
    assert.ok((await server.request('route/save', route)).ok)
    const before = fake.chats.length
    const person = scriptWindow()
    try {
      await assert.rejects((await openApi()).score('Costly.'), { code: 'declined' })
      assert.equal(person.messages.length, 1)
    } finally {
      person.restore()
    }
    assert.equal(fake.chats.length, before)
    const back = { task: 'scoring', provider: 'builtin', model: 'keywords', options: {} } as const
    assert.ok((await server.request('route/save', back)).ok)
    await fake.close()
  },
})
