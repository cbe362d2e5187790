import { describe, expect, test } from 'vitest'
import { WholeResponse } from '../../server/providers/wholeResponse.ts'

const bytes = Buffer.from('\uFEFF{"text":"zürich"}')
// The tests know the browser's types besides Node's, and theirs of a Response differ in details that nothing here is about.
const whole = (status = 200) => new WholeResponse(status, true, bytes) as unknown as Response
const proper = (status = 200) => new Response(bytes, { status, headers: { 'content-type': 'application/json' } })

/** What can be read of a response, each from a fresh one. */
const readings: [string, (response: Response) => unknown][] = [
  ['status', ({ status }) => status],
  ['ok', ({ ok }) => ok],
  ['headers', ({ headers }) => [...headers]],
  ['url', ({ url }) => url],
  ['text', (response) => response.text()],
  ['json', (response) => response.json()],
  ['bytes', async (response) => Buffer.from(await response.bytes()).toString('hex')],
  ['arrayBuffer', async (response) => (await response.arrayBuffer()).byteLength],
  ['blob', async (response) => (await response.blob()).size],
  ['a clone', (response) => response.clone().text()],
  ['body', async ({ body }) => Buffer.from(await new Response(body).arrayBuffer()).toString('hex')],
  ['whether it was read', async (response) => [response.bodyUsed, await response.text(), response.bodyUsed]],
]

describe('WholeResponse', () => {
  test.each(readings)('reads as a Response does: %s', async (_, read) => {
    expect(await read(whole())).toEqual(await read(proper()))
  })

  test.each([199, 200, 299, 300, 404, 500])('is a success as a Response is: %i', (status) => {
    expect(whole(status).ok).toBe(status >= 200 && status < 300)
  })

  test('is read once', async () => {
    const response = whole()
    await response.text()
    await expect(response.text()).rejects.toThrow(TypeError)
    await expect(response.json()).rejects.toThrow(TypeError)
  })

  test('may have no body', async () => {
    const response = new WholeResponse(204, false, null)
    expect(response.body).toBeNull()
    expect(await response.text()).toBe('')
  })
})
