import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CategoryChange } from '../../../protocol/profile.ts'
import {
  addSuggestion,
  findCategory,
  listCategories,
  maxSuggestions,
  mergeCategories,
  removeCategory,
  saveCategory,
} from '../../../server/store/categoryTable.ts'
import type { Connection } from '../../../server/store/sqlite.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'
import { putNewsCategories } from '../../support/store/newsStore.ts'
import { instant } from '../../support/store/storeFolder.ts'

let database: Connection
beforeEach(async () => {
  database = await openMigrated()
  putNewsCategories(database)
})
afterEach(() => database.close())

const save = (change: CategoryChange) => saveCategory(database, change, instant)

test('children follow their roots', () => {
  const slugs = listCategories(database).map(({ slug }) => slug)
  expect(slugs.slice(0, 6)).toEqual([
    'technology',
    'software-development',
    'artificial-intelligence',
    'cybersecurity',
    'hardware',
    'science',
  ])
})

test('a category without a weight takes its parent’s', () => {
  save({ slug: 'technology', weight: 'boost' })
  save({ slug: 'hardware', weight: 'reduce' })
  const weights = new Map(listCategories(database).map(({ slug, effectiveWeight }) => [slug, effectiveWeight]))
  expect(weights.get('technology')).toBe('boost')
  expect(weights.get('cybersecurity')).toBe('boost')
  expect(weights.get('hardware')).toBe('reduce')
  expect(weights.get('science')).toBe('normal')
})

test('a new category gets a slug of its name, and absent fields stay as they are', () => {
  expect(save({ name: 'C++', parent: 'technology', weight: 'max' })).toMatchObject({
    ok: true,
    value: {
      slug: 'c-plus-plus',
      parent: 'technology',
      weight: 'max',
      approved: true,
      hidden: false,
      description: null,
    },
  })
  expect(save({ slug: 'c-plus-plus', hidden: true, weight: null, parent: null })).toMatchObject({
    ok: true,
    value: { name: 'C++', hidden: true, weight: null, parent: null, effectiveWeight: 'normal' },
  })
})

test('two names with one slug get two', () => {
  expect(save({ name: 'Big Data' })).toMatchObject({ value: { slug: 'big-data' } })
  expect(save({ name: 'Big: Data' })).toMatchObject({ value: { slug: 'big-data-2' } })
})

test.each<[string, CategoryChange, object]>([
  ['an unknown slug', { slug: 'nothing', hidden: true }, { code: 'not_found', id: 'nothing' }],
  ['no name', { hidden: true }, { code: 'category_invalid', problems: [{ path: 'name' }] }],
  ['a name that is taken', { name: 'SCIENCE' }, { code: 'already_exists', id: 'SCIENCE' }],
  ['a name taken by another', { slug: 'space', name: 'science' }, { code: 'already_exists' }],
  ['an unknown parent', { name: 'X', parent: 'nothing' }, { code: 'category_invalid', problems: [{ path: 'parent' }] }],
  ['a third level', { name: 'X', parent: 'hardware' }, { code: 'category_invalid', problems: [{ path: 'parent' }] }],
  ['a root with children as child', { slug: 'science', parent: 'culture' }, { code: 'category_invalid' }],
  ['itself as parent', { slug: 'science', parent: 'science' }, { code: 'category_invalid' }],
])('%s is refused', (_, change, reason) => {
  const before = listCategories(database)
  expect(save(change)).toMatchObject({ ok: false, reason })
  expect(listCategories(database)).toEqual(before)
})

test.each<[string, string]>([
  ['a child of a child', "INSERT INTO categories (slug, name, parent, updated_at) VALUES ('x', 'X', 'hardware', '')"],
  ['a root with children that gets a parent', "UPDATE categories SET parent = 'culture' WHERE slug = 'science'"],
  ['a child that moves under a child', "UPDATE categories SET parent = 'hardware' WHERE slug = 'space'"],
  ['its own parent', "UPDATE categories SET parent = slug WHERE slug = 'education'"],
  ['an unknown parent', "UPDATE categories SET parent = 'nothing' WHERE slug = 'space'"],
  ['an unknown weight', "UPDATE categories SET weight = 'heavy'"],
])('the database itself refuses %s', (_, sql) => {
  expect(() => database.run(sql)).toThrow()
})

test('the children of a removed category stay, as roots', () => {
  expect(removeCategory(database, 'science', instant)).toBe(true)
  expect(findCategory(database, 'space')).toMatchObject({ parent: null })
  expect(removeCategory(database, 'science', instant)).toBe(false)
})

test('a merge moves the children', () => {
  expect(mergeCategories(database, { from: 'business', into: 'politics' }, instant)).toMatchObject({
    ok: true,
    value: { into: { slug: 'politics' }, moves: [{ slug: 'finance' }, { slug: 'startups' }] },
  })
  expect(findCategory(database, 'business')).toBeUndefined()
  expect(findCategory(database, 'finance')).toMatchObject({ parent: 'politics' })
  expect(findCategory(database, 'startups')).toMatchObject({ parent: 'politics' })
})

test('a root merged into its own child gives it its place', () => {
  expect(mergeCategories(database, { from: 'business', into: 'finance' }, instant).ok).toBe(true)
  expect(findCategory(database, 'finance')).toMatchObject({ parent: null })
  expect(findCategory(database, 'startups')).toMatchObject({ parent: 'finance' })
})

test('a child merges into a child', () => {
  expect(mergeCategories(database, { from: 'hardware', into: 'space' }, instant)).toMatchObject({
    ok: true,
    value: { into: { slug: 'space', parent: 'science' }, moves: [] },
  })
})

test.each<[string, { from: string; into: string }, object]>([
  ['into itself', { from: 'space', into: 'space' }, { code: 'category_invalid' }],
  ['of nothing', { from: 'nothing', into: 'space' }, { code: 'not_found', id: 'nothing' }],
  ['into nothing', { from: 'space', into: 'nothing' }, { code: 'not_found', id: 'nothing' }],
  ['of a parent into a child of another', { from: 'business', into: 'space' }, { code: 'category_invalid' }],
])('a merge %s is refused', (_, merge, reason) => {
  const before = listCategories(database)
  expect(mergeCategories(database, merge, instant)).toMatchObject({ ok: false, reason })
  expect(listCategories(database)).toEqual(before)
})

test('a suggestion waits for approval', () => {
  const suggest = (name: string, parent: string | null) => addSuggestion(database, { name, parent }, instant) !== null
  expect(suggest('  Quantum Computing ', 'technology')).toBe(true)
  expect(findCategory(database, 'quantum-computing')).toMatchObject({
    name: 'Quantum Computing',
    parent: 'technology',
    approved: false,
  })
  expect(suggest('QUANTUM computing', 'Science')).toBe(false)
  expect(suggest('Science', null)).toBe(false)
  expect(suggest('   ', null)).toBe(false)
  expect(suggest('Robotics', 'Technology')).toBe(true)
  expect(findCategory(database, 'robotics')).toMatchObject({ parent: 'technology' })
  expect(suggest('Qubits', 'Quantum Computing')).toBe(true)
  expect(findCategory(database, 'qubits')).toMatchObject({ parent: null })
  expect(save({ slug: 'robotics', approved: true })).toMatchObject({ ok: true, value: { approved: true } })
})

test('suggestions are bounded', () => {
  let kept = 0
  for (let number = 0; number < maxSuggestions + 20; number++) {
    if (addSuggestion(database, { name: `name ${number}`, parent: null }, instant)) kept++
  }
  expect(kept).toBe(maxSuggestions)
})
