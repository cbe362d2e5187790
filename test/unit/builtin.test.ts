import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildPrompt } from '../../server/domain/buildPrompt.ts'
import { parseCategoryVerdicts, parseScoreVerdicts } from '../../server/domain/parseVerdicts.ts'
import type { CategoryVerdict, CompiledProfile, ScoreVerdict, Work } from '../../server/domain/work.ts'
import { readProfile } from '../../server/profiles/readProfile.ts'
import type { CompletionRequest, ProviderCall } from '../../server/providers/adapter.ts'
import { builtinAdapter as builtin } from '../../server/providers/builtin.ts'
import type { Transport } from '../../server/providers/transport.ts'
import { compiled, treeProfile } from './domain/fixtures.ts'

const noNetwork: Transport = {
  open: () => expect.unreachable('builtin opened a connection'),
  now: () => expect.unreachable('builtin asked for the time'),
  close: async () => {},
}

function callWith(signal = new AbortController().signal): ProviderCall<Record<string, never>> {
  return { provider: 'builtin', config: {}, key: null, transport: noNetwork, signal }
}

function requestFor(work: Work, model = 'keywords'): CompletionRequest {
  const { system, prompt, schema, schemaName, maxOutputTokens } = buildPrompt(work, 'markmark')
  return {
    model,
    system,
    prompt,
    output: { name: schemaName, schema },
    mode: 'json',
    maxOutputTokens,
    thinking: undefined,
    work,
  }
}

async function answerTo(work: Work): Promise<string> {
  const outcome = await builtin.complete(callWith(), requestFor(work))
  if (!outcome.ok) throw new Error(outcome.reason.message)
  expect(outcome.value.usage).toEqual({ input: 0, output: 0, cached: 0 })
  return outcome.value.text
}

async function categorize(texts: string[], profile: CompiledProfile): Promise<CategoryVerdict[]> {
  const work = {
    task: 'categorization' as const,
    items: texts.map((text, index) => ({ key: `${index}`, text })),
    profile,
  }
  const parsed = parseCategoryVerdicts(await answerTo(work), work)
  if (!parsed.ok) throw new Error(parsed.detail)
  expect(parsed).toMatchObject({ missing: [], problems: [] })
  return [...parsed.verdicts.values()]
}

async function score(texts: string[], profile: CompiledProfile): Promise<ScoreVerdict[]> {
  const work = { task: 'scoring' as const, items: texts.map((text, index) => ({ key: `${index}`, text })), profile }
  const parsed = parseScoreVerdicts(await answerTo(work), work)
  if (!parsed.ok) throw new Error(parsed.detail)
  expect(parsed).toMatchObject({ missing: [], problems: [] })
  return [...parsed.verdicts.values()]
}

describe('what it says of itself', () => {
  test('is that it has no model, no key and no network', async () => {
    expect(builtin.label).toMatch(/no model/i)
    expect(builtin.endpoint({})).toBeNull()
    expect(builtin.key.need).toBe('none')
    expect(builtin.defaultModel({}, 'scoring')).toBe('keywords')
    expect(await builtin.check(callWith())).toMatchObject({ ok: true, value: { models: [{ model: 'keywords' }] } })
    expect(await builtin.listModels(callWith())).toMatchObject({ ok: true, value: [{ model: 'keywords' }] })
  })

  test('settings that it does not have are refused', () => {
    expect(builtin.configSchema.safeParse({}).success).toBe(true)
    expect(builtin.configSchema.safeParse({ base_url: 'http://x' }).success).toBe(false)
  })

  test('another model is missing, and a cancelled call is cancelled', async () => {
    const work: Work = { task: 'scoring', items: [], profile: compiled() }
    expect(await builtin.complete(callWith(), requestFor(work, 'gpt'))).toMatchObject({
      reason: { code: 'model_missing', alternatives: ['keywords'] },
    })
    expect(await builtin.complete(callWith(AbortSignal.abort()), requestFor(work))).toMatchObject({
      reason: { code: 'cancelled' },
    })
  })
})

describe('categorization by keywords', () => {
  test('other forms of a word are the same word', async () => {
    const [plural, past] = await categorize(['Crashes on start', 'It crashed'], compiled())
    expect([plural?.categories, past?.categories]).toEqual([['Crash'], ['Crash']])
  })

  test('a child says what its parent says, so the parent is left out', async () => {
    const [verdict] = await categorize(['Bug: crash when something is broken'], compiled())
    expect(verdict?.categories).toEqual(['Crash'])
  })

  test('nothing found is an empty list without confidence', async () => {
    expect(await categorize(['', 'lorem ipsum', '日本語のテキスト', '!!! 42 %%%'], compiled())).toEqual(
      Array(4).fill({ categories: [], confidence: 0, suggested: { names: [], parent: null } }),
    )
  })

  test('hidden categories are never chosen', async () => {
    expect(await categorize(['Secret classified internal'], compiled())).toMatchObject([{ categories: [] }])
  })

  test('more evidence is more confidence, up to a limit that words deserve', async () => {
    const [little, much] = await categorize(['Docs', `Docs\n\n${'docs '.repeat(50)}`], compiled())
    expect(little?.confidence).toBeGreaterThan(0)
    expect(much?.confidence).toBeLessThanOrEqual(0.8)
  })

  test('a profile without categories, and names like built-in properties, are no trouble', async () => {
    expect(await categorize(['anything'], compiled({ ...treeProfile, categories: [] }))).toMatchObject([
      { categories: [] },
    ])
    const odd = compiled({
      ...treeProfile,
      categories: [{ name: 'constructor' }, { name: 'toString' }, { name: '2024' }, { name: 'The' }],
    })
    expect(await categorize(['constructor'], odd)).toMatchObject([{ categories: ['constructor'] }])
  })
})

