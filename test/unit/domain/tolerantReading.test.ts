import { describe, expect, test } from 'vitest'
import { Profile } from '../../../protocol/profile.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { drawItemKeys, matchKey, shuffle } from '../../../server/domain/itemKeys.ts'
import { parseCategoryVerdicts, parseScoreVerdicts } from '../../../server/domain/parseVerdicts.ts'
import { readLabel } from '../../../server/domain/readLabel.ts'
import { ScaleWatch } from '../../../server/domain/readScore.ts'
import type { CategorizationWork, ScoringWork } from '../../../server/domain/work.ts'

function compiled(...names: (string | { name: string; children: { name: string }[] })[]) {
  const categories = names.map((name) => (typeof name === 'string' ? { name } : name))
  const found = compileProfile(Profile.parse({ categories }))
  if (!found.ok) throw new Error(found.reason.message)
  return found.value
}

const profile = compiled('Bug Report', 'Feature Request', 'Question', {
  name: 'Docs',
  children: [{ name: 'Tutorial' }],
})
const items = ['k7q', 'm3x', 't5b'].map((key) => ({ key, text: 'text' }))
const sorting: CategorizationWork = { task: 'categorization', items, profile }
const rating: ScoringWork = { task: 'scoring', items, profile }

const labels: Record<string, string> = { k7q: 'Bug Report', m3x: 'Question', t5b: 'Feature Request' }
const list = Object.entries(labels).map(([key, label]) => ({
  key,
  categories: [label],
  confidence: 0.9,
  suggested: null as null | object,
}))
const map = Object.fromEntries(list.map(({ key, ...verdict }) => [key, verdict]))
const J = JSON.stringify
const plain = J({ verdicts: map })
const capital = (text: string) =>
  text.replace(/"([a-z])(\w+)":/g, (_, first, rest) => `"${first.toUpperCase()}${rest}":`)

