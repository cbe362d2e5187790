import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CategorySlug } from '../../../protocol/names.ts'
import { Profile } from '../../../protocol/profile.ts'
import { foldName, oneLine, slugOf } from '../../../server/domain/categoryNames.ts'
import { compileProfile, findSameSlugs } from '../../../server/domain/compileProfile.ts'
import { compiled } from './fixtures.ts'

describe('a compiled profile', () => {
  const profile = compiled()

  test('offers roots before their children, and nothing hidden', () => {
    expect(profile.offered.map(({ name, parent, weight }) => [name, parent, weight])).toEqual([
      ['Bug', null, 'boost'],
      ['Crash', 'Bug', 'max'],
      ['Flaky test', 'Bug', 'boost'],
      ['Question', null, 'reduce'],
      ['Spam', null, 'block'],
      ['Giveaway', 'Spam', 'block'],
      ['Not spam', 'Spam', 'normal'],
      ['Docs', null, 'normal'],
    ])
  })

  test('knows the hidden ones, and hides the children of a hidden root', () => {
    expect(profile.hidden.map((category) => category.name)).toEqual(['Internal', 'Secret', 'Classified'])
    expect(profile.byName.get('classified')).toMatchObject({ name: 'Classified', parent: 'Secret' })
  })

  test('carries interests and limits', () => {
    expect(profile).toMatchObject({
      interests: 'Crashes and data loss.',
      limits: { categorizeChars: 2000, scoreChars: 4000 },
    })
  })
})

test('a name that stands twice is a problem with its path, whatever the spelling and level', () => {
  const profile = Profile.parse({ categories: [{ name: 'Bug', children: [{ name: 'ＢＵＧ' }] }, { name: 'bug ' }] })
  const outcome = compileProfile(profile, 'my file')
  expect(outcome).toMatchObject({
    ok: false,
    reason: {
      code: 'profile_invalid',
      file: 'my file',
      problems: [{ path: 'categories[0].children[0].name' }, { path: 'categories[1].name' }],
    },
  })
})

test('different names with one slug are found, the same name is not reported again', () => {
  const profile = Profile.parse({
    categories: [
      { name: 'Sign in' },
      { name: 'Sign-in' },
      { name: 'sign in' },
      { name: 'C++' },
      { name: 'C#' },
      { name: 'C' },
    ],
  })
  expect(findSameSlugs(profile)).toMatchObject([{ path: 'categories[1].name' }])
})

describe('a slug', () => {
  test.each([
    ['Feature Request', 'feature-request'],
    ['  Build & Release ', 'build-and-release'],
    ['Café Größe', 'cafe-grosse'],
    ['C++', 'c-plus-plus'],
    ['C#', 'c-sharp'],
    ['日本', 'u65e5-u672c'],
    ['🎉', 'u1f389'],
    ['--', 'u2d-u2d'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('of %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
  })

  test('is always valid, and the same for every spelling of a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), (name) => {
        expect(CategorySlug.safeParse(slugOf(name)).success).toBe(true)
        expect(slugOf(` ${oneLine(name)}\n`)).toBe(slugOf(name))
        expect(foldName(foldName(name))).toBe(foldName(name))
      }),
    )
  })
})
