import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitJson } from '../../../server/knowledge/splitJson.ts'

const long = (word: string) => `${word} `.repeat(300).trim()

test('records and fields stay whole, under the names that they stand in', () => {
  const document = {
    a: { 'b "c"': [{ text: long('one') }, { text: long('two') }, { text: long('six') }, { n: 1 }, { n: 2 }] },
    d: long('x').repeat(9),
  }
  const pieces = splitJson(JSON.stringify(document, null, 1)) ?? []
  expect(pieces.slice(0, 4).map(({ headings }) => headings.join(' › '))).toEqual(Array(4).fill('a › b "c"'))
  expect(JSON.parse(pieces[0]?.text ?? '')).toEqual({ text: long('one') })
  expect(JSON.parse(`[${pieces[3]?.text}]`)).toEqual([{ n: 1 }, { n: 2 }])
  expect(pieces.slice(4).every(({ headings }) => headings[0] === 'd')).toBe(true)
})

test.each(['', 'null', '7', '"text"', '{"a":1,}', '{"a":1}\n{"a":2}', '[1', `${'['.repeat(9999)}${']'.repeat(9999)}`])(
  'what is no record of anybody is left to others: %#',
  (text) => {
    expect(splitJson(text)).toBeNull()
  },
)

test('whatever the document is, nothing of it but commas and brackets is lost, and no piece is too long', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(3), (values, indent) => {
      const document = [...values, long('padding').repeat(3)]
      const text = JSON.stringify(document, null, indent)
      const pieces = splitJson(text) ?? []
      const bare = (all: string) => all.replaceAll(/[\s,[\]{}:]/g, '')
      const joined = bare(pieces.map((piece) => piece.text).join(''))
      for (const value of values.filter((each) => typeof each === 'string')) {
        expect(joined).toContain(bare(JSON.stringify(value)))
      }
      for (const piece of pieces) {
        expect(piece.text.length).toBeLessThanOrEqual(3200)
        expect(text).toContain(piece.text)
        expect(text.split('\n')[piece.line - 1]).toContain(piece.text.split('\n')[0]?.slice(0, 20) ?? '')
      }
    }),
    { numRuns: 100 },
  )
})