describe('right verdicts are found', () => {
  test.each<[string, string]>([
    ['as asked for', plain],
    ['as a list', J({ verdicts: list })],
    ['as a map without a wrapper', J(map)],
    ['as a bare list', J(list)],
    ['under another name', J({ results: list })],
    ['as a map under another name', J({ output: map })],
    ['within the name of the schema', J({ category_verdicts: { verdicts: map } })],
    ['as the arguments of a tool', J({ name: 'category_verdicts', arguments: { verdicts: map } })],
    ['as the arguments of a tool, in a string', J([{ function: { name: 'f', arguments: plain } }])],
    ['as a schema that was filled in', J({ type: 'object', properties: { verdicts: map } })],
    ['as JSON in a string', J(plain)],
    ['as a list in a string', J({ verdicts: J(list) })],
    ['each in a string', J({ verdicts: list.map((each) => J(each)) })],
    ['one document an item', list.map((each) => J({ verdicts: [each] })).join('\n')],
    ['one document an item, after each other', list.map((each) => J(each)).join('')],
    ['with capitals', capital(J({ verdicts: list }))],
    ['each within a word', J({ verdicts: list.map(({ key, ...verdict }) => ({ key, verdict })) })],
    ['each within a word that may also be a key', J({ verdicts: list.map((item) => ({ item })) })],
    ['with a list within the list', J({ verdicts: list.map((each) => ({ ...each, categories: [each.categories] })) })],
    [
      'with labels as names of ratings',
      J({ verdicts: list.map((each) => ({ ...each, categories: { [each.categories[0] as string]: 0.9 } })) }),
    ],
    ['as lists by key', J({ verdicts: { k7q: ['Bug Report'], m3x: ['Question'], t5b: ['Feature Request'] } })],
    ['as labels by key', J(labels)],
    ['beside the items themselves', J({ items: items.map(({ key, text }) => ({ key, text })), results: list })],
    ['with a category', J({ verdicts: list.map(({ categories: [category], ...rest }) => ({ ...rest, category })) })],
    ['with a label', J({ verdicts: list.map(({ categories: [label], ...rest }) => ({ ...rest, label })) })],
    ['with an id', J({ verdicts: list.map(({ key, ...rest }) => ({ id: key, ...rest })) })],
    ['with keys in capitals', J({ verdicts: list.map(({ key, ...rest }) => ({ key: key.toUpperCase(), ...rest })) })],
    ['with decorated keys', J({ verdicts: list.map(({ key, ...rest }) => ({ key: `#${key}`, ...rest })) })],
    [
      'with ITEM before the keys',
      J({ verdicts: Object.fromEntries(list.map(({ key, ...rest }) => [`ITEM ${key}`, rest])) }),
    ],
    ['twice, and the same', `${plain}\n\n${plain}`],
    ['after thoughts', `<think>${J({ k7q: { categories: ['Docs'] } })}</think>${plain}`],
    [
      'in the last channel',
      `<|channel|>analysis<|message|>${J({ k7q: ['Docs'] })}<|end|><|channel|>final<|message|>${plain}<|return|>`,
    ],
    ['with commas too many', J({ verdicts: list }).replace(/\}(?=,\{|\])/g, ',}')],
    ['with comments', plain.replace(/"confidence"/g, '/* sure "x */ "confidence"').replace('{', '{ // it is\n')],
    ["with Python's words", J({ verdicts: list }).replace(/null/g, 'None')],
    ['in single quotes', plain.replace(/"/g, "'").replace(/null/g, 'None')],
    ['in single quotes, between words', `Here: ${plain.replace(/"/g, "'")} Done.`],
    ['with raw line breaks', J({ verdicts: list.map((each) => ({ ...each, note: 'a@b' })) }).replace(/@/g, '\n')],
    ['with NaN as confidence', plain.replaceAll('0.9', 'NaN')],
    ['with HTML for quotation marks', plain.replace(/"/g, '&quot;')],
    ['with names without quotes', plain.replace(/"(\w+)":/g, '$1:')],
  ])('%s', (_, answer) => {
    const parsed = parseCategoryVerdicts(answer, sorting)
    if (!parsed.ok) expect.unreachable(`${parsed.problem}: ${parsed.detail}`)
    expect(Object.fromEntries([...parsed.verdicts].map(([key, { categories }]) => [key, categories[0]]))).toEqual(
      labels,
    )
  })
})

test('of an answer that was cut off only finished verdicts count', () => {
  for (let length = 1; length < plain.length; length++) {
    const parsed = parseCategoryVerdicts(plain.slice(0, length), sorting)
    for (const [key, { categories }] of parsed.ok ? parsed.verdicts : []) expect(categories).toEqual([labels[key]])
  }
  const scored = J({
    verdicts: {
      k7q: { interest: 10, quality: 10, reasoning: 'x' },
      m3x: { interest: 10, quality: 10, reasoning: 'x' },
    },
  })
  for (let length = 1; length < scored.length; length++) {
    const parsed = parseScoreVerdicts(scored.slice(0, length), rating)
    for (const [, { interest, quality }] of parsed.ok ? parsed.verdicts : [])
      expect([interest, quality]).toEqual([10, 10])
  }
})

test('what is no JSON is not told as JSON', () => {
  expect(parseCategoryVerdicts('I think {it: is fine}, really.', sorting)).toMatchObject({
    ok: false,
    problem: 'not_json',
  })
})

test('verdicts that are no whole answer of one scale are not believed', () => {
  const watch = new ScaleWatch()
  const low = { interest: 1, quality: 0 }
  expect(watch.isDoubtful(low)).toBe(false)
  watch.sawOffScale([0.3, 0.7])
  expect(watch.isDoubtful(low)).toBe(true)
  expect(watch.isDoubtful({ interest: 1, quality: 4 })).toBe(false)
  for (const interest of [4, 7]) watch.sawScores({ interest, quality: 0 })
  expect(watch.isDoubtful(low)).toBe(false)
  const percent = new ScaleWatch()
  percent.sawOffScale([80])
  expect(percent.isDoubtful({ interest: 10, quality: 0 })).toBe(true)
})

describe('labels', () => {
  const read = (label: unknown, of = profile) => {
    const reading = readLabel(label, of)
    return Array.isArray(reading) ? reading.map(({ name }) => name).join(' + ') : reading
  }

  test.each([
    'bug report',
    'Bug Report.',
    '"Bug Report"',
    '**Bug Report**',
    '`Bug Report`',
    'bug-report',
    'bug_report',
    'BugReport',
    'BUG_REPORT',
    '1. Bug Report',
    '(1) Bug Report',
    'a) Bug Report',
    '- Bug Report',
    '• Bug Report',
    'Categories > Bug Report',
    'Category: Bug Report',
    'Bug Report (about the product)',
    'Bug Report: something is broken',
    'Bug Report - it fails',
    '\u200bBug Report',
    'Bug\u00a0Report',
    '[Bug Report]',
    '“Bug Report”',
    'Bug Report, Bug Report',
    '**Bug Report:**',
    { name: 'Bug Report', score: 0.9 },
    { label: 'bug report' },
    '#BugReport',
    { 'Bug Report': 0.9 },
    { bug_report: true },
  ])('%j is Bug Report', (label) => expect(read(label)).toBe('Bug Report'))

  test.each([
    ['Docs > Tutorial', 'Tutorial'],
    ['Docs/Tutorial', 'Tutorial'],
    ['Bug Report, Question', 'Bug Report + Question'],
    ['None', 'none'],
    ['N/A', 'none'],
    ['none of the above', 'none'],
  ])('%j is %j', (label, meant) => expect(read(label)).toBe(meant))

  test.each([
    'Bug',
    'Not a Bug Report',
    'Question > Bug Report',
    'Bug Report, Weather',
    'It is a Question',
    'Weather: Question',
    '',
    '...',
    7,
    null,
    ['Bug Report'],
    { name: 'Bug Report', label: 'Question' },
    { 'Bug Report': 0.1 },
    { 'Bug Report': 0.9, Question: 0.8 },
    { 'Bug Report': false },
  ])('%j is nothing that is known for sure', (label) => expect(read(label)).toBeNull())

  test('that another name begins like are not guessed at', () => {
    const alike = compiled('C', 'C++', 'C#', 'Bug', 'Bug: interface', 'None')
    expect(read('c++', alike)).toBe('C++')
    expect(read('C.', alike)).toBe('C')
    expect(read('Bug: interfaces', alike)).toBeNull()
    expect(read('Bug (it crashes)', alike)).toBe('Bug')
    expect(read('none', alike)).toBe('None')
    expect(read('data set', compiled('Data Set', 'Data-Set'))).toBe('Data Set')
    expect(read('data_set', compiled('Data Set', 'Data-Set'))).toBeNull()
  })
})

describe('keys of items', () => {
  const counting = () => {
    let state = 1
    return () => {
      state = (state * 48271) % 2147483647
      return state / 2147483647
    }
  }

  test('are short, different, no numbers and no words, whatever the source of chance', () => {
    for (const random of [counting(), () => 0, () => 0.5, () => 1 - 1e-12]) {
      const keys = drawItemKeys(10, random)
      expect(new Set(keys).size).toBe(10)
      for (const key of keys) expect(key).toMatch(/^[b-z][2-9][b-z]$/)
    }
  })

  test('come in an order that nobody can know', () => {
    const random = counting()
    const orders = Array.from({ length: 600 }, () => shuffle(['a', 'b', 'c'], random).join(''))
    const counts = new Map(orders.map((order) => [order, orders.filter((other) => other === order).length]))
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(count).toBeGreaterThan(50)
  })

  test.each<[unknown, string | null]>([
    ['k7q', 'k7q'],
    ['K7Q', 'k7q'],
    ['#k7q', 'k7q'],
    ['ITEM k7q', 'k7q'],
    ['item_k7q', 'k7q'],
    ['"k7q"', 'k7q'],
    ['<k7q>', 'k7q'],
    [' k7q: ', 'k7q'],
    ['0', null],
    [0, null],
    ['1', null],
    ['k7', null],
    ['k7q m3x', null],
    ['k7qx', null],
    [null, null],
    [{ key: 'k7q' }, null],
  ])('%j means %j', (written, key) => expect(matchKey(written, new Set(['k7q', 'm3x']))).toBe(key))
})
