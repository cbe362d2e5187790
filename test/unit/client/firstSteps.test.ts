import { expect, test, vi } from 'vitest'
import { type Answered, type Api, withAnswers } from '../../../client/connection/api.ts'
import type { Snapshot } from '../../../client/connection/snapshot.ts'
import { FirstSteps } from '../../../client/views/firstSteps.ts'
import type { RunView } from '../../../protocol/runs.ts'

vi.mock('vscode', () => ({}))

/** What the model has said of every item. */
const found = { categories: ['Bug'], interest: 7, quality: 5 }

/** A window of the editor; `memory` outlives it. */
function openWindow(memory = new Map<string, unknown>()) {
  const keys: Record<string, boolean> = {}
  const firstSteps = new FirstSteps({
    memory: {
      get: (key: string) => memory.get(key),
      update: async (key: string, value) => void memory.set(key, value),
    },
    set: (key, value) => {
      keys[key] = value
    },
    samples: '/extension/samples',
    connect: async () => ({ request: async () => ({ ok: true, value: { result: found } }) }) as unknown as Api,
  })
  const done = () =>
    Object.entries(keys)
      .filter(([, isDone]) => isDone)
      .map(([key]) => key.replace('llmProviders.has', ''))
  return { firstSteps, memory, done }
}

function begun(memory?: Map<string, unknown>) {
  const opened = openWindow(memory)
  opened.firstSteps.begin()
  return opened
}

/** Of an item of that number. */
const label = (item: number, said: object = { categories: ['Crash'] }, ok = true) =>
  ({
    name: 'label/save',
    params: {
      workspaceFolder: '/work',
      label: { id: `${item}`, runId: 'r', inputHash: `${item}`.repeat(64), ...said },
    },
    result: { ok },
  }) as Answered

const run = (part: Partial<RunView>) =>
  ({
    counts: { total: 3, ok: 3, failed: 0, skipped: 0, waiting: 0 },
    profile: { origin: 'workspace', name: '/work/.llm-providers/profile.yaml', hash: 'a' },
    ...part,
  }) as RunView

const unchosen: RunView['profile'] = {
  origin: 'stored',
  name: null,
  hash: 'a',
  unchosen: { names: ['Technology'], roots: 8 },
}

const providers = (endpoint: string | null, state: 'ok' | 'failed') =>
  ({ providers: [{ endpoint, health: { state } }] }) as unknown as Snapshot

test('three results that a person has corrected are the last step, over windows, each item once', async () => {
  const { firstSteps, memory, done } = begun()
  for (const each of [label(1), label(1), label(2, { interest: 3 }), label(3, {}, false)])
    firstSteps.requestAnswered(each)
  await vi.waitFor(() =>
    expect(memory.get('llmProviders.firstSteps')).toMatchObject({ corrected: ['1'.repeat(64), '2'.repeat(64)] }),
  )
  expect(done()).toEqual([])
  const next = begun(memory)
  next.firstSteps.requestAnswered(label(3, { categories: [] }))
  await vi.waitFor(() => expect(next.done()).toEqual(['Corrected']))
  expect(begun(memory).done()).toEqual(['Corrected'])
})

test('what the model said is accepted, and nothing corrected', async () => {
  const { firstSteps, memory } = begun()
  firstSteps.requestAnswered(label(1, { categories: ['Bug'], interest: null, quality: null }))
  firstSteps.requestAnswered(label(2, found))
  firstSteps.requestAnswered(label(3, { ...found, quality: 6 }))
  await vi.waitFor(() => expect(memory.get('llmProviders.firstSteps')).toMatchObject({ corrected: ['3'.repeat(64)] }))
})

test('a run of somebody’s own file has opened it, and was judged by something', () => {
  const { firstSteps, done } = begun()
  firstSteps.runHeard(run({ profile: unchosen, counts: { total: 3, ok: 0, failed: 0, skipped: 0, waiting: 3 } }))
  expect(done()).toEqual(['OpenedItems'])
  firstSteps.runHeard(run({ profile: unchosen }))
  expect(done()).toEqual(['OpenedItems', 'Connected'])
  firstSteps.runHeard(run({}))
  expect(done()).toEqual(['OpenedItems', 'ChosenCategories', 'Connected'])
})

test.each([
  ['the sample', run({ profile: { origin: 'file', name: '/extension/samples/profile.yaml', hash: 'a' } })],
  ['a comparison of models', run({ evaluation: 'e1' })],
])('%s is nobody’s own file', (_, made) => {
  const { firstSteps, done } = begun()
  firstSteps.runHeard(made)
  expect(done()).toEqual([])
})

test.each([
  ['the built-in provider', providers(null, 'ok'), []],
  ['one that has not answered', providers('http://localhost:1', 'failed'), []],
  ['one that has', providers('http://localhost:1', 'ok'), ['Connected']],
])('%s: connected or not', (_, snapshot, expected) => {
  const { firstSteps, done } = begun()
  firstSteps.follow(snapshot)
  expect(done()).toEqual(expected)
})

test.each([
  ['/work/tickets.csv', true],
  ['/work/Tickets.XLSX', true],
  ['/work/old.jsonl.gz', true],
  ['/work/README.md', false],
  ['/work/package.json', false],
  ['/extension/samples/issues.jsonl', false],
])('%s that is opened: %s', (file, isItems) => {
  const { firstSteps, done } = begun()
  firstSteps.fileOpened(file)
  expect(done()).toEqual(isItems ? ['OpenedItems'] : [])
})

test('the choice of a profile counts, whoever made the request', async () => {
  const { firstSteps, done } = begun()
  const answers = { 'profile/choose': { ok: true }, 'profile/read': { ok: true } }
  const api = withAnswers(
    { request: async (name: keyof typeof answers) => answers[name], notify: async () => {} } as unknown as Api,
    (answered) => firstSteps.requestAnswered(answered),
  )
  await api.request('profile/read', {})
  expect(done()).toEqual([])
  expect(await api.request('profile/choose', { workspaceFolder: '/work' })).toEqual({ ok: true })
  expect(done()).toEqual(['ChosenCategories'])
})

test('what happens before the editor has read the walkthrough is said afterwards, for it would be missed', () => {
  const { firstSteps, done } = openWindow()
  firstSteps.fileOpened('/work/tickets.csv')
  expect(done()).toEqual([])
  firstSteps.begin()
  expect(done()).toEqual(['OpenedItems'])
})

test.each(['', null, { corrected: 'all', opened: 1 }, [1, 2]])('a memory that says %j says nothing', (damaged) => {
  expect(begun(new Map([['llmProviders.firstSteps', damaged]])).done()).toEqual([])
})
