import { expect, test } from 'vitest'
import { type Category, Profile } from '../../../protocol/profile.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { profileFromStore } from '../../../server/profiles/profileFromStore.ts'

const limits = { categorize_chars: 500, score_chars: 6000 }
const preferences = {
  interests: 'a',
  anti_interests: 'b',
  active_llm_provider: null,
  examples: null,
  category_choice: null,
  criteria: null,
  score: null,
  language: null,
  gate: null,
  limits,
  updatedAt: null,
}

function category(slug: string, changes: Partial<Category> = {}): Category {
  return {
    slug,
    name: slug.toUpperCase(),
    description: null,
    parent: null,
    weight: null,
    review_below: null,
    effectiveWeight: 'normal',
    updatedAt: '2026-11-21T09:00:00.000Z',
    hidden: false,
    approved: true,
    ...changes,
  }
}

test('stored categories and preferences become a profile that compiles', () => {
  const profile = profileFromStore(
    [
      category('bug', { weight: 'boost', description: 'Broken', review_below: 0.8 }),
      category('crash', { parent: 'bug', effectiveWeight: 'boost', review_below: 0 }),
      category('secret', { hidden: true }),
    ],
    preferences,
  )
  expect(profile).toEqual({
    categories: [
      {
        ...{ name: 'BUG', description: 'Broken', weight: 'boost', review_below: 0.8 },
        children: [{ name: 'CRASH', review_below: 0 }],
      },
      { name: 'SECRET', hidden: true },
    ],
    interests: 'a',
    anti_interests: 'b',
    limits,
  })
  expect(Profile.safeParse(profile).success).toBe(true)
  const compiled = compileProfile(profile)
  expect(compiled.ok && compiled.value.offered.map(({ name, weight }) => [name, weight])).toEqual([
    ['BUG', 'boost'],
    ['CRASH', 'boost'],
  ])
})

test('a suggestion that waits for approval is not offered; its approved child is, as a root', () => {
  const profile = profileFromStore(
    [category('new', { approved: false }), category('child', { parent: 'new' })],
    preferences,
  )
  expect(profile.categories).toEqual([{ name: 'CHILD' }])
})

test('stored names with the same slug do not stop a run', () => {
  const profile = profileFromStore(
    [category('sign-in', { name: 'Sign in' }), category('sign-in-2', { name: 'Sign-in' })],
    preferences,
  )
  expect(compileProfile(profile).ok).toBe(true)
})

test('how many categories an item gets is part of the stored profile once somebody has said it', () => {
  const category_choice = { max: 1, further_from: 0.2 }
  expect(profileFromStore([], { ...preferences, category_choice })).toMatchObject({ category_choice })
  expect(profileFromStore([], preferences)).not.toHaveProperty('category_choice')
})
