import { beforeEach, expect, test, vi } from 'vitest'
import type { CancellationToken, ChatRequestHandler, LanguageModelTool } from 'vscode'
import type { Result } from '../../../api/llm-providers.js'
import { offerTools } from '../../../client/api/judgeTools.ts'
import type { Api } from '../../../client/connection/api.ts'
import { fail } from '../../../shared/fail.ts'

const tools = vi.hoisted(() => new Map<string, LanguageModelTool<object>>())
const handlers = vi.hoisted(() => [] as ChatRequestHandler[])

vi.mock('vscode', () => {
  class Text {
    value = ''
    constructor(value = '') {
      this.value = value
    }
    appendText(text: string) {
      this.value += text
      return this
    }
  }
  return {
    l10n: {
      t: (text: string, ...values: unknown[]) =>
        text.replace(/\{(\d)\}/g, (_, nth: string) => String(values[Number(nth)])),
    },
    env: { language: 'en' },
    workspace: { isTrusted: true, workspaceFolders: [] },
    window: {},
    ProgressLocation: {},
    EventEmitter: class {},
    Disposable: { from: () => ({ dispose: () => undefined }) },
    MarkdownString: Text,
    LanguageModelTextPart: Text,
    LanguageModelToolResult: class {
      readonly content: unknown[]
      constructor(content: unknown[]) {
        this.content = content
      }
    },
    lm: { registerTool: (name: string, tool: LanguageModelTool<object>) => tools.set(name, tool) },
    chat: { createChatParticipant: (_id: string, handler: ChatRequestHandler) => handlers.push(handler) },
  }
})

const token = { isCancellationRequested: false } as CancellationToken
const result: Result = {
  ...{ runId: 'r1', id: 'tool', status: 'ok', categories: ['Bug'], confidence: 0.9, score: 12.25 },
  ...{ reasoning: 'See *this* [link](http://x).', error: null },
}
const estimate = {
  ...{ items: 1, toJudge: 1, unreadable: 0, reused: 0, identical: 0, calls: 1, characters: 4, inputTokens: 500 },
  ...{ outputTokens: 60, costUsd: { low: 0.01, high: 0.02 }, seconds: null, sample: null },
  routes: [{ task: 'categorization', provider: 'dear', model: 'large', endpoint: 'https://api.example.com' }],
}

let estimated: object
const request = vi.fn(async (name: string) =>
  name === 'run/list' ? { ok: true, value: { rows: [], next: null } } : estimated,
)
const judge = { categorize: vi.fn(async () => result), score: vi.fn(async () => result), results: vi.fn() }

beforeEach(() => {
  vi.clearAllMocks()
  handlers.length = 0
  estimated = { ok: true, value: estimate }
  offerTools({ lifetime: { connect: async () => ({ request }) as unknown as Api }, confirmed: judge, typed: judge })
})

const prepare = (name: string, input: object) =>
  tools.get(name)?.prepareInvocation?.({ input }, token) as Promise<{
    confirmationMessages?: { message: { value: string } }
  }>
const invoke = (name: string, input: object) =>
  tools.get(name)?.invoke({ input, toolInvocationToken: undefined }, token) as Promise<{ content: { value: string }[] }>

test('what may cost is confirmed with the estimate, and not asked again when it is judged', async () => {
  const prepared = await prepare('llm-providers_categorize', { text: 'It crashes.' })
  expect(prepared.confirmationMessages?.message.value).toContain('$0.02')
  expect(prepared.confirmationMessages?.message.value).toContain('api.example.com')
  expect(judge.categorize).not.toHaveBeenCalled()
  const { content } = await invoke('llm-providers_categorize', { text: 'It crashes.' })
  expect(JSON.parse(content[0]?.value ?? '')).toEqual(result)
  expect(judge.categorize).toHaveBeenCalledExactlyOnceWith('It crashes.', { name: 'tool', token })
})

test.each<[string, object]>([
  ['costs nothing', { ok: true, value: { ...estimate, costUsd: { low: 0, high: 0 } } }],
  [
    'happens on this machine',
    { ok: true, value: { ...estimate, routes: [{ ...estimate.routes[0], endpoint: null }] } },
  ],
  ['cannot be begun', fail({ code: 'cancelled' })],
])('what %s is not confirmed', async (_, answer) => {
  estimated = answer
  expect(await prepare('llm-providers_score', { text: 'It crashes.' })).not.toHaveProperty('confirmationMessages')
})

test('what costs nothing and goes somewhere for the first time is confirmed', async () => {
  const newDestinations = [{ provider: 'free', model: 'm', host: 'free.example.com' }]
  estimated = { ok: true, value: { ...estimate, costUsd: { low: 0, high: 0 }, newDestinations } }
  expect(await prepare('llm-providers_score', { text: 'It crashes.' })).toHaveProperty('confirmationMessages')
})

test.each<[string, unknown]>([
  ['no text', {}],
  ['a blank one', { text: ' \n' }],
  ['a number', { text: 7 }],
  ['no input', undefined],
  ['too much', { text: 'x'.repeat(100_001) }],
])('a model that sends %s is told so, and nothing is judged', async (_, input) => {
  await expect(invoke('llm-providers_categorize', input as object)).rejects.toThrow('"text"')
  await expect(prepare('llm-providers_score', input as object)).rejects.toThrow('"text"')
  expect(judge.categorize).not.toHaveBeenCalled()
})

test.each<[unknown, number]>([
  [undefined, 20],
  [5, 5],
  [1e9, 100],
  [-3, 1],
  ['many', 20],
])('results are read by the page: a limit of %s is %i', async (limit, expected) => {
  await invoke('llm-providers_results', { runId: 'r1', limit })
  expect(judge.results).toHaveBeenCalledExactlyOnceWith('r1', { limit: expected })
})

test('@judge answers by both tasks or by one, as text', async () => {
  const said: string[] = []
  const stream = {
    progress: () => undefined,
    markdown: (words: string | { value: string }) => said.push(typeof words === 'string' ? words : words.value),
  }
  const ask = (prompt: string, command?: string) =>
    handlers[0]?.({ prompt, command } as never, {} as never, stream as never, token)
  await ask('It crashes.')
  expect(said.at(-1)).toBe('Categories: Bug (90 % sure)\n\nScore: 12.3\n\nSee *this* [link](http://x).')
  await ask('It crashes.', 'categorize')
  expect(said.at(-1)).toBe('Categories: Bug (90 % sure)')
  expect(judge.score).toHaveBeenCalledOnce()
  await ask('')
  expect(said.at(-1)).toContain('@judge')
  judge.score.mockRejectedValueOnce(new Error('no_route'))
  await ask('It crashes.', 'score')
  expect(said.at(-1)).toBe('no_route')
})
