import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params, RequestName, Result } from '../../protocol/contract.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

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

/** `Business (Finance, Startups)`, root by root. */
async function tree(): Promise<string[]> {
  const all = await ask('category/list')
  return all
    .filter(({ parent }) => parent === null)
    .map(({ slug, name }) => {
      const below = all.filter(({ parent }) => parent === slug).map((child) => child.name)
      return below.length > 0 ? `${name} (${below.join(', ')})` : name
    })
}

/** What is stored of each, without when it was stored. */
const stored = async () => (await ask('category/list')).map(({ updatedAt: _, ...category }) => category)
const undo = ({ before, after }: Value<'category/edit'>) =>
  ask('category/edit', {
    edit: { kind: 'restore', before, after: after.map(({ slug, updatedAt }) => ({ slug, updatedAt })) },
  })

describe('a list that replaces the stored one', () => {
  const list = [
    { name: 'science', children: [{ name: 'Physics', weight: 'max' as const }, { name: 'Finance' }] },
    { name: 'Sport', description: 'Matches and results.' },
  ]

  test('keeps slug and weight of what has the same name, and says all of it before', async () => {
    await ask('category/save', { slug: 'science', weight: 'boost' })
    await ask('category/save', { name: 'Idea', approved: false })
    const edit = { kind: 'replace' as const, categories: list }
    const described = await ask('category/describeEdit', { edit })
    expect(described).toMatchObject({
      added: [{ name: 'Physics' }, { name: 'Sport' }],
      moves: [{ slug: 'finance', parent: 'science' }],
      weights: [{ slug: 'finance', before: 'normal', after: 'boost' }],
      total: 4,
    })
    expect(described.removed).toContainEqual({ slug: 'idea', name: 'Idea', approved: false })
    const edited = await ask('category/edit', { edit })
    expect(await tree()).toEqual(['science (Physics, Finance)', 'Sport'])
    expect(edited.after.find(({ slug }) => slug === 'science')).toMatchObject({ weight: 'boost' })
    const [entry] = (await ask('audit/list', { what: ['category'] })).rows
    expect(entry).toMatchObject({
      action: 'replace all',
      after: { categories: ['science', 'Physics', 'Finance', 'Sport'] },
    })
  })

  test('is undone as one, and what came later stays', async () => {
    await ask('category/save', { slug: 'space', weight: 'block', hidden: true })
    const before = await stored()
    const edited = await ask('category/edit', { edit: { kind: 'replace', categories: list } })
    await ask('category/save', { name: 'Later', approved: false })
    await undo(edited)
    expect(await stored()).toEqual([...before, expect.objectContaining({ slug: 'later', parent: null })])
  })

  test('is not undone over a later change', async () => {
    const { before, after } = await ask('category/edit', { edit: { kind: 'replace', categories: list } })
    await ask('category/save', { slug: 'sport', weight: 'max' })
    const seen = after.map(({ slug, updatedAt }) => ({ slug, updatedAt }))
    const restored = await server.request('category/edit', { edit: { kind: 'restore', before, after: seen } })
    expect(restored).toMatchObject({ reason: { code: 'conflict', id: 'sport' } })
    expect(await tree()).toEqual(['science (Physics, Finance)', 'Sport'])
  })

  test('is refused when the list was changed elsewhere', async () => {
    const seen = (await ask('category/list')).map(({ slug, updatedAt }) => ({ slug, updatedAt }))
    await ask('category/remove', { slug: 'space', confirm: true })
    const edit = { kind: 'replace' as const, categories: list }
    for (const name of ['category/describeEdit', 'category/edit'] as const)
      expect(await server.request(name, { edit, ifCurrent: seen })).toMatchObject({
        reason: { code: 'conflict', id: 'space' },
      })
  })

  test('may not name a category twice', async () => {
    const edit = { kind: 'replace' as const, categories: [{ name: 'Bug', children: [{ name: ' bug' }] }] }
    expect(await server.request('category/edit', { edit })).toMatchObject({ reason: { code: 'already_exists' } })
    expect(await tree()).toHaveLength(8)
  })
})

