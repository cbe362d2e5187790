import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameCheck } from '../../../server/rpc/frameCheck.ts'

const body = '{"jsonrpc":"2.0","id":1,"method":"x"}'
const frame = (length: unknown = body.length): string => `Content-Length: ${length}\r\n\r\n${body}`

test.each([
  ['a negative length', frame(-5)],
  ['a word', frame('abc')],
  ['no length', frame('')],
  ['no such header', `Content-Type: x\r\n\r\n${body}`],
  ['a length that is too small', frame(body.length - 5) + frame()],
  ['a length that is too large, once the next message has come', frame(body.length + 30) + frame()],
  ['a length beyond any message', frame(99_999_999_999)],
  ['noise', 'x'.repeat(10_000)],
  ['bytes', '\u0000\u0001'],
  ['a header without a colon', 'Content-Length 5\r\n\r\n'],
])('%s is a broken stream', (_, text) => {
  expect(new FrameCheck().push(Buffer.from(text))).toEqual(expect.any(String))
})

test('whole frames are fine however they are cut', () => {
  const stream = Buffer.from(
    [frame(), `content-length:  2\r\nContent-Type: a; charset=utf-8\r\n\r\n[]`, frame(), frame()].join(''),
  )
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const check = new FrameCheck()
      const places = [0, ...cuts.toSorted((one, other) => one - other), stream.length]
      for (const [index, to] of places.entries()) {
        expect(check.push(stream.subarray(places[index - 1] ?? 0, to))).toBeNull()
      }
      expect(check.push(Buffer.from('{'))).not.toBeNull()
    }),
  )
})
