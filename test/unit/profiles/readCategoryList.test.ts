import { describe, expect, test } from 'vitest'
import { readWrittenProfile } from '../../../server/profiles/readCategoryList.ts'

function read(text: string) {
  const outcome = readWrittenProfile(text, 'my list')
  if (!outcome.ok) expect.unreachable(outcome.reason.message)
  return outcome.value
}

/** `Bug(Crash, Slow), Question` */
function treeOf(text: string): string {
  return read(text)
    .profile.categories.map(({ name, children }) =>
      children ? `${name}(${children.map((child) => child.name).join(', ')})` : name,
    )
    .join(', ')
}

describe('a list of categories as a person types it', () => {
  test.each<[string, string, string]>([
    ['one a line', 'Bug\nQuestion', 'Bug, Question'],
    ['with children indented by spaces', 'Bug\n  Crash\n  Slow\nQuestion', 'Bug(Crash, Slow), Question'],
    ['by tabs', 'Bug\n\tCrash\nQuestion', 'Bug(Crash), Question'],
    ['indented differently under each parent', 'Bug\n  Crash\nQuestion\n     How', 'Bug(Crash), Question(How)'],
    ['as a whole indented', '    Bug\n      Crash\n    Question', 'Bug(Crash), Question'],
    [
      'from Windows, with a mark, blank lines and a byte order mark',
      '\uFEFFBug\r\n\r\n  Crash\r\nQuestion\r\n',
      'Bug(Crash), Question',
    ],
    ['copied from a document', '- Bug\n  * Crash\n2) Question\n- [ ] Task', 'Bug(Crash), Question, Task'],
    ['with names of any language', '配達\n  遅延：届かない\nÜberweisung', '配達(遅延), Überweisung'],
    ['with colons within names', 'C++: a language\nRatio 16:9\nhttp://x', 'C++, Ratio 16:9, http://x'],
  ])('%s', (_, text, tree) => {
    expect(treeOf(text)).toBe(tree)
  })

  test('what stands behind a colon is the description', () => {
    const { profile, form } = read('Bug: it crashes: or hangs\nQuestion:\n  How to :  steps')
    expect(form).toBe('list')
    expect(profile.categories).toEqual([
      { name: 'Bug', description: 'it crashes: or hangs' },
      { name: 'Question', children: [{ name: 'How to', description: 'steps' }] },
    ])
  })

  test.each<[string, string, [number, RegExp][]]>([
    ['nothing', ' \n\n', [[1, /no category/]]],
    ['a third level', 'Bug\n Crash\n  Deep', [[3, /two levels only/]]],
    ['an indent in between', 'Bug\n    Crash\n  Half', [[3, /neither like a category nor like its children/]]],
    ['a line left of the first', '  Bug\nQuestion', [[2, /further to the left/]]],
    ['one name twice, spelled otherwise', 'Bug\nQuestion\n  bUg', [[3, /the name "bUg" is taken already by line 1$/]]],
    ['names too much alike', 'Sign in\nSign-in', [[2, /too much like "Sign in"/]]],
    ['a name that is too long', `Bug\n${'x'.repeat(81)}`, [[2, /80/]]],
    ['no name before the colon', 'Bug\n: a description', [[2, /./]]],
    ['signs that turn the text around', 'Bug\nsafe\u202Egnp', [[2, /a name that can be read/]]],
    [
      'several at once',
      'A\n B\n  C\nA',
      [
        [3, /two levels/],
        [4, /taken already/],
      ],
    ],
  ])('%s is refused with its line', (_, text, problems) => {
    const outcome = readWrittenProfile(text, 'my list')
    if (outcome.ok || outcome.reason.code !== 'profile_invalid') expect.unreachable('it was read')
    expect(outcome.reason.file).toBe('my list')
    expect(outcome.reason.problems.map(({ line }) => line)).toEqual(problems.map(([line]) => line))
    for (const [index, [, message]] of problems.entries())
      expect(outcome.reason.problems[index]?.message).toMatch(message)
  })
})

test.each<[string, string]>([
  ['YAML', 'name: Mine\ncategories:\n  - name: Bug\n'],
  ['YAML in one line', 'categories: [{name: Bug}]'],
  ['JSON', '{"categories":[{"name":"Bug"}]}'],
])('a profile as %s is read as one', (_, text) => {
  expect(read(text)).toMatchObject({ form: 'profile', profile: { categories: [{ name: 'Bug' }] } })
})
