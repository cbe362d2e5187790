import { describe, expect, it } from 'vitest'
import type { Category } from '../../../protocol/profile.ts'
import {
  changesOf,
  rangeBetween,
  rootsThatStay,
  sharedParents,
  undoOf,
} from '../../../webview/pages/categories/severalCategories.ts'

const category = (slug: string, parent: string | null, part: Partial<Category> = {}): Category => ({
  ...{ slug, name: slug, description: null, parent, weight: null, effectiveWeight: 'normal', review_below: null },
  ...{ hidden: false, approved: true, updatedAt: '2026-11-21T08:00:00.000Z', ...part },
})
const tree = [
  category('arts', null),
  category('film', 'arts'),
  category('music', 'arts'),
  category('news', null, { weight: 'boost' }),
  category('robots', null, { approved: false }),
]
const some = (...slugs: string[]) => tree.filter(({ slug }) => slugs.includes(slug))

describe('several categories at once', () => {
  it('a root goes under another one after its children did', () => {
    const changes = changesOf(some('arts', 'film', 'music'), { parent: 'news' })
    expect(changes.map(({ slug, parent }) => [slug, parent])).toEqual([
      ['film', 'news'],
      ['music', 'news'],
      ['arts', 'news'],
    ])
  })

  it('each change names the state that it was decided on', () => {
    expect(changesOf(some('news'), { hidden: true })).toEqual([
      { slug: 'news', hidden: true, ifUpdatedAt: '2026-11-21T08:00:00.000Z' },
    ])
  })

  it.each([
    [{ parent: null }, { parent: 'arts' }],
    [{ weight: 'max' }, { weight: null }],
    [{ hidden: true }, { hidden: false }],
    [{ approved: true }, { approved: true }],
  ] as const)('is taken back: %j', (change, was) => {
    const saved = some('film').map((each) => ({ ...each, ...change, updatedAt: '2026-11-21T09:00:00.000Z' }))
    expect(undoOf(some('film'), change, saved)).toEqual([
      { slug: 'film', ...was, ifUpdatedAt: '2026-11-21T09:00:00.000Z' },
    ])
  })

  it('is taken back last first, as a root is one again before something stands under it', () => {
    const before = some('arts', 'film')
    const saved = changesOf(before, { parent: 'news' }).flatMap(({ slug = '' }) => some(slug))
    expect(undoOf(before, { parent: 'news' }, saved).map(({ slug, parent }) => [slug, parent])).toEqual([
      ['arts', null],
      ['film', 'arts'],
    ])
  })

  it.each([
    [['arts'], ['arts']],
    [['arts', 'film'], ['arts']],
    [['arts', 'film', 'music'], []],
    [['news', 'film'], []],
  ])('of %j, %j have to stay roots', (chosen, staying) => {
    expect(rootsThatStay(tree, some(...chosen)).map(({ slug }) => slug)).toEqual(staying)
  })

  it('goes under approved roots that are not among them', () => {
    expect(sharedParents(tree, some('film')).map(({ slug }) => slug)).toEqual(['arts', 'news'])
    expect(sharedParents(tree, some('arts')).map(({ slug }) => slug)).toEqual(['news'])
  })

  it.each([
    ['b', 'd', ['b', 'c', 'd']],
    ['d', 'b', ['b', 'c', 'd']],
    [null, 'c', ['c']],
    ['gone', 'c', ['c']],
  ])('a range from %s to %s', (from, to, range) => {
    expect(rangeBetween(['a', 'b', 'c', 'd'], from, to)).toEqual(range)
  })
})
