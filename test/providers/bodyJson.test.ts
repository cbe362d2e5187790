import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyJson, recurringText, recurringValue } from '../../server/providers/bodyJson.ts'

describe('bodyJson', () => {
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

  test('forgets the texts of long ago', () => {
    const textOf = (number: number) => `${number} ${'y'.repeat(400)}`
    for (let number = 0; number < 100; number++) recurringText(textOf(number))
    for (let number = 0; number < 100; number++) expect(JSON.parse(bodyJson(textOf(number)))).toBe(textOf(number))
  })
})
