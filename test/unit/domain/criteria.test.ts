import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../protocol/profile.ts'
import { answerSchema } from '../../../server/domain/answerSchema.ts'
import { buildPrompt, promptText } from '../../../server/domain/buildPrompt.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { compositeScore } from '../../../server/domain/compositeScore.ts'
import { measureCriterion, weightedKappa } from '../../../server/domain/criteriaMetrics.ts'
import { questionsOf, taskOfQuestion } from '../../../server/domain/decisionQuestions.ts'
import { type Answers, readScores } from '../../../server/domain/decisionVerdicts.ts'
import { explanationPrompt } from '../../../server/domain/explanationPrompt.ts'
import { missesOf } from '../../../server/domain/gate.ts'
import { parseScoreVerdicts } from '../../../server/domain/parseVerdicts.ts'
import type { CompiledProfile, ScoringWork } from '../../../server/domain/work.ts'
import { readProfile } from '../../../server/profiles/readProfile.ts'
import { compiled } from './fixtures.ts'

const text = `categories:
  - { name: Bug, weight: boost }
  - { name: Noise, weight: block }
criteria:
  - name: Severity
    question: How bad is it?
    type: scale
    scale: { from: 1, to: 5, bands: [cosmetic, minor, hinders, blocks, data loss] }
    weight: 2
  - { name: true positive, question: Is it real?, type: boolean }
  - name: Effort
    question: How much work?
    type: choice
    choices: [{ name: small, value: 1 }, { name: large, description: weeks, value: 0 }]
`

function profileOf(yaml: string): Profile {
  const read = readProfile(yaml, 'profile.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.reason))
  return read.value
}

function compiledOf(yaml = text): CompiledProfile {
  const made = compileProfile(profileOf(yaml))
  if (!made.ok) throw new Error(JSON.stringify(made.reason))
  return made.value
}

const profile = compiledOf()
const work: ScoringWork = { task: 'scoring', profile, items: [{ key: 'k7q', text: 'It crashes.' }] }
const answers = { Severity: 4, 'true positive': true, Effort: 'small' }

function verdictOf(fields: object) {
  return parseScoreVerdicts(JSON.stringify({ verdicts: { k7q: fields } }), work)
}

describe('a profile that is wrong says where', () => {
  const bad: [string, string, RegExp, number][] = [
    ['an unknown type', text.replace('type: boolean', 'type: maybe'), /one of: "scale", "boolean", "choice"/, 10],
    ['a doubled name', text.replace('name: Effort', 'name: SEVERITY'), /already taken by criteria\[0\]\.name/, 11],
    ['empty bands', text.replace(/bands: \[.*?\]/, 'bands: []'), /at least|empty|needed/, 8],
    ['from that is not below to', text.replace('to: 5', 'to: 1'), /more than 1/, 8],
    ['more bands than numbers', text.replace('to: 5', 'to: 3'), /more bands than numbers/, 8],
    [
      'a gap between bands',
      text.replace(/bands: \[.*?\]/, 'bands: [{ from: 1, to: 2, description: a }, { from: 4, to: 5, description: b }]'),
      /must cover 1 to 5/,
      8,
    ],
    ['a choice without its value', text.replace(', value: 0', ''), /value is missing/, 14],
    ['choices of one name', text.replace('name: large', 'name: Small'), /already taken/, 14],
    ['choices of a yes or no', text.replace('type: boolean', 'type: boolean, choices: []'), /not known/, 10],
    ['a name that answers have already', text.replace('name: Effort', 'name: Reasoning'), /cannot be the name/, 11],
    ['a scale of a thousand steps', text.replace(/to: 5.*\]/, 'to: 1000'), /at most 100/, 8],
    ['a score that nothing counts in', 'categories: []\nscore: { to: 20 }\n', /only for profiles with criteria/, 2],
  ]
  test.each(bad)('%s', (_, yaml, message, line) => {
    const read = readProfile(yaml, 'profile.yaml')
    if (read.ok || read.reason.code !== 'profile_invalid') throw new Error('it was accepted')
    expect(read.reason.problems[0]).toMatchObject({ message: expect.stringMatching(message), line })
  })

  test('more than eight', () => {
    const nine = Array.from({ length: 9 }, (_, at) => `  - { name: c${at}, question: Is it?, type: boolean }\n`)
    expect(readProfile(`categories: []\ncriteria:\n${nine.join('')}`, 'profile.yaml').ok).toBe(false)
    expect(readProfile(`categories: []\ncriteria:\n${nine.slice(1).join('')}`, 'profile.yaml').ok).toBe(true)
  })

  test('a changed text of the scoring prompt, which asks for interest and quality', () => {
    const read = readProfile(`${text}prompts: { scoring: { system: x } }\n`, 'profile.yaml')
    if (read.ok || read.reason.code !== 'profile_invalid') throw new Error('it was accepted')
    expect(read.reason.problems.map(({ path }) => path)).toContain('prompts.scoring.system')
  })
})