test('a list that is added leaves what is there as it is', async () => {
  await ask('category/save', { name: 'Chess', approved: false })
  const before = await stored()
  const categories = [
    { name: 'SCIENCE', description: 'Something else.', weight: 'block' as const, children: [{ name: 'Physics' }] },
    { name: 'Startups', children: [{ name: 'Funding' }] },
    { name: 'Chess' },
  ]
  const edited = await ask('category/edit', { edit: { kind: 'add', categories } })
  const after = await stored()
  const untouched = before.filter(({ slug }) => slug !== 'chess')
  expect(after).toEqual(expect.arrayContaining(untouched))
  expect(after.filter(({ slug }) => !untouched.some((each) => each.slug === slug))).toMatchObject([
    { name: 'Physics', parent: 'science' },
    // Two levels only: beside the one that it was to stand under.
    { name: 'Funding', parent: 'business' },
    { name: 'Chess', parent: null, approved: true },
  ])
  await undo(edited)
  expect(await stored()).toEqual(before)
})

test('names of any language and with emoji get slugs of their own', async () => {
  const names = [
    'Größe',
    'Grosse',
    '配達',
    '配達の遅延',
    'はし',
    'ばし',
    '😀 Gut',
    '😡 Gut',
    '🐛',
    '👍',
    'हिन्दी',
    'हनद',
  ]
  const long = ['とても長い分類の名前がここにありますよね一番', 'とても長い分類の名前がここにありますよね二番']
  const categories = [...names, ...long].map((name) => ({ name }))
  const text = [...names, ...long].map((name) => `- ${name}`).join('\n')
  expect((await ask('profile/check', { text })).profile.categories).toEqual(categories)
  const { after } = await ask('category/edit', { edit: { kind: 'replace', categories } })
  expect(after.map(({ name }) => name)).toEqual([...names, ...long])
  expect(new Set(after.map(({ slug }) => slug)).size).toBe(after.length)
  for (const { slug } of after) await ask('category/save', { slug, weight: 'boost' })
})

describe('several at once', () => {
  test('are removed, what stood under them moves up, and that is undone', async () => {
    const before = await stored()
    const edit = { kind: 'remove' as const, slugs: ['business', 'finance', 'space'] }
    const described = await ask('category/describeEdit', { edit })
    expect(described.removed.map(({ slug }) => slug)).toEqual(['space', 'business', 'finance'])
    expect(described.moves).toMatchObject([{ slug: 'startups', parent: null }])
    const edited = await ask('category/edit', { edit })
    expect((await ask('category/list')).find(({ slug }) => slug === 'startups')?.parent).toBeNull()
    const { rows } = await ask('audit/list', { what: ['category'] })
    expect(rows.map(({ target, action }) => `${target}: ${action}`).sort()).toEqual([
      'business: remove',
      'finance: remove',
      'space: remove',
      'startups: move',
    ])
    await undo(edited)
    expect(await stored()).toEqual(before)
  })

  test('are merged into one of another root, with what stands under them, and that is undone', async () => {
    await ask('category/save', { slug: 'business', weight: 'boost' })
    const before = await stored()
    const edit = { kind: 'merge' as const, from: ['business', 'finance', 'space'], into: 'politics' }
    expect(await ask('category/describeEdit', { edit })).toMatchObject({
      removed: [{ slug: 'space' }, { slug: 'business' }, { slug: 'finance' }],
      moves: [{ slug: 'startups', parent: 'Politics' }],
      weights: [{ slug: 'startups', before: 'boost', after: 'normal' }],
    })
    const edited = await ask('category/edit', { edit })
    expect((await tree()).find((family) => family.startsWith('Politics'))).toContain('Startups')
    await undo(edited)
    expect(await stored()).toEqual(before)
  })

  test('all stay when one cannot go', async () => {
    const before = await stored()
    for (const edit of [
      { kind: 'merge' as const, from: ['finance', 'business'], into: 'space' },
      { kind: 'merge' as const, from: ['finance', 'space'], into: 'space' },
      { kind: 'remove' as const, slugs: ['finance', 'nothing'] },
    ])
      expect(await server.request('category/edit', { edit })).toMatchObject({ ok: false })
    expect(await stored()).toEqual(before)
  })
})
