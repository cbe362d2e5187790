import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params, RequestName, Result } from '../../protocol/contract.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { idsInSchema } from '../support/providers/exampleOfSchema.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ newsCategories: true })
})
afterEach(() => server.stop())

type Value<Name extends RequestName> = Extract<Result<Name>, { ok: true }>['value']

async function ask<Name extends RequestName>(name: Name, params?: Params<Name>): Promise<Value<Name>> {
  const answer = (await server.request(name, params)) as { ok: boolean; value: Value<Name> }
  expect(answer).toMatchObject({ ok: true })
  return answer.value
}

const find = async (slug: string) => (await ask('category/list')).find((each) => each.slug === slug)
const audited = async () =>
  (await ask('audit/list', { what: ['category'] })).rows.map(({ action, target }) => `${target}: ${action}`)

describe('a merge', () => {
  test('is described as it will be: what moves, weighs differently, and is offered no more', async () => {
    await ask('category/saveAll', {
      changes: [
        { slug: 'business', weight: 'boost' },
        { slug: 'startups', weight: 'max' },
        { slug: 'politics', weight: 'reduce', hidden: true },
      ],
    })
    const merge = { from: 'business', into: 'politics' }
    const described = await ask('category/describeMerge', merge)
    expect(described).toMatchObject({
      from: { slug: 'business' },
      into: { slug: 'politics' },
      moves: [
        { slug: 'finance', name: 'Finance' },
        { slug: 'startups', name: 'Startups' },
      ],
      weights: [{ slug: 'finance', name: 'Finance', before: 'boost', after: 'reduce' }],
      offers: [
        { slug: 'finance', name: 'Finance', isOffered: false },
        { slug: 'startups', name: 'Startups', isOffered: false },
      ],
    })
    expect((await find('finance'))?.parent).toBe('business')
    await ask('category/merge', merge)
    expect(await find('finance')).toMatchObject({ parent: 'politics', effectiveWeight: 'reduce' })
    expect(await find('business')).toBeUndefined()
    expect((await audited()).slice(0, 3)).toEqual(['startups: move', 'finance: move', 'business: merge into politics'])
  })

  test('of a root into its own child gives the child its place and weight of its own', async () => {
    await ask('category/save', { slug: 'business', weight: 'boost' })
    const described = await ask('category/describeMerge', { from: 'business', into: 'finance' })
    expect(described).toMatchObject({
      into: { slug: 'finance', parent: null },
      moves: [{ slug: 'startups' }],
      weights: [
        { slug: 'finance', before: 'boost', after: 'normal' },
        { slug: 'startups', before: 'boost', after: 'normal' },
      ],
    })
  })

  test.each<[string, Params<'category/merge'>, RegExp]>([
    [
      'with children into a child',
      { from: 'business', into: 'space' },
      /"Business" has children \(Finance, Startups\)/,
    ],
    ['into itself', { from: 'space', into: 'space' }, /itself/],
  ])('%s is refused, in words', async (_, merge, sentence) => {
    for (const name of ['category/describeMerge', 'category/merge'] as const)
      expect(await server.request(name, merge)).toMatchObject({
        ok: false,
        reason: { code: 'category_invalid', problems: [{ path: 'into', message: expect.stringMatching(sentence) }] },
      })
  })

  test('into a name that is only suggested is refused', async () => {
    await ask('category/save', { name: 'Idea', approved: false })
    const into = await server.request('category/merge', { from: 'space', into: 'idea' })
    expect(into).toMatchObject({
      ok: false,
      reason: { problems: [{ message: expect.stringContaining('approve it') }] },
    })
    expect(await ask('category/merge', { from: 'idea', into: 'space' })).toMatchObject({ slug: 'space' })
  })
})

