import { expect, test } from 'vitest'
import { completeProfile } from '../../../server/documents/profileCompletion.ts'

const offered = (text: string): string[] => completeProfile(text).map(({ label }) => label)

const cases: [string, string, string[], string[]][] = [
  ['the fields of a profile', '', ['categories', 'interests', 'criteria'], ['weight', 'question']],
  ['those that are not there yet', 'interests: a\n', ['categories'], ['interests']],
  ['those of a category', 'categories:\n  - name: A\n    ', ['description', 'weight', 'hidden'], ['name', 'interests']],
  ['those of a new category', 'categories:\n  - name: A\n    weight: max\n  - ', ['name', 'weight'], ['interests']],
  [
    'those of a child',
    'categories:\n  - name: A\n    children:\n      - name: B\n        ',
    ['weight'],
    ['children', 'name'],
  ],
  [
    'those of a list with a choice',
    'categories:\n  max: 1\n  list:\n    - name: A\n      ',
    ['weight'],
    ['list', 'max'],
  ],
  ['weights', 'categories:\n  - name: A\n    weight: b', ['block', 'boost'], ['true']],
  ['yes and no', 'categories:\n  - name: A\n    hidden: ', ['true', 'false'], ['block']],
  ['types of criteria', 'criteria:\n  - name: a\n    type: ', ['scale', 'boolean', 'choice'], []],
  ['ready-made criteria', 'criteria: ', ['issues'], []],
  ['those of a type', 'criteria:\n  - name: a\n    type: choice\n    ', ['choices', 'question'], ['scale', 'type']],
  ['a field after another one', 'categories:\n  - name: A\nlimits:\n  ', ['score_chars'], ['name', 'categories']],
  ['nothing in prose', 'interests: what I like is ', [], ['categories']],
  ['nothing of what nobody knows', 'unknown:\n  - ', [], ['name']],
  ['nothing in a comment', '# cat', [], ['categories']],
]
test.each(cases)('%s', (_, text, some, none) => {
  const labels = offered(text)
  expect(labels).toEqual(expect.arrayContaining(some))
  for (const label of none) expect(labels).not.toContain(label)
})

test('a long text of nothing takes no time', () => {
  expect(offered(`${'- '.repeat(20_000)}x`)).toEqual([])
  expect(offered(`${' '.repeat(50_000)}!`)).toEqual([])
  expect(offered('-'.repeat(50_000))).toEqual([])
  expect(offered(`${'a\n'.repeat(20_000)}`)).toContain('categories')
})
