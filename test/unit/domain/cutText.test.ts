import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutText } from '../../../server/domain/cutText.ts'

test.each([
  ['short enough', 'One.\n\nTwo.', 10, 'One.\n\nTwo.'],
  ['at the end of a paragraph', 'First one.\n\nSecond one here.', 20, 'First one.'],
  ['at a paragraph that ends exactly there', 'Ten chars.\n\nSecond', 10, 'Ten chars.'],
  [
    'at the end of a line, if no paragraph ends late enough',
    'a\n\nline one of it\nline two of it',
    20,
    'a\n\nline one of it',
  ],
  ['at the end of a sentence', 'It broke. Then it went on and on', 14, 'It broke.'],
  ['after a quotation', 'He said "no." Then he went', 18, 'He said "no."'],
  ['at the end of a Japanese sentence', '壊れました。そして続きます', 8, '壊れました。'],
  ['at the end of a word', 'several words without an end', 17, 'several words'],
  ['at a word that ends exactly there', 'several words here', 13, 'several words'],
  ['inside a word only if there is no other way', 'x'.repeat(30), 10, 'x'.repeat(10)],
  ['never inside a pair', '🎉🎉🎉', 3, '🎉'],
  ['never inside a pair after a word', `a ${'🎉'.repeat(9)}`, 9, `a ${'🎉'.repeat(3)}`],
])('%s', (_, text, limit, cut) => {
  expect(cutText(text, limit)).toBe(cut)
})

test('a cut is a beginning of the text, within the limit, at least half of it, and whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 100 }), (text, limit) => {
      const cut = cutText(text, limit)
      expect(text.startsWith(cut)).toBe(true)
      expect(cut.length).toBeLessThanOrEqual(limit)
      if (text.length > limit && !/\s/.test(text)) expect(cut.length).toBeGreaterThanOrEqual(Math.floor(limit / 2))
      expect(cut).not.toMatch(/\p{Surrogate}/u)
    }),
  )
})
