import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readableName } from '../../../server/domain/categoryNames.ts'
import { parseCategoryVerdicts, parseScoreVerdicts } from '../../../server/domain/parseVerdicts.ts'
import type { VerdictProblem } from '../../../server/domain/readVerdict.ts'
import type { CategorizationWork, ScoringWork } from '../../../server/domain/work.ts'
import { compiled } from './fixtures.ts'

const items = ['1', '2', '3'].map((key) => ({ key, text: 'text' }))
const sorting: CategorizationWork = { task: 'categorization', items, profile: compiled() }
const rating: ScoringWork = { task: 'scoring', items, profile: compiled() }
const none = { names: [], parent: null }

const bug = { key: '1', categories: ['Bug'], confidence: 0.9, suggested: none }
const docs = { key: '2', categories: ['Docs'], confidence: 0.5, suggested: none }
const json = (...verdicts: unknown[]): string => JSON.stringify({ verdicts })

function sort(answer: string, work = sorting) {
  const parsed = parseCategoryVerdicts(answer, work)
  if (!parsed.ok) expect.unreachable(`${parsed.problem}: ${parsed.detail}`)
  return {
    ...parsed,
    verdicts: Object.fromEntries(parsed.verdicts),
    codes: parsed.problems.map((problem) => problem.code),
  }
}

test('verdicts are matched by key, and the missing ones named', () => {
  expect(sort(json(docs, bug))).toMatchObject({
    verdicts: {
      1: { categories: ['Bug'], confidence: 0.9, suggested: none },
      2: { categories: ['Docs'], confidence: 0.5, suggested: none },
    },
    missing: ['3'],
    problems: [],
  })
})

describe('an answer in other clothes', () => {
  const plain = json(bug, docs)
  const pretty = JSON.stringify({ verdicts: [bug, docs] }, null, 2)
  test.each([
    ['a byte order mark', `\uFEFF ${plain}\n`],
    ['a code fence', `\`\`\`json\n${pretty}\n\`\`\``],
    ['prose around it', `Sure! Here you go:\n\n${plain}\n\nLet me know if {anything} is wrong [or "not"].`],
    ['prose with odd brackets and quotes before it', `Let's see {1} [x] "item: ${plain}`],
    [
      'thinking before it',
      `<think>Item 1 {"verdicts":[{"key":"1","categories":["Docs"],"confidence":1}]}</think>\n${plain}`,
    ],
    ['thinking whose beginning was swallowed', `The first is {"key":"1","categories":["Docs"]}</think>${plain}`],
    ['a bare list', JSON.stringify([bug, docs])],
    ['one object a line', `${JSON.stringify(bug)}\n${JSON.stringify(docs)}`],
    ['braces and quotes inside strings', json({ ...bug, note: 'a "quoted } ] \\" brace' }, docs)],
    ['numbers as keys', json({ ...bug, key: 1 }, { ...docs, key: 2 })],
    ['more fields than asked', json({ ...bug, __proto__: null, why: ['x'] }, docs)],
  ])('%s', (_, answer) => {
    expect(sort(answer)).toMatchObject({
      verdicts: { 1: { categories: ['Bug'] }, 2: { categories: ['Docs'] } },
      missing: ['3'],
    })
  })

  test('a single verdict without a key belongs to the single item', () => {
    const { key: _, ...keyless } = bug
    expect(sort(JSON.stringify(keyless), { ...sorting, items: items.slice(0, 1) })).toMatchObject({
      verdicts: { 1: { categories: ['Bug'] } },
    })
    expect(parseCategoryVerdicts(json(keyless), sorting)).toMatchObject({ ok: false, problems: [{ code: 'no_key' }] })
  })

  test('of an answer that was cut off the finished verdicts count', () => {
    expect(sort(json(bug, docs, { ...bug, key: '3' }).slice(0, -60))).toMatchObject({ missing: ['3'] })
  })
})