describe('a floor of the review', () => {
  test('is stored, kept by a list that says none, taken back, and written into a profile file', async () => {
    await ask('category/save', { slug: 'science', review_below: 0.8 })
    await ask('category/save', { slug: 'space', review_below: 0 })
    const edited = await ask('category/edit', {
      edit: {
        kind: 'replace',
        categories: [{ name: 'science' }, { name: 'Space', review_below: 0.25 }],
      },
    })
    expect(edited.after).toMatchObject([{ review_below: 0.8 }, { review_below: 0.25 }])
    await ask('category/edit', { edit: { kind: 'restore', ...edited } })
    expect(await find('space')).toMatchObject({ review_below: 0 })
    const folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-floors-'))
    await ask('profile/choose', { workspaceFolder: folder })
    const text = await readFile(path.join(folder, '.llm-providers', 'profile.yaml'), 'utf8')
    expect(text.match(/review_below: .+/g)).toEqual(['review_below: 0.8', 'review_below: 0'])
    const { profile } = await ask('profile/check', { text, name: 'profile.yaml' })
    await ask('category/save', { slug: 'science', review_below: null })
    await ask('profile/choose', { keep: 'stored', profile, overwrite: true })
    expect(await find('science')).toMatchObject({ review_below: 0.8 })
    await rm(folder, { recursive: true })
  })

  test.each([-0.1, 1.1, '0.8'])('cannot be %s', async (review_below) => {
    await expect(
      server.request('category/save', { slug: 'space', review_below: review_below as number }),
    ).rejects.toThrow(/review_below/)
    expect(await find('space')).toMatchObject({ review_below: null })
  })

  test('of the stored list counts in a run', async () => {
    await ask('category/save', { slug: 'science', review_below: 1 })
    const folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-floors-'))
    const file = path.join(folder, 'items.jsonl')
    await writeFile(
      file,
      `${JSON.stringify({ id: 'a', text: 'Physics, biology and other science: a discovery in research' })}\n`,
    )
    const { runId } = await ask('run/start', {
      ...{ tasks: ['categorization'], source: { kind: 'paths', paths: [file] }, workspaceFolder: folder },
      output: { path: null, format: 'jsonl', none: true },
    })
    await expect.poll(async () => (await ask('run/get', { runId })).state).toBe('completed')
    const { rows } = await ask('run/results', { runId, limit: 10, filter: { waits: true } })
    expect(rows.map(({ id, review }) => [id, review])).toEqual([['a', ['below_floor']]])
    await rm(folder, { recursive: true })
  })
})

describe('a change', () => {
  test('of several is made whole or not at all', async () => {
    const changes = [
      { slug: 'space', hidden: true },
      { slug: 'nothing', hidden: true },
    ]
    expect(await server.request('category/saveAll', { changes })).toMatchObject({ reason: { code: 'not_found' } })
    expect((await find('space'))?.hidden).toBe(false)
    expect(await audited()).toEqual([])
  })

  test('does not go over what another window changed', async () => {
    const seen = await find('space')
    await ask('category/save', { slug: 'space', weight: 'max' })
    const late = await server.request('category/save', { slug: 'space', name: 'Cosmos', ifUpdatedAt: seen?.updatedAt })
    expect(late).toMatchObject({ ok: false, reason: { code: 'conflict', what: 'category', id: 'space' } })
    expect(await find('space')).toMatchObject({ name: 'Space', weight: 'max' })
  })

  test('of a name keeps the slug', async () => {
    expect(await ask('category/save', { slug: 'space', name: 'Cosmos' })).toMatchObject({
      slug: 'space',
      name: 'Cosmos',
    })
  })

  test('is in the audit log under its own name', async () => {
    await ask('category/save', { name: 'Idea', approved: false })
    await ask('category/save', { name: 'Noise', approved: false })
    await ask('category/save', { slug: 'idea', approved: true })
    await ask('category/remove', { slug: 'noise' })
    await ask('category/save', { slug: 'idea', weight: 'boost' })
    await ask('category/remove', { slug: 'business', confirm: true })
    expect(await audited()).toEqual([
      'startups: move',
      'finance: move',
      'business: remove',
      'idea: change',
      'noise: refuse',
      'idea: approve',
      'noise: create',
      'idea: create',
    ])
  })

  test('of preferences is refused where another window was faster', async () => {
    await ask('preferences/save', { interests: 'Whales.', ifUpdatedAt: (await ask('preferences/read')).updatedAt })
    const late = await server.request('preferences/save', {
      interests: 'Bees.',
      ifUpdatedAt: '2020-01-01T00:00:00.000Z',
    })
    expect(late).toMatchObject({ ok: false, reason: { code: 'conflict' } })
    expect((await ask('preferences/read')).interests).toBe('Whales.')
  })
})

