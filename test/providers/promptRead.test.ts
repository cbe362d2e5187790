import { describe, expect, test } from 'vitest'
import type { CompletionOutcome, CompletionRequest } from '../../server/providers/adapter.ts'
import { checkCompletion, fewestTokens } from '../../server/providers/completionChecks.ts'
import { fail } from '../../shared/fail.ts'

const prose = 'Sort each item below into the categories that fit it, and say how sure you are of your choice. '.repeat(
  40,
)
const length = prose.length

describe('the fewest tokens of a text', () => {
  test.each([
    ['English prose, at four characters a token', prose, length / 4],
    ['at five', prose, length / 5],
    ['at six', prose, length / 6],
    ['German prose', 'Die Donaudampfschifffahrtsgesellschaft verlangt Aufwandsentschädigungen. '.repeat(50), 3650 / 6],
    ['Chinese', '这个应用程序在启动时崩溃，请尽快修复。'.repeat(100), 1000],
    ['one line over and over', '-'.repeat(4000), 40],
    ['spaces', ' '.repeat(4000), 50],
    ['a number', '1234567890'.repeat(300), 1000],
    ['base64', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='.repeat(100), 2000],
    ['code', '    if (value === null) return undefined\n'.repeat(80), 900],
    ['nothing', '', 1],
  ])('is not more than an honest server counts: %s', (_, text, counted) => {
    expect(fewestTokens([text], Math.ceil(counted))).toBeNull()
  })

  test.each([
    ['a tenth of it', length / 40],
    ['the half that a full context leaves', length / 4.3 / 2],
    ['without the instructions', length / 10],
  ])('is more than a server counts that read %s', (_, counted) => {
    expect(fewestTokens([prose], Math.floor(counted))).toBeGreaterThan(counted)
  })
})

describe('an answer', () => {
  const request = { model: 'm', system: prose, prompt: 'Item 1: it crashes.' } as CompletionRequest
  const facts = { provider: 'p', allowedTokens: 400 }
  const verdicts = '{"verdicts":{"k7q":{"categories":["Crash"],"confidence":0.9,"suggested":null}}}'
  const answered = (usage: object): CompletionOutcome => ({
    ok: true,
    value: { text: verdicts, latencyMs: 5, usage: { input: null, output: 5, cached: null, ...usage } },
  })

  test('to a prompt that was cut is none, and says both figures', () => {
    const outcome = checkCompletion(answered({ input: 37 }), request, facts)
    expect(outcome).toMatchObject({
      ok: false,
      reason: { code: 'context_too_long', readTokens: 37 },
      spent: { usage: { input: 37, output: 5 } },
    })
    expect(outcome.ok ? '' : outcome.reason.message).toMatch(
      /^The text is too long for "m": it read 37 of at least \d+ tokens\.$/,
    )
  })

  test('to a prompt of which a template left nothing is none', () => {
    expect(checkCompletion(answered({ input: 3, output: 31 }), request, facts)).toMatchObject({
      reason: { code: 'context_too_long', readTokens: 3 },
    })
  })

  test.each([
    ['in full', { input: 900 }],
    ['from a cache for the most part, which is told apart', { input: 40, cached: 860 }],
    ['by a server that counts nothing', { input: 0 }],
    ['by a server that always says the same small number', { input: 10 }],
    ['by a server that does not say', {}],
  ])('to a prompt that was read %s counts', (_, usage) => {
    expect(checkCompletion(answered(usage), request, facts)).toMatchObject({ ok: true })
  })

  const truncated = (usage: object): CompletionOutcome => ({
    ...fail({ code: 'invalid_response', provider: 'p', problem: 'truncated', detail: 'it ends before it is complete' }),
    spent: { usage: { input: 471, output: 41, cached: null, ...usage }, latencyMs: 5 },
  })

  test('that ended before its limit has filled the context', () => {
    const outcome = checkCompletion(truncated({}), request, facts)
    expect(outcome).toMatchObject({
      ok: false,
      reason: { code: 'context_too_long', limitTokens: 512, writtenTokens: 41 },
    })
  })

  test.each([
    ['at its limit', { output: 400 }],
    ['after thoughts that count, too', { output: 41, reasoning: 400 }],
    ['without saying after how many tokens', { output: null }],
  ])('that ended %s was cut off', (_, usage) => {
    expect(checkCompletion(truncated(usage), request, facts)).toMatchObject({ reason: { problem: 'truncated' } })
  })
})