describe('an answer with nothing to use says why', () => {
  test.each([
    ['empty', ''],
    ['empty', '  \n'],
    ['not_json', 'I am sorry, I cannot help with that.'],
    ['not_json', '<html><body>502 Bad Gateway</body></html>'],
    ['not_json', `<think>${json(bug)}`],
    ['not_json', '{"verdicts":[{"key":'],
    ['schema', '{}'],
    ['schema', '[]'],
    ['schema', '42'],
    ['schema', 'null'],
    ['schema', '{"verdicts":{}}'],
    ['schema', '{"verdicts":[]}'],
    ['schema', '{"verdicts":[null,[],"x",{}]}'],
    ['schema', '{"error":{"message":"busy"}}'],
    ['schema', json({ ...bug, key: '9' })],
    ['too_large', `"${'x'.repeat(500_001)}"`],
  ])('%s', (problem, answer) => {
    expect(parseCategoryVerdicts(answer, sorting)).toMatchObject({ ok: false, problem })
  })
})

describe('keys', () => {
  const last = { ...docs, key: '3' }
  const isVoid = (answer: string, code: VerdictProblem['code']) =>
    expect(parseCategoryVerdicts(answer, sorting)).toMatchObject({
      ok: false,
      problem: 'schema',
      problems: expect.arrayContaining([expect.objectContaining({ code })]),
    })

  test('that no item has are dropped where every item has its verdict', () => {
    expect(sort(json(bug, docs, last, { ...docs, key: 'other' }, { ...docs, key: '__proto__' }))).toMatchObject({
      missing: [],
      codes: ['unknown_key', 'unknown_key'],
    })
  })

  test('that no item has, while one is missing, void the answer: it was numbered anew', () => {
    isVoid(json(bug, { ...docs, key: 'other' }), 'unknown_key')
    isVoid(json({ ...bug, key: '0' }, { ...docs, key: '1' }, { ...docs, key: '2' }), 'unknown_key')
    isVoid('{"verdicts":{"1":{"categories":["Bug"]},"k2b":{"categories":["Docs"]}}}', 'unknown_key')
  })

  test('that stand twice with different verdicts void the answer, wherever they stand', () => {
    isVoid(json(bug, docs, last, { ...bug, categories: ['Docs'] }), 'duplicate_key')
    isVoid(json({ ...bug, categories: ['Invented'] }, bug, docs, last), 'duplicate_key')
    isVoid(`Draft: ${json({ ...bug, categories: ['Docs'] })}\nFinal: ${json(bug, docs, last)}`, 'duplicate_key')
    isVoid(
      '{"verdicts":{"1":{"categories":["Bug"]},"1":{"categories":["Docs"]},"2":{"categories":[]}}}',
      'duplicate_key',
    )
  })

  test('that stand twice with one verdict are one, unless another is missing', () => {
    expect(sort(json(bug, docs, last, bug))).toMatchObject({ missing: [] })
    isVoid(json(bug, docs, bug), 'duplicate_key')
  })

  test('inside a verdict that contradict the one it stands under void the answer', () => {
    isVoid('{"verdicts":{"1":{"key":"2","categories":["Bug"]},"2":{"key":"1","categories":["Docs"]}}}', 'unknown_key')
  })
})

