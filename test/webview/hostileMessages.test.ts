import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openPanel, type Panel } from '../support/webview/panel.ts'

let browser: Browser
let built: BuiltPage
let panel: Panel
/** The bridge's clock goes with the machine's, unless a test holds it. */
let heldAt: number | null = null
let leaptMs = 0
const monotonicNow = () => heldAt ?? performance.now() + leaptMs

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
  panel = await openPanel(browser, built, { monotonicNow })
  await panel.page.getByRole('listitem', { name: 'builtin' }).waitFor()
})
afterAll(async () => {
  await panel?.close()
  await browser?.close()
  await built?.close()
})

/** The panel is not the worse for it: the page reads from the server, and draws what it reads. */
async function expectWorking() {
  await panel.reload()
  await panel.page.getByRole('listitem', { name: 'builtin' }).waitFor()
  await panel.page.getByRole('button', { name: 'Test builtin' }).click()
  await panel.page.getByRole('main').getByText('The connection works').waitFor()
  expect(panel.troubles).toEqual([])
}

describe('what the editor says to the page, if it were not the editor', () => {
  test('is left unread, whatever it is', async () => {
    const hostile = [
      null,
      'text',
      { type: 'open', place: { page: 'nowhere', target: null } },
      { type: 'answer', id: 1, result: { ok: true, value: [{ provider: '<img src=x onerror=alert(1)>' }] } },
      { type: 'answer', id: 99_999, result: null },
      { type: 'event', event: { name: 'data/changed', params: { what: ['secrets'] } } },
      { type: 'event', event: { name: 'eval', params: 'alert(1)' } },
      { type: 'server', server: { kind: 'on fire' } },
      { type: 'refused', id: -1, why: 'unknown', detail: '' },
    ]
    for (const message of hostile) {
      await panel.page.evaluate(`window.postMessage(${JSON.stringify(message)}, window.origin)`)
    }
    await panel.page.evaluate(`window.postMessage({ type: 'answer', id: 1, result: 'x'.repeat(5e7) }, window.origin)`)
    await expectWorking()
  })

  test('from another origin is none of the editor’s', async () => {
    await panel.page.evaluate(`window.dispatchEvent(new MessageEvent('message', {
      origin: 'https://elsewhere.example',
      data: { type: 'server', server: { kind: 'failed', detail: 'forged words' } },
    }))`)
    await expectWorking()
    await expect.poll(() => panel.page.getByText('forged words').count()).toBe(0)
  })
})

describe('what a page says to the editor, if it were not ours', () => {
  test('the panel works after all of it', async () => {
    const before = await panel.server.request('provider/list')
    heldAt = monotonicNow()
    await panel.page.evaluate(`(() => {
      const send = (message) => hearPage(message)
      send({ type: 'request', id: 1e6, method: 'provider/remove', params: { provider: 'builtin', confirm: true, __proto__: { a: 1 } }, extra: 1 })
      send({ type: 'request', id: 5, method: 'secret/read', params: { provider: 'builtin', origin: 'https://a' } })
      send({ type: 'request', id: 'x', method: 'provider/list', params: {} })
      for (let index = 0; index < 10000; index += 1) send({ type: 'eval', code: 'alert(1)' })
    })()`)
    await expect
      .poll(() => panel.sent.filter((message) => JSON.stringify(message).includes('"eval"')).length)
      .toBe(10_000)
    expect(panel.log.filter((line) => line.includes('message that was refused'))).toHaveLength(1)
    await expect.poll(() => panel.server.request('provider/list')).toEqual(before)
    const told = panel.received.filter((message) => JSON.stringify(message).includes('"too_many"'))
    // Told once when the bucket runs dry, never once a message.
    expect(told).toHaveLength(1)
    // It fills again by itself: until then even a good page is not heard.
    heldAt = null
    leaptMs += 60_000
    await expectWorking()
  })
})
