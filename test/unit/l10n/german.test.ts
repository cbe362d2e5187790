import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ReasonFacts, ReasonFacts as ReasonFactsSchema } from '../../../protocol/reasons.ts'
import { listKinds } from '../../../server/providers/registry.ts'
import { localizeKind, localizeProvider } from '../../../shared/describe/kind.ts'
import { explainReason } from '../../../shared/describe/reason.ts'
import { describeStep, describeWarning } from '../../../shared/describe/resolution.ts'
import { formatDayIn, formatNumberIn, formatUsdIn } from '../../../shared/format.ts'
import { english, fillIn, type Language } from '../../../shared/language.ts'
import { localizable, toEnglish } from '../../../shared/message.ts'
import { formatPluralIn } from '../../../shared/plural.ts'
import { valuesOf } from '../../protocol/contractArbitrary.ts'

const bundle = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>
const german: Language = {
  tag: 'de',
  t: (text, ...values) => fillIn((Object.hasOwn(bundle, text) && bundle[text]) || text, ...values),
}

describe('a reason', () => {
  test.each(ReasonFactsSchema.options.map((option) => [option.shape.code.value, option] as const))(
    '%s is worded again from its facts, its action too',
    (_code, option) => {
      fc.assert(
        fc.property(valuesOf(option), (value) => {
          const facts = value as ReasonFacts
          const told = explainReason(facts, german)
          const before = explainReason(facts)
          expect(told).toEqual({
            ...before,
            message: told.message,
            action: { ...before.action, label: told.action.label },
          })
          expect(told.action.label).not.toBe(before.action.label)
        }),
        { numRuns: 20 },
      )
    },
  )

  test('reads like German, with its values', () => {
    const told = explainReason(
      { code: 'model_missing', provider: 'lab', model: 'tiny', alternatives: ['a', 'b'] },
      german,
    )
    expect(told.message).toBe('„lab“ hat kein Modell „tiny“; vorhanden: a, b.')
    expect(told.action.label).toBe('Modell wählen')
  })

  test('has details of the server in German where they have no values', () => {
    const facts = { provider: 'lab', rule: 'invalid_key', detail: 'the key is empty' } as const
    expect(explainReason({ code: 'policy_denied', ...facts }, german).message).toBe(
      'An „lab“ wurde nichts gesendet: der Schlüssel ist leer.',
    )
  })

  test('stays English where nobody asks for another language', () => {
    expect(explainReason({ code: 'provider_disabled', provider: 'lab' }).message).toBe(
      'The provider "lab" is disabled.',
    )
  })
})

describe('of a resolution', () => {
  const reason = explainReason({ code: 'auth_failed', provider: 'lab' })

  test('a warning that has a reason tells both', () => {
    const sentence = localizable('The fallback "{0}" is used, because "{1}" is not ready: {2}', 'b', 'lab')
    const until = '2026-11-21T10:00:00.000Z'
    const waits = describeWarning(german, {
      code: 'asked_to_wait',
      message: 'in English',
      localizable: localizable('until {0}'),
      until,
    })
    expect(waits).toContain('21.11.2026')
    expect(
      describeWarning(german, { code: 'fallback_active', message: 'in English', localizable: sentence, reason }),
    ).toBe('Der Ersatz „b“ wird verwendet, weil „lab“ nicht bereit ist: „lab“ nimmt den Schlüssel nicht an.')
  })

  test('a step is told, passed or failed', () => {
    const sentence = localizable('valid; calls go to {0}', 'http://127.0.0.1')
    const step = { step: 'config', provider: 'lab' } as const
    expect(describeStep(german, { ...step, passed: true, detail: toEnglish(sentence), localizable: sentence })).toBe(
      'gültig; Aufrufe gehen an http://127.0.0.1',
    )
    expect(describeStep(german, { ...step, passed: false, detail: 'in English', reason })).toBe(
      'auth_failed: „lab“ nimmt den Schlüssel nicht an.',
    )
  })
})

test('every kind has German words, and keeps its names and values', () => {
  for (const kind of listKinds()) {
    const told = localizeKind(german, kind)
    expect(told.description, kind.kind).not.toBe(kind.description)
    expect(told.fields.map(({ name, type, values }) => ({ name, type, values }))).toEqual(
      kind.fields.map(({ name, type, values }) => ({ name, type, values })),
    )
  }
  const models = { state: 'fresh', fetchedAt: null, isPartial: false, models: [] } as const
  const label = (text: string) => ({ ...models, models: [{ model: 'm', label: text }] })
  expect(
    localizeProvider(german, { kindLabel: 'OpenAI-compatible server', models: label('Keyword matching') as never }),
  ).toMatchObject({ kindLabel: 'OpenAI-kompatibler Server', models: label('Schlüsselwortabgleich') })
})

test.each([
  [english, 1, '1 model'],
  [english, 0, '0 models'],
  [english, 1200, '1,200 models'],
  [german, 1, '1 Modell'],
  [german, 1200, '1.200 Modelle'],
])('one and many are told apart', (language, amount, words) => {
  expect(formatPluralIn(language, amount, '{0} model', '{0} models')).toBe(words)
})

test('numbers, money and days are written as the language does', () => {
  expect(formatNumberIn(german, 1234.56, { least: 1 })).toBe('1.234,6')
  expect(formatUsdIn(english, 0.5)).toBe('$0.50')
  expect(formatUsdIn(english, 0.000123)).toBe('$0.000123')
  expect(formatUsdIn(german, 1234.5)).toBe('1.234,50\u00a0$')
  expect(formatDayIn(english, '2026-11-21T10:00:00Z')).toBe('2026-11-21')
  expect(formatDayIn(german, '2026-11-21T10:00:00Z')).toBe('21.11.2026')
})

test('a language that nobody knows is written as English', () => {
  expect(formatNumberIn({ tag: 'not a tag', t: english.t }, 1234)).toBe('1,234')
})

test('braces in a value stay what they are', () => {
  expect(fillIn('a {0} b {1}', '{1}', 'x')).toBe('a {1} b x')
  expect(fillIn('a {0}')).toBe('a {0}')
})