describe('labels', () => {
  const labelled = (...categories: unknown[]) => sort(json(bug, { ...docs, categories }))
  test.each<[string, unknown[], string[], VerdictProblem['code'][]]>([
    ['nothing fits', [], [], []],
    ['any spelling becomes the name of the profile', [' CRASH ', 'flaky\u00a0 TEST'], ['Crash', 'Flaky test'], []],
    ['twice is once', ['Bug', 'bug'], ['Bug'], []],
    [
      'more than four are cut',
      ['Bug', 'Crash', 'Docs', 'Spam', 'Question'],
      ['Bug', 'Crash', 'Docs', 'Spam'],
      ['too_many_labels'],
    ],
    [
      'invented ones are dropped',
      ['Bug', 'Invented', 'Bug because it crashes'],
      ['Bug'],
      ['unknown_label', 'unknown_label'],
    ],
    ['hidden ones are dropped', ['Secret', 'classified', 'Bug'], ['Bug'], ['hidden_label', 'hidden_label']],
    [
      'what is no text is dropped',
      [null, 1, ['Bug'], { names: 'Bug' }, 'Bug'],
      ['Bug'],
      Array(4).fill('unknown_label'),
    ],
  ])('%s', (_, given, kept, codes) => {
    const parsed = labelled(...given)
    expect(parsed.verdicts[2]?.categories).toEqual(kept)
    expect(parsed.codes).toEqual(codes)
  })

  test.each([
    ['only invented ones', ['Invented']],
    ['only hidden ones', ['Secret']],
    ['a number', 7],
    ['nothing at all', undefined],
    ['null', null],
    ['a name among words', 'It is not a Bug'],
  ])('%s: the item is asked again, for that is not "nothing fits"', (_, categories) => {
    const parsed = sort(json(bug, { ...docs, categories }))
    expect(parsed.missing).toEqual(['2', '3'])
    expect(parsed.codes).toContain('labels_unusable')
  })

  test('a label never gets through that is not offered', () => {
    const offered = new Set(sorting.profile.offered.map((category) => category.name))
    const label = fc.oneof(
      fc.constantFrom('Bug', 'bug', 'Secret', 'Internal', 'BUG\u0000', '__proto__', 'constructor', 'Bug > Crash'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), (categories) => {
        const parsed = parseCategoryVerdicts(json({ ...bug, categories }), sorting)
        if (!parsed.ok) return
        const kept = parsed.verdicts.get('1')?.categories ?? []
        expect(kept.filter((name) => !offered.has(name))).toEqual([])
        expect(kept.length).toBeLessThanOrEqual(4)
        expect(new Set(kept).size).toBe(kept.length)
      }),
    )
  })
})

describe('confidence', () => {
  test.each([
    [0, 0],
    [1, 1],
    [0.25, 0.25],
    ['0.7', 0.7],
    [85, 0.85],
    ['90', 0.9],
    ['90 %', 0.9],
    ['0,8', 0.8],
    [100, 1],
  ])('%j is %j', (given, confidence) => {
    expect(sort(json({ ...bug, confidence: given })).verdicts[1]?.confidence).toBe(confidence)
  })

  test.each([-0.1, 1.5, 101, 'high', null, true, undefined])('%j is not known, and fails no item', (confidence) => {
    expect(sort(json({ ...bug, confidence }))).toMatchObject({
      verdicts: { 1: { categories: ['Bug'], confidence: null } },
      codes: ['confidence_unusable'],
    })
  })

  test('a number beyond all numbers is not known', () => {
    const answer = '{"verdicts":[{"key":"1","categories":[],"confidence":1e999}]}'
    expect(sort(answer).verdicts[1]?.confidence).toBeNull()
  })
})

describe('suggestions', () => {
  const suggest = (suggested: unknown) => sort(json({ ...bug, categories: [], suggested })).verdicts[1]?.suggested
  test.each([
    [
      'two names and a root',
      { names: [' Release  notes ', 'Licences'], parent: 'docs' },
      { names: ['Release notes', 'Licences'], parent: 'Docs' },
    ],
    ['a third one falls away', { names: ['A', 'B', 'C'], parent: null }, { names: ['A', 'B'], parent: null }],
    ['the same one twice', { names: ['A', 'a'], parent: null }, { names: ['A'], parent: null }],
    [
      'names that exist, hidden ones too',
      { names: ['bug', 'SECRET', 'New'], parent: null },
      { names: ['New'], parent: null },
    ],
    ['empty, long and strange ones', { names: ['', 'x'.repeat(81), 7, null, '\n'], parent: 'Bug' }, none],
    ['several lines become one', { names: ['New\u0000\nname'], parent: null }, { names: ['New name'], parent: null }],
    ['a parent that is a child', { names: ['New'], parent: 'Crash' }, { names: ['New'], parent: null }],
    ['a parent that is hidden', { names: ['New'], parent: 'Secret' }, { names: ['New'], parent: null }],
    ['a parent without a name', { names: [], parent: 'Bug' }, none],
    ['nothing', undefined, none],
    ['null', null, none],
    ['text', 'New', none],
  ])('%s', (_, given, kept) => {
    expect(suggest(given)).toEqual(kept)
  })
})