describe('judging again', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-again-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('takes what the run was asked for, when it is asked for and not before', async () => {
    await ask('provider/save', { provider: 'words', kind: 'builtin', config: {} })
    for (const task of ['categorization', 'scoring'] as const)
      await ask('route/save', { task, provider: 'words', model: null })
    const file = path.join(folder, 'items.jsonl')
    await writeFile(file, '{"id":"a","text":"A rocket flies to the moon."}\n')
    const first = await ask('run/start', {
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [file] },
    })
    await expect.poll(async () => (await ask('run/list')).rows[0]?.state).toBe('completed')
    expect(await ask('run/request', { runId: first.runId })).toMatchObject({
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [file] },
      output: { none: false },
    })
    await writeFile(file, '{"id":"a","text":"A rocket flies to the moon."}\n{"id":"b","text":"Bread."}\n')
    await ask('preferences/save', { interests: 'Rockets.' })
    const user = 'Please.\n{fenceRule}\n{items}\n{keys}'
    await ask('prompt/save', { task: 'scoring', part: 'user', text: user })
    expect(await ask('run/estimateAgain', { runId: first.runId })).toMatchObject({ items: 2 })
    expect((await ask('run/list')).rows).toHaveLength(1)

    const second = await ask('run/startAgain', { runId: first.runId })
    expect(second.runId).not.toBe(first.runId)
    await expect.poll(async () => (await ask('run/list')).rows[0]?.state).toBe('completed')
    const hashes = async (runId: string) =>
      (await ask('run/results', { runId })).rows.map(({ receipts }) => receipts.scoring?.promptHash)
    expect(await hashes(second.runId)).not.toContain((await hashes(first.runId))[0])
    const header = await readFile(path.join(server.dataDir, 'runs', `${second.runId}.journal.jsonl`), 'utf8')
    expect(JSON.parse(header.split('\n')[0] ?? '')).toMatchObject({ profile: { prompts: { scoring: { user } } } })
  })

  test('of a run that is gone is refused', async () => {
    for (const name of ['run/request', 'run/estimateAgain', 'run/startAgain'] as const)
      expect(await server.request(name, { runId: '20260101-nothing' })).toMatchObject({ reason: { code: 'not_found' } })
  })
})

describe('a name that a model suggests', () => {
  test('waits in the stored profile, audited, unless the workspace has a profile of its own', async () => {
    const model = await startFakeModelServer()
    const suggest = (name: string) => {
      const verdict = { categories: [], confidence: 1, suggested: { names: [name], parent: null } }
      model.decide(({ schema }) => ({
        value: { verdicts: Object.fromEntries(idsInSchema(schema ?? {}).map((key) => [key, verdict])) },
      }))
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-suggest-'))
    const config = { base_url: `${model.origin}/v1` }
    await ask('provider/save', { provider: 'lab', kind: 'openai-compatible', config })
    await ask('route/save', { task: 'categorization', provider: 'lab', model: 'fake-model' })
    const source = { kind: 'text', name: 'x', text: 'Qubits.' } as const
    const run = { tasks: ['categorization' as const], source, output: { path: null, none: true } }
    const judge = async (workspaceFolder?: string) => {
      const { runId } = await ask('run/start', workspaceFolder ? { ...run, workspaceFolder } : run)
      await expect.poll(async () => (await ask('run/get', { runId })).state).toBe('completed')
    }
    const file = path.join(folder, '.llm-providers', 'profile.yaml')
    await mkdir(path.dirname(file))
    await writeFile(file, 'categories:\n  - name: Bug\n')
    suggest('Of the workspace')
    await judge(folder)
    suggest('Quantum Computing')
    await judge()
    await expect.poll(audited).toEqual(['quantum-computing: suggest'])
    expect(await find('quantum-computing')).toMatchObject({ approved: false })
    await Promise.all([model.close(), rm(folder, { recursive: true, force: true })])
  })
})

test.each(['\u0000', 'a\u0000b', '\ud800', '\u200b', '\u202e', 'a\u202eb', '\u3164', '\u001b[2J'])(
  'a name that nobody can read is refused with the field that is wrong (%j)',
  async (name) => {
    const errors = await Promise.all([
      server.request('category/save', { name, weight: 'boost' }).catch((error: unknown) => error),
      server.request('category/saveAll', { changes: [{ name }, { name }] }).catch((error: unknown) => error),
    ])
    for (const error of errors) expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('name') })
  },
)
