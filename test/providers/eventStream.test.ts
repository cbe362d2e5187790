import { describe, expect, it } from 'vitest'
import { BrokenEventError, looksLikeEvents, readEvents, readWholeEvents } from '../../server/providers/eventStream.ts'

const pretty = JSON.stringify({ a: [{ b: 1 }, {}], c: 'x' }, null, 2)

describe('the values of a stream', () => {
  it.each<[what: string, text: string, values: unknown[]]>([
    ['events', 'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n', [{ a: 1 }, { a: 2 }]],
    ['CR LF', 'data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n', [{ a: 1 }, { a: 2 }]],
    ['CR alone', 'data: {"a":1}\r\rdata: {"a":2}\r\r', [{ a: 1 }, { a: 2 }]],
    ['no space after the colon', 'data:{"a":1}\n\n', [{ a: 1 }]],
    ['empty data', 'data:\n\ndata: {"a":1}\n\ndata: \n\n', [{ a: 1 }]],
    ['comments', ': PROCESSING\n\ndata: {"a":1}\n\n:\n', [{ a: 1 }]],
    ['comments as data', 'data: : PROCESSING\n\ndata: {"a":1}\n\n', [{ a: 1 }]],
    ['pings as data', 'data: ping\n\ndata: {"a":1}\n\n', [{ a: 1 }]],
    ['names, ids and retries', 'event: x\nid: 7\nretry: 10\ndata: {"a":1}\n\n', [{ a: 1 }]],
    ['an event of several lines', 'data: {"a":\ndata: 1}\n\n', [{ a: 1 }]],
    ['no empty lines between events', 'data: {"a":1}\ndata: {"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['no line end at the end', 'data: {"a":1}', [{ a: 1 }]],
    ['a blank after [DONE]', 'data: {"a":1}\n\ndata: [DONE] \n\n', [{ a: 1 }]],
    ['[DONE] in small letters', 'data: {"a":1}\n\ndata: [done]\n\ndata: {"a":2}\n\n', [{ a: 1 }]],
    ['other words in brackets', 'data: [PING]\n\ndata: {"a":1}\n\ndata: [keep alive]\n\n', [{ a: 1 }]],
    ['what comes after [DONE]', 'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"a":2}\n\n', [{ a: 1 }]],
    ['lines of JSON', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['one document', pretty, [JSON.parse(pretty)]],
    ['one document with empty lines in it', pretty.replaceAll('\n', '\n\n'), [JSON.parse(pretty)]],
    ['a byte order mark', '\uFEFFdata: {"a":1}\n\n', [{ a: 1 }]],
    ['nothing', '', []],
  ])('are found: %s', async (_, text, values) => {
    expect(readWholeEvents(text)).toEqual(values)
    for (const size of [1, 3, 7]) expect(await inPieces(text, size)).toEqual(values)
  })

  it.each<[what: string, text: string, isLast: boolean]>([
    ['in the middle', 'data: {"a":\n\ndata: {"a":2}\n\n', false],
    ['at the end', 'data: {"a":1}\n\ndata: {"a', true],
    ['as a document', pretty.slice(0, -3), true],
  ])('are not skipped where they are broken: %s', async (_, text, isLast) => {
    await expect(inPieces(text, 4)).rejects.toMatchObject({ isLast })
    expect(() => readWholeEvents(text)).toThrow(BrokenEventError)
  })

  it('are read in time that grows with the text only', () => {
    const lines = `[\n${'}\n'.repeat(200_000)}`
    expect(() => readWholeEvents(lines)).toThrow(BrokenEventError)
  })

  it('come at once, and the connection is read to its end', async () => {
    let isClosed = false
    const parts = ['data: {"a":1}\n\n', 'data: [DONE]\n\n', 'data: {}\n\n']
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        const part = parts.shift()
        if (part !== undefined) return stream.enqueue(new TextEncoder().encode(part))
        isClosed = true
        stream.close()
      },
    })
    const values: unknown[] = []
    for await (const value of readEvents(body)) values.push(value)
    expect(values).toEqual([{ a: 1 }])
    await expect.poll(() => isClosed).toBe(true)
  })
})

it('tells events from text', () => {
  expect(['data: x', ' event: a', ': ping', 'id:1'].every(looksLikeEvents)).toBe(true)
  expect(['dataset', 'Internal error', '{"data:": 1}'].some(looksLikeEvents)).toBe(false)
})

async function inPieces(text: string, size: number): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (let at = 0; at < bytes.length; at += size) stream.enqueue(bytes.slice(at, at + size))
      stream.close()
    },
  })
  const values: unknown[] = []
  for await (const value of readEvents(body)) values.push(value)
  return values
}
