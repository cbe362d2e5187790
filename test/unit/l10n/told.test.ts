import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { LocalizableMessage } from '../../../protocol/localizableMessage.ts'
import { openProvider } from '../../../server/providers/openProvider.ts'
import { bindLanguage } from '../../../shared/bindLanguage.ts'
import { formOf, ownIssue, problemOfIssue } from '../../../shared/describe/issue.ts'
import { fail } from '../../../shared/fail.ts'
import { fillIn, type Language } from '../../../shared/language.ts'
import {
  localizable,
  localizableCount,
  localizableText,
  localize,
  toEnglish,
  withMessage,
} from '../../../shared/message.ts'
import { bracketed, findUntold } from '../../support/webview/visibleWords.ts'

const bundle = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>
const german: Language = { tag: 'de', t: (text, ...values) => fillIn(bundle[text] ?? text, ...values) }
const words = bindLanguage(german)

describe('a sentence that is taken apart', () => {
  test.each<[string, LocalizableMessage, string, string]>([
    ['values', localizable('it has the status {0}', 302), 'it has the status 302', 'sie hat den Status 302'],
    [
      'a sentence as a value',
      localizable('{0} resolves to {1}', 'a.test', localizable('{0} is not a machine', '0.0.0.1')),
      'a.test resolves to 0.0.0.1 is not a machine',
      'a.test führt zu: 0.0.0.1 ist kein Rechner',
    ],
    [
      'one thing',
      localizableCount(1, '{0} column where the header has {1}', '{0} columns where the header has {1}', 3),
      '1 column where the header has 3',
      '1 Spalte, wo die Kopfzeile 3 hat',
    ],
    [
      'many things',
      localizableCount(2000, '{0} column where the header has {1}', '{0} columns where the header has {1}', 3),
      '2,000 columns where the header has 3',
      '2.000 Spalten, wo die Kopfzeile 3 hat',
    ],
    ['what nobody translates', localizableText('ECONNREFUSED'), 'ECONNREFUSED', 'ECONNREFUSED'],
  ])('is told with %s', (_, localizable, english, translated) => {
    expect(toEnglish(localizable)).toBe(english)
    expect(localize(german, localizable)).toBe(translated)
  })

  test('goes with a reason in English, and is told in another language where it is shown', () => {
    const detail = withMessage('detail', localizable('the encoding {0} is not known here; save it as UTF-8', 'big5'))
    const { reason } = fail({ code: 'source_invalid', source: 'a.csv', problem: 'encoding', ...detail })
    expect(reason.message).toBe('a.csv: the encoding big5 is not known here; save it as UTF-8.')
    expect(words.describeReason(reason)).toBe('a.csv: die Kodierung big5 ist hier nicht bekannt; als UTF-8 speichern.')
  })

  test('without values is its own text, and nothing else travels', () => {
    expect(withMessage('detail', localizable('it is empty'))).toEqual({ detail: 'it is empty' })
  })
})

describe('what a schema refuses', () => {
  const even = z.number().check((check) => {
    if (check.value % 2) check.issues.push(ownIssue(localizable('it has the status {0}', check.value), check.value))
  })
  const coloured = z.string().regex(...formOf(/^#\d+$/, localizable('the name of an environment variable is needed')))

  test.each<[string, z.ZodType, unknown, string]>([
    ['a text', z.string(), 1, 'ein Text ist nötig'],
    ['a number', z.number(), 'x', 'eine Zahl ist nötig'],
    ['a whole number', z.int(), 1.5, 'eine ganze Zahl ist nötig'],
    ['a truth', z.boolean(), 'x', 'wahr oder falsch ist nötig (true, false)'],
    ['a list', z.array(z.string()), {}, 'eine Liste ist nötig'],
    ['an object', z.object({}), [], 'Felder mit Werten sind nötig'],
    ['a text that is there', z.string().min(1), '', 'es darf nicht leer sein'],
    ['a longer text', z.string().min(3), 'a', 'mindestens 3 Zeichen sind nötig'],
    ['a shorter text', z.string().max(3), 'abcd', 'höchstens 3 Zeichen sind möglich'],
    ['more entries', z.array(z.int()).min(1), [], 'mindestens 1 Eintrag ist nötig'],
    ['fewer entries', z.array(z.int()).max(2), [1, 2, 3], 'höchstens 2 Einträge sind möglich'],
    ['a larger number', z.number().min(3), 1, 'mindestens 3 ist nötig'],
    ['a number beyond', z.number().gt(3), 3, 'der Wert muss größer als 3 sein'],
    ['a smaller number', z.number().max(3), 4, 'höchstens 3 ist möglich'],
    ['a number below', z.number().lt(3), 3, 'der Wert muss kleiner als 3 sein'],
    ['a step', z.number().multipleOf(5), 3, 'ein Vielfaches von 5 ist nötig'],
    ['a known value', z.enum(['a', 'b']), 'c', 'einer dieser Werte ist nötig: "a", "b"'],
    ['the one value', z.literal('a'), 'c', 'nur a ist möglich'],
    ['no other field', z.strictObject({}), { a: 1 }, 'das Feld "a" ist nicht bekannt'],
    ['no other fields', z.strictObject({}), { a: 1, b: 1 }, 'die Felder "a", "b" sind nicht bekannt'],
    ['one of several', z.union([z.string(), z.number()]), true, 'das gehört nicht zu dem, was hier stehen darf'],
    ['a form', z.string().regex(/^a$/), 'b', 'die Form stimmt nicht'],
    ['a form with a name', coloured, 'b', 'der Name einer Umgebungsvariablen ist nötig'],
    ['a rule of ours', even, 3, 'sie hat den Status 3'],
  ])('is told by what is wanted: %s', (_, schema, value, sentence) => {
    const { error } = schema.safeParse(value)
    expect(error?.issues.map((issue) => words.describeProblem(problemOfIssue(issue, value)))).toEqual([sentence])
  })

  test('is told as missing where nothing stands', () => {
    const value = { deep: [{}] }
    const { error } = z.object({ deep: z.array(z.object({ name: z.string() })) }).safeParse(value)
    expect(error?.issues.map((issue) => problemOfIssue(issue, value))).toEqual([
      { path: 'deep.0.name', message: 'it is missing' },
    ])
  })

  test('a setting of a provider tells its rule in German', () => {
    const config = { base_url: 'http://127.0.0.1:1/v1', headers: 'host: x' }
    const opened = openProvider({ provider: 'lab', kind: 'openai-compatible', config })
    expect(opened.ok ? '' : words.describeReason(opened.reason)).toBe(
      'Die Einstellungen von „lab“ sind nicht gültig: headers: „host“ wird vom Produkt selbst gesetzt.',
    )
  })
})

test('the language of brackets shows what no bundle has told, values too', () => {
  const brackets = bracketed({ 'The models of {0} are old.': '', 'it is empty': '' })
  expect(brackets['The models of {0} are old.']).toBe('⟦The models of⟧ {0} ⟦are old.⟧')
  const page = [
    fillIn(brackets['The models of {0} are old.'] as string, 'lab'),
    fillIn(brackets['The models of {0} are old.'] as string, 'the answer has 12 characters'),
    'Never given to a bundle',
    '⟦it is empty⟧',
    '12.5 % · 2026-11-21',
  ]
  expect(findUntold(page, ['lab'])).toEqual([page[1], page[2]])
})
