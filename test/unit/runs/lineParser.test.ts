import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineParser } from '../../../server/journal/lineParser.ts'

const receipts = fc.constantFrom({}, { categorization: { batch: 5, usage: { input: 1 } } }, { scoring: { batch: 2 } })
const results = fc.record({
  runId: fc.constant('run'),
  id: fc.oneof(fc.string(), fc.constant('"receipts":{'), fc.constant(',"receipts":{}')),
  reasoning: fc.option(fc.string()),
})
/** As our writer has them: the receipts last, and behind them only where they come from. */
const lines = fc
  .tuple(results, receipts, fc.constantFrom({}, {}, { reusedFrom: 'one' }, { reusedFrom: 'two' }))
  .map(([result, of, from]) =>
    JSON.stringify({ kind: 'item', key: 'k', at: 1, result: { ...result, receipts: of, ...from } }),
  )
const notes = fc.constantFrom('{"kind":"gone","key":"k"}', '{"kind":"spent","usd":1}', 'null', '7')

test('the lines of a journal are what JSON.parse makes of them, however alike their ends are', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ arbitrary: lines, weight: 5 }, notes), { maxLength: 30 }), (journal) => {
      const parser = new LineParser()
      for (const line of journal) expect(parser.parse(Buffer.from(line))).toEqual(JSON.parse(line))
    }),
  )
})

test('what is no JSON is told, and the next line is read all the same', () => {
  const parser = new LineParser()
  const line = '{"kind":"item","result":{"id":"1","receipts":{"scoring":{}},"reusedFrom":"one"}}'
  expect(parser.parse(Buffer.from(line))).toEqual(JSON.parse(line))
  expect(parser.parse(Buffer.from(`{"kind":${line.slice(40)}`))).toBeUndefined()
  expect(parser.parse(Buffer.from(line))).toEqual(JSON.parse(line))
})
