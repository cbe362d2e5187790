import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Thread } from '../../protocol/threads.ts'
import type { ThreadsPlace } from '../../protocol/threadsPage.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { openThreads, type Panel } from '../support/webview/panel.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
let models: FakeModelServer
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})
beforeEach(async () => {
  models = await startFakeModelServer({ models: ['writer', 'other'] })
  models.decide(({ model }) => ({ kind: 'text', text: `I am **${model}**.` }))
  server = await startTestServer()
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
  await server.request('provider/test', { provider: 'local' })
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
  await models.close()
})

type Options = Partial<Parameters<typeof openThreads>[2]>

async function open(at: ThreadsPlace | null, options: Options = {}): Promise<Panel> {
  const panel = await openThreads(browser, built, { server, at, ...options })
  panels.push(panel)
  return panel
}

async function create(params: Params<'thread/create'> = { provider: 'local', model: 'writer' }): Promise<Thread> {
  const created = await server.request('thread/create', params)
  if (!created.ok) throw new Error(created.reason.message)
  return created.value
}

const box = ({ page }: Panel) => page.getByRole('textbox', { name: 'Question' })

test('a question is asked by Enter and answered, with who answered and what it took', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  const { page } = panel
  await expect.poll(() => box(panel).evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.type('What do they want?')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('Briefly.')
  await page.keyboard.press('Enter')
  const exchange = page.getByRole('article', { name: /^Question: What do they want/ })
  await exchange.getByText('I am writer.').waitFor()
  await exchange.getByText(/local\/writer/).waitFor()
  expect(models.chats[0]?.prompt).toBe('What do they want?\nBriefly.')
  await expect.poll(() => box(panel).inputValue()).toBe('')
  await page.screenshot({ path: '/tmp/talk1.png' })
})
