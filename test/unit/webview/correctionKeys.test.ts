import { expect, test } from 'vitest'
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