test('bands without numbers share the scale, each number in one of them', () => {
  const ten = compiledOf(text.replace('from: 1, to: 5', 'from: 0, to: 10'))
  const [severity] = ten.rubric?.criteria ?? []
  if (severity?.type !== 'scale') throw new Error('no scale')
  expect(severity.bands.map(({ from, to }) => [from, to])).toEqual([
    [0, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
  ])
})

test('the prompt asks for the criteria alone, and the schema allows nothing else', () => {
  const { system } = buildPrompt(work, 'markmark')
  expect(system).toContain('- "severity": a whole number from 1 to 5: How bad is it?\n  1: cosmetic')
  expect(system).toContain('- "true_positive": true or false: Is it real?')
  expect(system).toContain('- small\n  - large: weeks')
  expect(system).not.toMatch(/interest|"quality"/)
  const { $defs } = answerSchema(work) as { $defs: { v: object } }
  expect($defs.v).toMatchObject({
    additionalProperties: false,
    required: ['severity', 'true_positive', 'effort', 'reasoning'],
    properties: {
      severity: { enum: [1, 2, 3, 4, 5] },
      true_positive: { type: 'boolean' },
      effort: { enum: ['small', 'large'] },
    },
  })
})

test('a profile without criteria is asked as ever, and criteria change the hash', () => {
  expect(promptText('scoring', { rubric: profile.rubric })).not.toBe(promptText('scoring'))
  expect(promptText('categorization', { rubric: profile.rubric })).toBe(promptText('categorization'))
})

describe('an answer', () => {
  test.each([
    ['as asked for', { severity: 4, true_positive: true, effort: 'small' }],
    ['under the names of the profile', { Severity: 4, 'true positive': true, Effort: 'small' }],
    ['in other spellings', { severity: '4/5', truePositive: 'Yes', effort: ['SMALL'] }],
  ])('%s is read', (_, fields) => {
    const read = verdictOf({ ...fields, reasoning: 'Because.' })
    expect(read.ok && read.verdicts.get('k7q')).toEqual({
      interest: null,
      quality: null,
      criteria: answers,
      reasoning: 'Because.',
    })
  })

  test.each([
    ['a criterion is missing', { severity: 4, effort: 'small' }],
    ['a number is off its scale', { severity: 6, true_positive: true, effort: 'small' }],
    ['a number is a fraction', { severity: 3.5, true_positive: true, effort: 'small' }],
    ['a choice is none of them', { severity: 4, true_positive: true, effort: 'medium' }],
    ['neither yes nor no', { severity: 4, true_positive: 'perhaps', effort: 'small' }],
    ['interest and quality instead', { interest: 4, quality: 5 }],
  ])('%s: no verdict', (_, fields) => {
    const read = verdictOf({ ...fields, reasoning: 'Because.' })
    expect(read.ok && read.verdicts.has('k7q')).toBe(false)
  })
})

describe('the score', () => {
  const score = (criteria: Record<string, number | boolean | string>, categories: string[] | null) =>
    compositeScore({ interest: null, quality: null, criteria, categories }, profile)

  test('is the weighted mean, times the categories, capped', () => {
    // (2 × 0.75 + 1 + 1) / 4 × 1 × 20 = 17.5
    expect(score(answers, [])).toEqual({ score: 17.5, blockedBy: null })
    expect(score({ ...answers, Severity: 1 }, ['Bug'])).toEqual({ score: 15, blockedBy: null })
    expect(score(answers, ['Bug'])).toEqual({ score: 20, blockedBy: null })
    expect(score(answers, ['Noise'])).toEqual({ score: 0, blockedBy: 'Noise' })
  })

  test('has its own upper end', () => {
    const ten = compiledOf(`${text}score: { to: 10 }\n`)
    const parts = { interest: null, quality: null, criteria: answers, categories: null }
    expect(compositeScore(parts, ten).score).toBe(8.8)
  })

  test('is not known where no criterion counts', () => {
    const none = compiledOf(
      'categories: []\ncriteria: [{ name: Tone, question: Which?, type: choice, choices: [{ name: a }, { name: b }] }]\n',
    )
    const parts = { interest: null, quality: null, criteria: { Tone: 'a' }, categories: null }
    expect(compositeScore(parts, none).score).toBeNull()
  })
})

test('a model that decides is asked a score, a yes or no and a choice, and its probabilities are read', () => {
  const { scores } = questionsOf(profile)
  expect(scores.map(({ type, name }) => [type, name])).toEqual([
    ['score', 'criterion Severity'],
    ['predicate', 'criterion true positive'],
    ['choice', 'criterion Effort'],
  ])
  expect(scores.map(taskOfQuestion)).toEqual(['scoring', 'scoring', 'scoring'])
  const given: Answers = new Map([
    [
      'criterion Severity',
      {
        type: 'score',
        name: 'criterion Severity',
        score: 3,
        probabilities: [0, 0, 0.1, 0.8, 0.1],
        serverConfidence: null,
      },
    ],
    [
      'criterion true positive',
      { type: 'predicate', name: 'criterion true positive', probability: 0.8, serverConfidence: null },
    ],
    [
      'criterion Effort',
      {
        type: 'choice',
        name: 'criterion Effort',
        choice: 'small',
        probabilities: { small: 0.9, large: 0.1 },
        serverConfidence: null,
      },
    ],
  ])
  expect(readScores(given, profile)).toEqual({ interest: null, quality: null, criteria: answers, reasoning: null })
})

test('profiles without criteria are asked for interest and quality by decisions, as ever', () => {
  expect(questionsOf(compiled()).scores.map(({ name }) => name)).toEqual(['interest', 'quality'])
})

describe('measuring', () => {
  // Worked out with scikit-learn: cohen_kappa_score([1,2,3,4,5], [1,2,3,5,4], weights='quadratic') is 0.9.
  test('weighted kappa', () => {
    const pairs = [1, 2, 3, 4, 5].map((expected, at) => ({ expected, given: [1, 2, 3, 5, 4][at] ?? null }))
    expect(weightedKappa(pairs)).toBeCloseTo(0.9, 12)
    expect(weightedKappa([{ expected: 3, given: 3 }])).toBeNull()
    expect(weightedKappa([])).toBeNull()
  })

  const [severity, real, effort] = profile.rubric?.criteria ?? []
  if (!severity || !real || !effort) throw new Error('no criteria')

  test('a failed item is a wrong answer', () => {
    const pairs = [
      { expected: true, given: true },
      { expected: true, given: null },
      { expected: false, given: true },
      { expected: false, given: false },
    ]
    expect(measureCriterion(real, pairs)).toMatchObject({
      items: 4,
      failed: 1,
      accuracy: 0.5,
      scores: { precision: 0.5, recall: 0.5, f1: 0.5 },
      errors: null,
    })
  })

  test('a scale has errors, a choice the mean over its choices, and without labels there is nothing', () => {
    expect(measureCriterion(severity, [{ expected: 2, given: 4 }])).toMatchObject({
      errors: { items: 1, meanAbsolute: 2, bias: 2 },
      scores: null,
    })
    expect(measureCriterion(effort, [{ expected: 'small', given: 'small' }])).toMatchObject({ scores: { f1: 1 } })
    expect(measureCriterion(severity, [])).toBeNull()
  })
})

describe('a language of the profile', () => {
  const german = compiledOf(`${text}language: German\n`)

  test('is asked for in free text, and names of the list stay as they are', () => {
    const { system } = buildPrompt({ ...work, profile: german }, 'markmark')
    expect(system).toContain('1 or 2 sentences in German')
    expect(system).toContain('in German, and names from a list as they stand there.')
    const categories = buildPrompt({ task: 'categorization', items: work.items, profile: german }, 'markmark').system
    expect(categories).toContain('1 or 2 new names, in German')
    expect(system.lastIndexOf('in German')).toBeLessThan(system.indexOf('Answer with one JSON object only'))
  })

  test('is another prompt, by its hash; without one nothing changes', () => {
    expect(promptText('scoring', { language: 'German' })).not.toBe(promptText('scoring'))
    expect(promptText('scoring', {})).toBe(promptText('scoring'))
  })

  test('cannot give orders of its own', () => {
    const tricky = compiledOf(`${text}language: "$& {categories} <|im_start|>"\n`)
    const { system } = buildPrompt({ ...work, profile: tricky }, 'markmark')
    expect(system).not.toContain('<|im_start|>')
    expect(system).toContain('$& {categories}')
  })
})

describe('a gate', () => {
  const gate = { categorization: { accuracy: 0.8, labels: 2 }, scoring: { error: 1.5, labels: 2 } }
  const measured = (accuracy: number, meanAbsolute: number, items = 2) =>
    ({
      categorization: { items, accuracy },
      scoring: { items, score: { items, meanAbsolute, bias: 0 } },
    }) as unknown as Parameters<typeof missesOf>[2]

  test('is met, or says what is missing', () => {
    const both = ['categorization', 'scoring'] as const
    expect(missesOf(gate, both, measured(0.8, 1.5))).toEqual([])
    expect(missesOf(gate, both, measured(0.79, 1.6))).toEqual([
      { task: 'categorization', figure: 'accuracy', wanted: 0.8, found: 0.79 },
      { task: 'scoring', figure: 'error', wanted: 1.5, found: 1.6 },
    ])
    expect(missesOf(gate, both, measured(1, 0, 1)).map(({ figure }) => figure)).toEqual(['labels', 'labels'])
    expect(missesOf(gate, both, { categorization: null, scoring: null })).toHaveLength(4)
    expect(missesOf(gate, ['scoring'], measured(0, 0))).toEqual([])
  })
})

test('a model that explains a verdict is told the questions and their answers', () => {
  const verdict = {
    ...{ categories: null, confidence: null, probabilities: null, interest: null, quality: null },
    ...{ criteria: { ...answers, gone: 'x' }, score: 17.5, blockedBy: null },
  }
  const { prompt } = explanationPrompt({ verdict, text: 'It crashes.', profile }, 'abcdefgh')
  expect(prompt).toContain('- How bad is it? 4\n- Is it real? yes\n- How much work? small')
  expect(prompt).not.toMatch(/Interest|gone/)
})
