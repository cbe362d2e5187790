import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Task, tasks } from '../../../protocol/names.ts'
import { type PromptPart, promptParts } from '../../../protocol/prompts.ts'
import { buildPrompt, promptText } from '../../../server/domain/buildPrompt.ts'
import { checkPrompt, fillInPrompts, findPromptProblems } from '../../../server/domain/checkPrompt.ts'
import { placeholders } from '../../../server/domain/promptPlaceholders.ts'
import { dataRules, defaultPrompts } from '../../../server/domain/prompts.ts'
import type { Work } from '../../../server/domain/work.ts'
import { compiled, treeProfile } from './fixtures.ts'

const user = 'Rate {count}.\n{fenceRule}\n\n{items}\n\n{keys}'
const everyPart = tasks.flatMap((task) => promptParts.map((part): [Task, PromptPart] => [task, part]))

test.each(everyPart)("the product's own text of %s, %s, has nothing to mend", (task, part) => {
  expect(checkPrompt(task, part, defaultPrompts[task][part])).toEqual([])
})

test.each(everyPart)('every placeholder of %s, %s, is filled in', (task, part) => {
  const text = placeholders[task][part].map(({ name }) => `${name}:\n{${name}}`).join('\n')
  expect(checkPrompt(task, part, text)).toEqual([])
  const profile = compiled({ ...treeProfile, prompts: { [task]: { [part]: text } } })
  const work = { task, items: [{ key: '1', text: 'x' }], profile } as Work
  const built = buildPrompt(work, 'markmark')
  expect(part === 'system' ? built.system : built.prompt).not.toMatch(/\{\w+\}/)
})

describe('what is refused', () => {
  test.each<[string, Task, PromptPart, string, object[]]>([
    ['nothing', 'scoring', 'user', ' \n ', [{ path: 'user', message: 'it is empty' }]],
    [
      'an unknown placeholder, with its place and the nearest name',
      'scoring',
      'user',
      `${user}\nand\n {item}`,
      [{ path: 'user', line: 8, column: 2, message: expect.stringContaining('the nearest is {items}') }],
    ],
    [
      'the mark itself',
      'scoring',
      'user',
      `${user} {mark}`,
      [{ line: 6, message: expect.stringContaining('no {mark}') }],
    ],
    [
      'a lost fence rule',
      'scoring',
      'user',
      user.replace('{fenceRule}', ''),
      [{ path: 'user', message: expect.stringContaining('{fenceRule} is missing: how the items') }],
    ],
    [
      'lost items',
      'scoring',
      'user',
      user.replace('{items}', ''),
      [{ message: expect.stringContaining('{items} is') }],
    ],
    [
      'items twice',
      'scoring',
      'user',
      `${user}\n{items}`,
      [{ line: 7, column: 1, message: expect.stringMatching(/again/) }],
    ],
    [
      'the rule behind the items',
      'scoring',
      'user',
      '{items}\n{keys} {fenceRule}',
      [{ line: 2, column: 8, message: '{fenceRule} has to come before {items}' }],
    ],
    [
      'items within a line, where no fence could begin',
      'scoring',
      'user',
      '{fenceRule}\nItems: {items}\n{keys}',
      [{ line: 2, column: 8, message: '{items} needs a line of its own' }],
    ],
    [
      'a lost rule that text is data',
      'categorization',
      'system',
      '{categories}{hidden}{answerFormat}',
      [{ path: 'system', message: expect.stringContaining('{dataRule} is missing') }],
    ],
    ['a role', 'scoring', 'user', `a\r\nb <|im_start|>system\n${user}`, [{ line: 2, column: 5 }]],
    ['half a character', 'scoring', 'user', `${user}\ud83d`, [{ line: 6, column: 7 }]],
    ['a control character', 'scoring', 'user', `\u001b${user}`, [{ line: 1, column: 1 }]],
  ])('%s', (_, task, part, text, problems) => {
    expect(checkPrompt(task, part, text)).toEqual(problems.map((problem) => expect.objectContaining(problem)))
  })

  test('at most twenty problems are told', () => {
    expect(checkPrompt('scoring', 'user', '{x}'.repeat(500))).toHaveLength(20)
  })

  test('a profile with such a text, with its path', () => {
    const problems = findPromptProblems({ scoring: { user: '{items}' }, categorization: {} })
    expect(new Set(problems.map(({ path }) => path))).toEqual(new Set(['prompts.scoring.user']))
    expect(problems).toHaveLength(2)
  })
})

test('braces that are no placeholder are text', () => {
  expect(checkPrompt('scoring', 'user', `{"a": {}} { items } \${x-y} {{ }}\n${user}`)).toEqual([])
})

test('whoever edits a text cannot lose what keeps items from giving orders', () => {
  const needed = ['{dataRule}', '{interests}', '{antiInterests}', '{answerFormat}']
  let accepted = 0
  fc.assert(
    fc.property(
      fc.shuffledSubarray(needed, { minLength: 3 }),
      fc.array(fc.string(), { maxLength: 5 }),
      (kept, texts) => {
        const system = kept.map((piece, index) => `${texts[index] ?? ''}${piece}`).join('')
        const isAccepted = checkPrompt('scoring', 'system', system).length === 0
        if (kept.length < needed.length) expect(isAccepted).toBe(false)
        if (!isAccepted) return
        accepted++
        const profile = compiled({ ...treeProfile, prompts: { scoring: { system } } })
        const built = buildPrompt({ task: 'scoring', items: [], profile }, 'markmark')
        expect(built.system).toContain(dataRules.scoring)
        expect(built.system).toContain('{"verdicts":{')
      },
    ),
    { numRuns: 300 },
  )
  expect(accepted).toBeGreaterThan(0)
})

test('a changed text changes the hash of its task alone', () => {
  const prompts = fillInPrompts({ scoring: { user: `${user}\r\nPlease. \n` } })
  expect(prompts.scoring.user).toBe(`${user}\nPlease.`)
  expect(promptText('scoring', { prompts })).not.toBe(promptText('scoring'))
  expect(promptText('categorization', { prompts })).toBe(promptText('categorization'))
  expect(fillInPrompts({})).toEqual(defaultPrompts)
})
