import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../../protocol/reasons.ts'
import { readProfile } from '../../../server/profiles/readProfile.ts'

function problemsOf(text: string): Problem[] {
  const outcome = readProfile(text, 'profile.yaml')
  if (outcome.ok) return []
  if (outcome.reason.code !== 'profile_invalid') expect.unreachable(outcome.reason.code)
  expect(outcome.reason.file).toBe('profile.yaml')
  return outcome.reason.problems
}

test('a profile is read with its defaults', () => {
  expect(readProfile('categories:\n  - name: Bug\n', 'p')).toEqual({
    ok: true,
    value: {
      categories: [{ name: 'Bug' }],
      interests: '',
      anti_interests: '',
      limits: { categorize_chars: 2000, score_chars: 4000 },
    },
  })
})

test('how many categories an item gets stands beside the list of them, and is read apart from it', () => {
  const text = 'categories:\n  max: 1\n  list:\n    - name: Bug\n      children:\n        - name: Crash\n'
  expect(readProfile(text, 'p')).toMatchObject({
    ok: true,
    value: {
      categories: [{ name: 'Bug', children: [{ name: 'Crash' }] }],
      category_choice: { max: 1, further_from: 0.1 },
    },
  })
})

test('JSON, a byte order mark, anchors and Windows line ends are fine', () => {
  expect(problemsOf('{"categories":[{"name":"Bug"}]}')).toEqual([])
  expect(problemsOf('\uFEFFcategories: []\r\ninterests: x\r\n')).toEqual([])
  expect(problemsOf('categories:\n  - name: &n Bug\n    description: *n\n')).toEqual([])
})

test('the profile among the samples is valid', () => {
  expect(problemsOf(readFileSync('samples/profile.yaml', 'utf8'))).toEqual([])
})