describe('scores', () => {
  const good = { key: '1', interest: 7, quality: 5, reasoning: 'It is about crashes.' }
  const rate = (changes: object) => parseScoreVerdicts(json({ ...good, ...changes }), rating)

  test.each([
    [{}, { interest: 7, quality: 5 }],
    [
      { interest: 0, quality: 10 },
      { interest: 0, quality: 10 },
    ],
    [{ quality: '4' }, { interest: 7, quality: 4 }],
    [{ quality: '7/10' }, { interest: 7, quality: 7 }],
    [{ quality: '7 out of 10' }, { interest: 7, quality: 7 }],
    [{ quality: ' 7.0 ' }, { interest: 7, quality: 7 }],
    [{ quality: 'Seven' }, { interest: 7, quality: 7 }],
    [{ quality: { score: 7 } }, { interest: 7, quality: 7 }],
    [{ interest: 7.0 }, { interest: 7, quality: 5 }],
  ])('%j', (changes, scores) => {
    const parsed = rate(changes)
    expect(parsed.ok && parsed.verdicts.get('1')).toEqual({ ...scores, reasoning: 'It is about crashes.' })
  })

  test.each([
    { interest: 11 },
    { interest: -1 },
    { interest: 85 },
    { quality: null },
    { interest: 0.7 },
    { interest: 6.5 },
    { quality: '4/5' },
    { quality: '70 %' },
    { quality: '7-8' },
    { quality: 'about 7' },
    { quality: true },
    { quality: [7] },
    { interest: undefined },
  ])('%j is asked again, not mended', (changes) => {
    expect(rate(changes)).toMatchObject({ ok: false, problem: 'schema' })
  })

  test.each(['', ' \n ', 7, undefined])('reasoning %j is none, and fails no item', (reasoning) => {
    const parsed = rate({ reasoning })
    expect(parsed.ok && parsed.verdicts.get('1')).toEqual({ interest: 7, quality: 5, reasoning: null })
  })

  test('one number off the scale voids the answer: the others are of the same other scale', () => {
    const percent = [good, { ...good, key: '2', interest: 10, quality: 0 }, { ...good, key: '3', interest: 40 }]
    expect(parseScoreVerdicts(json(...percent), rating)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('interest is "40", no whole number from 0 to 10'),
    })
  })

  test('a number that is none says which score it was', () => {
    const answer = JSON.stringify({ verdicts: [good] }).replace('"quality":5', '"quality":NaN')
    expect(parseScoreVerdicts(answer, rating)).toMatchObject({ ok: false, detail: expect.stringContaining('quality') })
  })

  test('reasoning is one line of bounded length', () => {
    const parsed = rate({ reasoning: `<b>Bold</b>\n\n${'long sentence. '.repeat(9000)}` })
    const reasoning = parsed.ok ? (parsed.verdicts.get('1')?.reasoning ?? '') : ''
    expect(reasoning).toMatch(/^<b>Bold<\/b> long sentence\. .*long sentence\.$/)
    expect(reasoning.length).toBeLessThanOrEqual(600)
  })
})

