import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params, RequestName, Result } from '../../protocol/contract.ts'
import type { Criterion } from '../../protocol/criteria.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

type Value<Name extends RequestName> = Extract<Result<Name>, { ok: true }>['value']

async function ask<Name extends RequestName>(name: Name, params?: Params<Name>): Promise<Value<Name>> {
  const answer = (await server.request(name, params)) as { ok: boolean; value: Value<Name> }
  expect(answer).toMatchObject({ ok: true })
  return answer.value
}

const severity: Criterion = { name: 'Severity', question: 'How bad?', type: 'scale', scale: { from: 1, to: 5 } }
const real: Criterion = { name: 'real', question: 'Is it so?', type: 'boolean' }

const save = (params: unknown) => server.request('preferences/save', params as Params<'preferences/save'>)
const problemsOf = async (params: unknown) => {
  const answer = (await save(params)) as { reason?: { code: string; problems?: { path: string }[] } }
  return [answer.reason?.code, answer.reason?.problems?.map(({ path }) => path)]
}

describe('criteria of the stored profile', () => {
  test('are what a run and the preview work with, and go together with the range of the score', async () => {
    const gate = { scoring: { error: 1.5, labels: 10 } }
    await ask('preferences/save', { criteria: [severity, real], score: { to: 10 }, language: 'German', gate })
    const { profile, isChosen } = await ask('profile/read', {})
    expect(profile).toMatchObject({ criteria: [severity, real], score: { to: 10 }, language: 'German', gate })
    expect(isChosen).toBe(true)
    const preview = await ask('prompt/preview', { task: 'scoring' })
    expect(preview.system).toContain('- "severity": a whole number from 1 to 5: How bad?')
    expect(preview.system).toContain('German')
    const hash = (await ask('prompt/list')).find(({ task }) => task === 'scoring')?.hash
    expect(hash).toBe(preview.promptHash)
    const { rows } = await ask('audit/list', { what: ['preferences'] })
    expect(rows[0]?.after).toMatchObject({ criteria: [{ name: 'Severity' }, { name: 'real' }] })

    await ask('preferences/save', { interests: 'Crashes.' })
    expect((await ask('preferences/read')).criteria).toEqual([severity, real])
    const gone = await ask('preferences/save', { criteria: null, language: null, gate: null })
    expect(gone).toMatchObject({ criteria: null, score: null, language: null, gate: null, interests: 'Crashes.' })
  })

  test('leave prompts and hashes of a profile without any as they were', async () => {
    const before = [await ask('prompt/list'), (await ask('profile/read', {})).profile]
    await ask('preferences/save', { criteria: [real], language: 'French' })
    expect([await ask('prompt/list'), (await ask('profile/read', {})).profile]).not.toEqual(before)
    await ask('preferences/save', { criteria: null, language: null })
    expect([await ask('prompt/list'), (await ask('profile/read', {})).profile]).toEqual(before)
  })

  test.each<[string, unknown, string, string[]]>([
    ['two of one name', { criteria: [real, { ...severity, name: 'Real' }] }, 'profile_invalid', ['criteria[1].name']],
    ['a field of the answer', { criteria: [{ ...real, name: 'Reasoning' }] }, 'profile_invalid', ['criteria[0].name']],
    ['a prototype', { criteria: [{ ...real, name: '__proto__' }] }, 'profile_invalid', ['criteria[0].name']],
    [
      'a scale that ends where it begins',
      { criteria: [{ ...severity, scale: { from: 5, to: 5 } }] },
      'profile_invalid',
      ['criteria[0].scale.to'],
    ],
    ['a score without criteria', { score: { to: 10 } }, 'profile_invalid', ['score']],
  ])('are refused by path: %s', async (_, params, code, paths) => {
    expect(await problemsOf(params)).toEqual([code, paths])
    expect(await ask('preferences/read')).toMatchObject({ criteria: null, score: null })
  })

  test.each<[string, unknown]>([
    ['none', { criteria: [] }],
    ['nine', { criteria: Array.from({ length: 9 }, (_, index) => ({ ...real, name: `c${index}` })) }],
    ['an unknown type', { criteria: [{ ...real, type: 'text' }] }],
    ['a field that is not known', { criteria: [{ ...real, colour: 'red' }] }],
    ['a language of 41 characters', { language: 'x'.repeat(41) }],
    ['a gate beyond all', { gate: { categorization: { accuracy: 1.1 } } }],
  ])('are refused by their schema: %s', async (_, params) => {
    await expect(save(params)).rejects.toMatchObject({ code: -32_602 })
    expect((await ask('preferences/read')).criteria).toBeNull()
  })

  test('and a text of one’s own for the scoring exclude each other, whichever is first', async () => {
    const { defaultText } = (await ask('prompt/list')).find(
      ({ task, part }) => task === 'scoring' && part === 'system',
    ) as { defaultText: string }
    const text = `${defaultText}\nBe strict.`
    await ask('prompt/save', { task: 'scoring', part: 'system', text })
    expect(await problemsOf({ criteria: [real] })).toEqual(['profile_invalid', ['prompts.scoring.system']])
    await ask('prompt/reset', { task: 'scoring' })
    await ask('preferences/save', { criteria: [real] })
    expect(await server.request('prompt/save', { task: 'scoring', part: 'system', text })).toMatchObject({
      ok: false,
      reason: { code: 'profile_invalid', problems: [{ path: 'prompts.scoring.system' }] },
    })
    await ask('prompt/save', { task: 'categorization', part: 'user', text: '{fenceRule}\n{items}\n{keys}' })
  })

  test('come and go with a profile that is chosen as the stored one', async () => {
    const profile = { categories: [{ name: 'Bug' }], criteria: [severity], language: 'Dutch' }
    await ask('profile/choose', { keep: 'stored', profile })
    expect(await ask('preferences/read')).toMatchObject({ criteria: [severity], language: 'Dutch' })
    await ask('profile/choose', { keep: 'stored', profile: { categories: [{ name: 'Bug' }] }, overwrite: true })
    expect(await ask('preferences/read')).toMatchObject({ criteria: null, score: null })
  })

  test('of a draft are previewed without being kept', async () => {
    await ask('preferences/save', { criteria: [severity] })
    const draft = { criteria: [real], score: null, language: 'Greek' }
    const preview = await ask('prompt/preview', { task: 'scoring', draft })
    expect(preview.system).toContain('- "real": true or false: Is it so?')
    expect(preview.system).not.toContain('"severity"')
    const plain = await ask('prompt/preview', { task: 'scoring', draft: { criteria: null } })
    expect(plain.system).toContain('"interest"')
    const wrong = { task: 'scoring' as const, draft: { criteria: [real, real] } }
    expect(await server.request('prompt/preview', wrong)).toMatchObject({
      reason: { code: 'profile_invalid', problems: [{ path: 'criteria[1].name' }] },
    })
    expect((await ask('preferences/read')).criteria).toEqual([severity])
  })
})