describe('a problem is told with its field, line and column', () => {
  const cases: [string, string, Problem][] = [
    [
      'a weight that does not exist',
      'categories:\n  - name: Bug\n    weight: huge\n',
      { path: 'categories[0].weight', line: 3, column: 13, message: expect.stringContaining('"boost"') },
    ],
    [
      'an unknown field of a category',
      'categories:\n  - name: Bug\n    colour: red\n',
      { path: 'categories[0].colour', line: 3, column: 5, message: 'the field "colour" is not known' },
    ],
    [
      'a weight that does not exist, in a list with a number of categories beside it',
      'categories:\n  max: 2\n  list:\n    - name: Bug\n      weight: huge\n',
      { path: 'categories.list[0].weight', line: 5, column: 15, message: expect.stringContaining('"boost"') },
    ],
    [
      'two of the same name in such a list',
      'categories:\n  list:\n    - name: Bug\n    - name: bug\n  max: 1\n',
      { path: 'categories.list[1].name', line: 4, column: 13, message: expect.stringContaining('is already taken') },
    ],
    [
      'more categories than an item may have',
      'categories:\n  max: 5\n  list: []\n',
      { path: 'categories.max', line: 2, column: 8, message: expect.stringContaining('4') },
    ],
    [
      'a number of categories and no list',
      'categories:\n  max: 1\n',
      { path: 'categories.list', line: 2, column: 3, message: expect.any(String) },
    ],
    [
      'an unknown field beside the list',
      'categories:\n  maximum: 1\n  list: []\n',
      { path: 'categories.maximum', line: 2, column: 3, message: 'the field "maximum" is not known' },
    ],
    [
      'an unknown field at the top',
      'intrests: x\ncategories: []\n',
      { path: 'intrests', line: 1, column: 1, message: 'the field "intrests" is not known' },
    ],
    [
      'a prompt without its items',
      'categories: []\nprompts:\n  scoring:\n    user: "{fenceRule} {keys}"\n',
      {
        path: 'prompts.scoring.user',
        line: 4,
        column: 11,
        message: '{items} is missing: the items between their fences',
      },
    ],
    [
      'an unknown placeholder, at its line of the file',
      'categories: []\nprompts:\n  scoring:\n    user: |\n      {fenceRule}\n\n      {items}\n      {kyes} {keys}\n',
      { path: 'prompts.scoring.user', line: 8, message: expect.stringContaining('the nearest is {keys}') },
    ],
    [
      'a third level',
      'categories:\n  - name: A\n    children:\n      - name: B\n        children: []\n',
      { path: 'categories[0].children[0].children', line: 5, column: 9, message: expect.stringContaining('not known') },
    ],
    [
      'a missing name',
      'categories:\n  - name: A\n  - weight: max\n',
      { path: 'categories[1].name', line: 3, column: 5, message: 'it is missing' },
    ],
    ['missing categories', 'interests: x\n', { path: 'categories', line: 1, column: 1, message: 'it is missing' }],
    [
      'a number out of range',
      'categories: []\nlimits:\n  score_chars: 5\n',
      { path: 'limits.score_chars', line: 3, column: 16, message: expect.any(String) },
    ],
    [
      'the same name twice, in another spelling',
      'categories:\n  - name: Bug\n    children:\n      - name: "bug "\n',
      {
        path: 'categories[0].children[0].name',
        line: 4,
        column: 15,
        message: expect.stringContaining('already taken'),
      },
    ],
    [
      'names that get the same slug',
      'categories:\n  - name: Sign in\n  - name: Sign-in\n',
      { path: 'categories[1].name', line: 3, column: 11, message: expect.stringContaining('"sign-in"') },
    ],
    [
      'YAML that is none',
      'categories:\n  - name: "Bug\n',
      { path: '', line: 3, column: 1, message: expect.stringContaining('quote') },
    ],
    [
      'a key twice',
      'categories: []\ncategories: []\n',
      { path: '', line: 2, column: 1, message: expect.stringContaining('unique') },
    ],
    [
      'a second document',
      'categories: []\n---\ncategories: []\n',
      { path: '', line: 2, column: 1, message: expect.stringContaining('multiple documents') },
    ],
    ['text alone', 'Bug, Feature\n', { path: '', line: 1, column: 1, message: expect.any(String) }],
    ['an empty file', ' \n', { path: '', line: 1, column: 1, message: 'the file is empty' }],
    ['a list at the top', '- name: Bug\n', { path: '', line: 1, column: 1, message: expect.any(String) }],
    [
      'a reserved name as a field',
      'categories: []\n__proto__:\n  weight: max\n',
      { path: '__proto__', line: 2, column: 1, message: 'the field "__proto__" is not known' },
    ],
  ]
  test.each(cases)('%s', (_, text, problem) => {
    expect(problemsOf(text)).toContainEqual(expect.objectContaining(problem))
  })

  test('all of them at once, up to twenty', () => {
    const text = `categories:\n${'  - name: ""\n'.repeat(30)}`
    const problems = problemsOf(text)
    expect(problems).toHaveLength(20)
    expect(problems.map((problem) => problem.line)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2))
  })
})

describe('a file made to harm is refused and harms nothing', () => {
  const level = (name: string, of: string): string => `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]\n`
  const bomb = `a: &a [x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index) => level(name, 'abcdefgh'[index] ?? 'a')).join('')}`
  test.each([
    ['aliases that multiply', bomb],
    ['brackets without end', '['.repeat(500_000)],
    ['a map in a map in a map', '{a: '.repeat(100_000)],
    ['dashes without end', '- '.repeat(400_000)],
    ['keys without end', '? '.repeat(400_000)],
    ['tags between dashes', '- !t '.repeat(150_000)],
    ['stairs', Array.from({ length: 1300 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    ['more than a megabyte', `interests: ${'x'.repeat(1_000_001)}`],
    ['binary', 'categories: \0'],
    ['an alias to itself', 'categories: &a [*a]'],
  ])('%s', (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0)
    expect(({} as { weight?: string }).weight).toBeUndefined()
  })

  test('as deep as is let through, the parser survives', () => {
    expect(problemsOf(`categories: ${'['.repeat(100)}${']'.repeat(100)}`).length).toBeGreaterThan(0)
    expect(
      problemsOf(Array.from({ length: 101 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')).length,
    ).toBeGreaterThan(0)
  })
})