describe('scoring by keywords', () => {
  test('what is wanted, what is not, and neither', async () => {
    const [wanted, unwanted, neither, both] = await score(
      ['There was data loss', 'Advertising', 'Weather', 'Advertising about data loss'],
      compiled(),
    )
    expect(wanted?.interest).toBe(6)
    expect(wanted?.reasoning).toContain('Wanted: data, loss.')
    expect(unwanted?.interest).toBe(1)
    expect(unwanted?.reasoning).toContain('Not wanted: advertising.')
    expect(neither?.interest).toBe(4)
    expect(both?.interest).toBe(3)
    expect(both?.reasoning).toContain('Wanted: data, loss; not wanted: advertising.')
  })

  test('one word of a phrase is not the phrase', async () => {
    expect(await score(['A data sheet'], compiled())).toMatchObject([{ interest: 4 }])
  })

  test('an interest that names a category is met by what belongs there', async () => {
    const profile = compiled({ ...treeProfile, interests: 'bugs' })
    const [verdict] = await score(['Something is broken'], profile)
    expect(verdict).toMatchObject({ interest: 6, reasoning: expect.stringContaining('Wanted: Bug.') })
  })

  test('without interests everything is neutral, and said so', async () => {
    const profile = compiled({ ...treeProfile, interests: '', anti_interests: '' })
    expect(await score(['Crash'], profile)).toMatchObject([
      { interest: 5, reasoning: expect.stringContaining('No interests set') },
    ])
  })

  test('quality is form, and the reasoning says so', async () => {
    const detailed = `It fails since 4.2.\n\n1. Open\n2. Save\n\n${'Then the window shows an old text. '.repeat(12)}`
    const verdicts = await score(['', 'it broke', 'BUY NOW!!! CLICK HERE FOR FREE MONEY', detailed], compiled())
    expect(verdicts.map((verdict) => verdict.quality)).toEqual([2, 2, 1, 8])
    expect(verdicts.every((verdict) => verdict.reasoning?.includes('Form only: '))).toBe(true)
  })
})

test('the same work always gets the same answer, whatever was asked before', async () => {
  const work: Work = { task: 'categorization', items: [{ key: '1', text: 'Crash in the docs' }], profile: compiled() }
  const first = await answerTo(work)
  await categorize(['Question about spam', 'a '.repeat(1000)], compiled())
  expect(await answerTo({ ...work, profile: compiled() })).toBe(first)
})

test('any text gets a valid verdict', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { minLength: 1, maxLength: 5 }),
      async (texts) => {
        for (const verdict of await categorize(texts, compiled()))
          expect(verdict.categories.length).toBeLessThanOrEqual(4)
        for (const verdict of await score(texts, compiled())) expect(verdict.interest).toBeLessThanOrEqual(9)
      },
    ),
    { numRuns: 60 },
  )
})

describe('the samples give a table that makes sense', () => {
  const outcome = readProfile(readFileSync('samples/profile.yaml', 'utf8'), 'samples/profile.yaml')
  if (!outcome.ok) throw new Error(outcome.reason.message)
  const profile = compiled(outcome.value)
  const rows = readFileSync('samples/issues.jsonl', 'utf8').trim().split('\n')
  const issues = new Map(
    rows
      .map((row) => JSON.parse(row) as { id: number; title: string; body: string })
      .map((issue) => [issue.id, `${issue.title}\n\n${issue.body}`]),
  )

  test.each([
    [101, 'Crash'],
    [102, 'Data Loss'],
    [103, 'Security'],
    [104, 'Performance'],
    [105, 'Feature Request'],
    [106, 'Question'],
    [107, 'Documentation'],
    [108, 'User Interface'],
    [109, 'Spam'],
    [110, 'Bug'],
    [111, 'Feature Request'],
  ])('issue %i is %s', async (id, category) => {
    const [verdict] = await categorize([issues.get(id) ?? ''], profile)
    expect(verdict?.categories).toContain(category)
  })

  test('the item that gives orders gets none of what it asks for', async () => {
    const text = issues.get(112) ?? ''
    expect(await categorize([text], profile)).toMatchObject([{ categories: [] }])
    expect(await score([text], profile)).toMatchObject([{ interest: 4, quality: 5 }])
  })
})
