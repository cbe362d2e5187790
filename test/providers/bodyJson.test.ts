import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyBytes, recurringText, recurringValue } from '../../server/providers/bodyJson.ts'

/** What a call sends, as text. */
function bodyJson(value: unknown): string {
  return bodyBytes(value).toString()
}

describe('bodyBytes', () => {
  test('is the JSON of any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(bodyJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('leaves out what is not defined, as JSON does', () => {
    const value = { model: 'a', top_p: undefined, list: [undefined, null, 1], inner: { no: undefined } }
    expect(bodyJson(value)).toBe(JSON.stringify(value))
  })

  test('is the same where parts of it recur', () => {
    const system = recurringText(`Say "yes"\n\u2028${'x'.repeat(300)}`)
    const schema = recurringValue({ type: 'object', properties: { 'a"b': { enum: ['ä', '\ud800'] } } })
    for (const prompt of ['first', 'second', system]) {
      const body = { messages: [{ content: system }, { content: prompt }], format: { schema } }
      expect(bodyJson(body)).toBe(JSON.stringify(body))
    }
  })

  test('makes the JSON of what recurs once', () => {
    let times = 0
    const schema = recurringValue({
      get type() {
        times++
        return 'object'
      },
    })
    for (let call = 0; call < 10; call++) expect(bodyJson({ schema: recurringValue(schema) })).toContain('object')
    expect(times).toBe(1)
  })

  test('is a body of its own, however long the one before was', () => {
    const bodies = [1, 2_000_000, 3, 100_000].map((length) => bodyBytes({ text: '\u00e9\u20ac"'.repeat(length) }))
    const lengths = bodies.map((body) => JSON.parse(body.toString()).text.length)
    expect(lengths).toEqual([3, 6_000_000, 9, 300_000])
  })

  test('forgets the texts of long ago', () => {
    const textOf = (number: number) => `${number} ${'y'.repeat(400)}`
    for (let number = 0; number < 100; number++) recurringText(textOf(number))
    for (let number = 0; number < 100; number++) expect(JSON.parse(bodyJson(textOf(number)))).toBe(textOf(number))
  })
})