describe('criteria that somebody wrote', () => {
  const written = (text: string) => server.request('profile/checkCriteria', { text, name: 'c.yaml' })

  test.each<[string, string, unknown]>([
    ['a list', '- { name: real, question: Is it so?, type: boolean }', { criteria: [real], score: null }],
    ['JSON', JSON.stringify([real]), { criteria: [real], score: null }],
    [
      'a profile',
      'categories: [{ name: Bug }]\nscore: { to: 5 }\ncriteria: [{ name: real, question: Is it so?, type: boolean }]',
      { criteria: [real], score: { to: 5 } },
    ],
  ])('are read from %s', async (_, text, value) => {
    expect(await written(text)).toEqual({ ok: true, value })
  })

  test('are read by the name of ready-made ones, all of which are valid', async () => {
    const all = await ask('profile/criteria', {})
    expect(all.map(({ name }) => name)).toEqual(['issues', 'sarif', 'feedback', 'support', 'logs', 'answers'])
    for (const { name, criteria } of all) {
      expect(await written(name)).toEqual({ ok: true, value: { criteria, score: null } })
      await ask('preferences/save', { criteria })
    }
  })

  test.each<[string, string, unknown]>([
    ['nothing', '', { line: 1 }],
    ['no criteria', 'categories: []', { path: '', line: 1 }],
    ['an unknown name', 'moods', { path: '', line: 1 }],
    [
      'a doubled name',
      '- { name: a b, question: x, type: boolean }\n- { name: A_B, question: x, type: boolean }',
      { path: '[1].name', line: 2 },
    ],
    ['an unknown type', '- name: a\n  question: x\n  type: text', { path: '[0].type', line: 3 }],
    [
      'empty bands',
      '- name: a\n  question: x\n  type: scale\n  scale: { from: 1, to: 2, bands: [] }',
      { path: '[0].scale.bands', line: 4 },
    ],
    ['an alias of nothing', '- &a [x]\n- [*b]', { line: 1 }],
  ])('are refused with their line: %s', async (_, text, problem) => {
    expect(await written(text)).toMatchObject({
      ok: false,
      reason: { code: 'profile_invalid', file: 'c.yaml', problems: [problem] },
    })
  })
})

describe('an example', () => {
  const criteria: Criterion[] = [
    { name: 'Severity', question: 'How bad?', type: 'scale', scale: { from: 1, to: 5 }, weight: 2 },
    { name: 'true positive', question: 'Real?', type: 'boolean' },
  ]
  const example = (part: Partial<Params<'profile/score'>>) =>
    ask('profile/score', {
      criteria,
      score: null,
      weights: [],
      values: { Severity: 4, 'true positive': true },
      ...part,
    })

  test('scores as an item of a run does', async () => {
    expect(await example({ weights: ['boost', 'reduce'] })).toMatchObject({ score: 16.7, factor: 1, isBlocked: false })
    expect(await example({ weights: ['reduce'], score: { to: 10 } })).toEqual({
      ...{ score: 4.2, factor: 0.5, isBlocked: false },
      scoreParts: {
        criteria: [
          { name: 'Severity', share: 0.75, weight: 2 },
          { name: 'true positive', share: 1, weight: 1 },
        ],
        ...{ factor: 0.5, to: 10 },
      },
    })
    expect(await example({ weights: ['max', 'block'] })).toEqual({ score: 0, factor: 1, isBlocked: true })
    expect(await example({ values: {} })).toEqual({ score: null, factor: 1, isBlocked: false })
    const usual = { criteria: null, values: {}, weights: ['boost' as const] }
    expect(await example({ ...usual, interest: 8, quality: 4 })).toEqual({ score: 8.4, factor: 1.5, isBlocked: false })
    expect(await example({ ...usual, interest: 8 })).toMatchObject({ score: null })
  })

  test.each([{ Severity: 6 }, { Severity: 2.5 }, { Severity: true }, { 'true positive': 'yes' }])(
    'refuses %j, which is no answer',
    async (values) => {
      expect(await server.request('profile/score', { criteria, score: null, weights: [], values })).toMatchObject({
        reason: { code: 'profile_invalid', problems: [{ path: `values.${Object.keys(values)[0]}` }] },
      })
    },
  )
})
