import { expect, test } from 'vitest'
import type { Criterion } from '../../../protocol/criteria.ts'
import { type Pending, type PressedKey, readCorrectionKey } from '../../../webview/results/correctionKeys.ts'

const pressed = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  ...{ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...more,
})

/** What a row of keys says, one act a key; null: it is none of a correction's. */
function type(...keys: (string | PressedKey)[]): unknown[] {
  let pending: Pending = null
  return keys.map((key) => {
    const read = readCorrectionKey(typeof key === 'string' ? pressed(key) : key, pending)
    pending = read?.next ?? null
    return read?.act ?? null
  })
}

const category = (place: number, isMore = false) => ({ kind: 'category', place, isMore })
const points = (part: string, value: number) => ({ kind: 'points', part, points: value })

test.each([
  ['a digit is a category, 0 is none', ['1', '9', '0'], [category(0), category(8), { kind: 'noCategory' }]],
  ['a letter waits for its points', ['i', '7'], [{ kind: 'begin', part: 'interest' }, points('interest', 7)]],
  [
    '1 is 1, and 10 with a 0',
    ['q', '1', '0'],
    [{ kind: 'begin', part: 'quality' }, points('quality', 1), points('quality', 10)],
  ],
  ['0 is 0 points', ['q', '0'], [{ kind: 'begin', part: 'quality' }, points('quality', 0)]],
  [
    'after 1 another digit is a category again',
    ['i', '1', '5'],
    [{ kind: 'begin', part: 'interest' }, points('interest', 1), category(4)],
  ],
  [
    'after other points 0 is no category',
    ['i', '2', '0'],
    [{ kind: 'begin', part: 'interest' }, points('interest', 2), { kind: 'noCategory' }],
  ],
  [
    'Enter ends what waits and accepts',
    ['i', 'Enter', '0'],
    [{ kind: 'begin', part: 'interest' }, { kind: 'accept' }, { kind: 'noCategory' }],
  ],
  [
    'Escape leaves what waits, and else is not ours',
    ['i', 'Escape', 'Escape'],
    [{ kind: 'begin', part: 'interest' }, { kind: 'leave' }, null],
  ],
  ['an arrow ends what waits', ['q', 'ArrowDown', '3'], [{ kind: 'begin', part: 'quality' }, null, category(2)]],
  ['capital letters are the same', ['Q', 'U'], [{ kind: 'begin', part: 'quality' }, { kind: 'undo' }]],
  [
    'with Shift a category comes beside the others',
    [pressed('"', { code: 'Digit2', shiftKey: true })],
    [category(1, true)],
  ],
  ['on a French keyboard the key itself counts', [pressed('é', { code: 'Digit2' })], [category(1)]],
  ['and with Shift, which has the digit there, too', [pressed('2', { code: 'Digit2', shiftKey: true })], [category(1)]],
  [
    'on a Russian keyboard the place of the letter counts',
    [pressed('ш', { code: 'KeyI' })],
    [{ kind: 'begin', part: 'interest' }],
  ],
  [
    'the usual key undoes as well',
    [pressed('z', { ctrlKey: true }), pressed('z', { metaKey: true })],
    [{ kind: 'undo' }, { kind: 'undo' }],
  ],
  ['keys of the editor are not ours', [pressed('1', { ctrlKey: true }), pressed('i', { altKey: true })], [null, null]],
])('%s', (_, keys, acts) => {
  expect(type(...keys)).toEqual(acts)
})

const criteria: Criterion[] = [
  { name: 'Severity', question: 'How bad?', type: 'scale', scale: { from: -1, to: 12 } },
  { name: 'real', question: 'Is it so?', type: 'boolean' },
  { name: 'Effort', question: 'How much?', type: 'choice', choices: [{ name: 'small' }, { name: 'large' }] },
]

function typeOf(asked: readonly Criterion[], ...keys: string[]): unknown[] {
  let pending: Pending = null
  return keys.map((key) => {
    const read = readCorrectionKey(pressed(key), pending, asked)
    pending = read?.next ?? null
    return read?.act ?? null
  })
}

const waits = { kind: 'begin', part: 'criterion' }
const answer = (name: string, value: unknown) => ({ kind: 'answer', name, value })

test.each([
  ['C, the number, the answer', ['c', '2', 'y'], [waits, waits, answer('real', true)]],
  ['No, also in capitals', ['C', '2', 'N'], [waits, waits, answer('real', false)]],
  ['a choice by its place', ['c', '3', '2'], [waits, waits, answer('Effort', 'large')]],
  ['1 is 1, and 12 with a 2', ['c', '1', '1', '2'], [waits, waits, answer('Severity', 1), answer('Severity', 12)]],
  [
    'after 1 what is no number of it is a category',
    ['c', '1', '1', '9'],
    [waits, waits, answer('Severity', 1), category(8)],
  ],
  ['a sign waits for its digit', ['c', '1', '-', '1', '1'], [waits, waits, waits, answer('Severity', -1), category(0)]],
  ['a slip goes on waiting', ['c', '3', '9', '1'], [waits, waits, waits, answer('Effort', 'small')]],
  ['a criterion that there is not waits, too', ['c', '4', '3', '1'], [waits, waits, waits, answer('Effort', 'small')]],
  ['Escape leaves', ['c', 'Escape', '1'], [waits, { kind: 'leave' }, category(0)]],
  ['I and Q mean nothing', ['i', 'q', 'u'], [null, null, { kind: 'undo' }]],
])('criteria: %s', (_, keys, acts) => {
  expect(typeOf(criteria, ...keys)).toEqual(acts)
})

test('the only criterion is asked at once', () => {
  expect(typeOf(criteria.slice(1, 2), 'c', 'n')).toEqual([waits, answer('real', false)])
  expect(type('c')).toEqual([null])
})