describe('hostile answers', () => {
  test.each([
    ['deep lists', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['deep objects', `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}`],
    ['deep and broken', '{"a":['.repeat(80_000)],
    ['many braces', '{'.repeat(490_000)],
    ['many pairs', '{}'.repeat(240_000)],
    ['many quotes', '{"\\"'.repeat(120_000)],
    ['many thoughts', '<think>'.repeat(70_000)],
    ['many ends of thoughts', '</think>'.repeat(60_000)],
    ['many lists', `{"verdicts":[${'[],'.repeat(150_000)}0]}`],
  ])('%s end, and give nothing', (_, answer) => {
    expect(parseCategoryVerdicts(answer, sorting)).toMatchObject({ ok: false })
    expect(parseScoreVerdicts(answer, rating)).toMatchObject({ ok: false })
  })

  test('many labels end, with few problems told', () => {
    const parsed = sort(json({ ...bug, categories: ['Bug', ...Array(60_000).fill('x')] }))
    expect(parsed.verdicts[1]?.categories).toEqual(['Bug'])
    expect(parsed.problems).toHaveLength(50)
  })

  test('names of built-in properties reach nothing', () => {
    const answer =
      '{"__proto__":{"polluted":1},"verdicts":[{"key":"1","__proto__":{"categories":["Bug"],"confidence":1}},{"constructor":{"prototype":{"polluted":1}},"key":"2","categories":["__proto__","Docs"],"confidence":1}]}'
    expect(sort(answer)).toMatchObject({ verdicts: { 2: { categories: ['Docs'] } }, missing: ['1', '3'] })
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  test('no text makes it throw, and what comes out is always valid', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('Bug', 0.5, '1', 7, ['Bug'], ['Secret']))
    const verdict = fc.record(
      {
        key: fc.oneof(fc.constantFrom('1', '2', 3), value),
        categories: value,
        confidence: value,
        interest: value,
        quality: value,
        reasoning: value,
        suggested: value,
      },
      { requiredKeys: [] },
    )
    const answer = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            '"',
            '\\',
            ',',
            ':',
            '1',
            'verdicts',
            'key',
            '<think>',
            '</think>',
            '```',
          ),
        )
        .map((parts) => parts.join('')),
      fc.json(),
      fc.array(verdict).map((verdicts) => JSON.stringify({ verdicts })),
      fc
        .tuple(
          fc.array(verdict).map((verdicts) => JSON.stringify({ verdicts })),
          fc.nat(400),
        )
        .map(([text, length]) => text.slice(0, length)),
    )
    fc.assert(
      fc.property(answer, (text) => {
        const sorted = parseCategoryVerdicts(text, sorting)
        for (const [key, given] of sorted.ok ? sorted.verdicts : []) {
          expect(['1', '2', '3']).toContain(key)
          expect(given.confidence ?? 0).toBeGreaterThanOrEqual(0)
          expect(given.confidence ?? 1).toBeLessThanOrEqual(1)
          expect(
            given.categories.every((name) => sorting.profile.offered.some((category) => category.name === name)),
          ).toBe(true)
        }
        const rated = parseScoreVerdicts(text, rating)
        for (const [, given] of rated.ok ? rated.verdicts : []) {
          for (const score of [given.interest, given.quality])
            expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(score)
          expect(given.reasoning?.trim()).not.toBe('')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

test.each([
  ['\ud800', null],
  ['\u202e', null],
  ['\u202Eabc', 'abc'],
  ['\u001b[2J', null],
  ['a\u0000b', 'a b'],
  ['\u3164\u3164', null],
  ['\u2800', null],
  ['123', null],
  ['--', null],
  ['a\u{E0041}\u{E0042}', 'a'],
  ['C\u200B++', 'C++'],
  ['  two\n words ', 'two words'],
  ['می\u200Cخواهم', 'می\u200Cخواهم'],
  ['日本語', '日本語'],
])('a suggested name %j is kept as %j', (name, kept) => {
  expect(readableName(name)).toBe(kept)
})
