import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Params } from '../../protocol/contract.ts'
import type { Thread, ThreadDelta } from '../../protocol/threads.ts'
import type { ThreadsPlace } from '../../protocol/threadsPage.ts'
import { fail } from '../../shared/fail.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { idOf, madeRecord, makeRuns } from '../support/webview/madeRuns.ts'
import { makeThreads } from '../support/webview/madeThreads.ts'
import { openThreads, type Panel } from '../support/webview/panel.ts'

const runId = '20261121t093000000z-made01'
const long = '20261121t093000000z-long01'
const lost = '20261121t093000000z-lost01'

let browser: Browser
let built: BuiltPage
let server: TestServer
let models: FakeModelServer
const folders = new StoreFolders()
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
  answer('I am a model.')
  const dataDir = await makeRuns(folders, [{ runId, items: 30, isKept: true, record: (at) => madeRecord(runId, at) }])
  await makeThreads(folders, dataDir, [
    { threadId: long, title: 'Long', questions: 500 },
    { threadId: lost, title: 'Lost', questions: 1, provider: 'gone' },
  ])
  server = await startTestServer({ dataDir })
  await connect('local')
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
  await models.close()
  await folders.dispose()
})

async function connect(provider: string): Promise<void> {
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider, kind: 'openai-compatible', config })
  await server.request('provider/test', { provider })
}

const answer = (text: string) => models.decide(({ model }) => ({ kind: 'text', text: text.replaceAll('MODEL', model) }))

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

async function read(threadId: string) {
  const found = await server.request('thread/get', { threadId })
  if (!found.ok) throw new Error(found.reason.message)
  return found.value
}

const box = ({ page }: Panel) => page.getByRole('textbox', { name: 'Question' })
const exchangeOf = ({ page }: Panel, question: string) =>
  page.getByRole('article', { name: `Question: ${question}`, exact: true })

async function ask(panel: Panel, text: string): Promise<void> {
  await box(panel).fill(text)
  await box(panel).press('Enter')
}

/** The answer, once it is complete. */
async function answered(panel: Panel, question: string) {
  const exchange = exchangeOf(panel, question)
  await exchange.locator('.answer-facts').waitFor()
  return exchange.locator('.answer')
}

test('a question is asked by Enter and answered, with who answered and what it took, and is heard when it is complete', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  const { page } = panel
  await expect.poll(() => box(panel).evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.type('What do they want?')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('Briefly.')
  await page.keyboard.press('Enter')
  const shown = await answered(panel, 'What do they want? Briefly.')
  await shown.getByText('I am a model.').waitFor()
  await shown.getByText(/^local\/writer · .* tokens in, .* out · price unknown$/).waitFor()
  expect(models.chats[0]?.prompt).toBe('What do they want?\nBriefly.')
  await expect.poll(() => box(panel).inputValue()).toBe('')
  await page.getByRole('status').filter({ hasText: 'writer has answered: I am a model.' }).waitFor()
  await page.getByRole('heading', { level: 2, name: 'What do they want?' }).waitFor()
  await expectAccessible(panel)
})

test('Enter that chooses a sign sends nothing, and neither does an empty question', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  await box(panel).fill('か')
  await box(panel).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
  await expect.poll(() => box(panel).inputValue()).toBe('か')
  await box(panel).fill('  ')
  await box(panel).press('Enter')
  await expect.poll(() => panel.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  expect(models.chats).toEqual([])
})

test('a question that another process answers says so, and its answer comes up by itself', async () => {
  const { id: threadId } = await create()
  const other = await startTestServer({ dataDir: server.dataDir })
  try {
    const release = models.hold()
    const elsewhere = other.request('thread/send', { threadId, text: 'From a terminal?' })
    await models.arrived(1)
    const panel = await open({ threadId })
    const exchange = exchangeOf(panel, 'From a terminal?')
    await exchange.getByText('An answer is being written in another window or in a terminal …').waitFor()
    await expect.poll(() => exchange.getByText('There is no answer.').count()).toBe(0)
    await expectAccessible(panel)
    // A second question waits for its turn, in a sentence.
    await ask(panel, 'And here?')
    await panel.page.getByRole('alert').filter({ hasText: 'is being' }).waitFor()
    await expect.poll(() => box(panel).inputValue()).toBe('And here?')
    release()
    await elsewhere
    await answered(panel, 'From a terminal?')
    await exchange.getByText('I am a model.').waitFor()
    await expect.poll(() => exchange.getByText('An answer is being written').count()).toBe(0)
  } finally {
    await other.stop()
  }
})

test('an answer grows as it is written, and a piece that was missed is read again', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  const release = models.hold()
  await ask(panel, 'One')
  await models.arrived(1)
  const exchange = exchangeOf(panel, 'One')
  await exchange.getByText('Answering …').waitFor()
  const question = (await read(threadId)).rows[0]?.id ?? ''
  const say = (text: string, length: number) =>
    panel.bridge.event({
      name: 'thread/delta',
      params: { threadId, messageId: '20261121t093000000z-piece', question, text, length } satisfies ThreadDelta,
    })
  say('It **be', 0)
  say('gins** well', 7)
  await exchange.getByText('It begins well').waitFor()
  await expect.poll(() => exchange.locator('strong').textContent()).toBe('begins')
  // The paragraph is the same element while it grows.
  await exchange.locator('.markdown p').evaluate((element) => element.setAttribute('data-mark', 'same'))
  say(' and goes on.', 18)
  await exchange.getByText('It begins well and goes on.').waitFor()
  await expect.poll(() => exchange.locator('[data-mark=same]').count()).toBe(1)
  const readBefore = panel.sent.length
  say('behind a gap', 90)
  await expect
    .poll(() => panel.sent.slice(readBefore).filter((sent) => JSON.stringify(sent).includes('thread/get')).length)
    .toBeGreaterThan(0)
  release()
  await (await answered(panel, 'One')).getByText('I am a model.').waitFor()
  await expect.poll(() => exchange.getByText('It begins').count()).toBe(0)
})

test('an answer goes on while the page is hidden, and is found when it is shown again', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  const release = models.hold()
  await ask(panel, 'One')
  await models.arrived(1)
  await panel.reload()
  await exchangeOf(panel, 'One').getByText('Answering …').waitFor()
  await panel.page.getByRole('button', { name: 'Stop' }).waitFor()
  release()
  await (await answered(panel, 'One')).getByText('I am a model.').waitFor()
})

test('Stop ends an answer, which says so', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  models.hold()
  await ask(panel, 'One')
  await models.arrived(1)
  await panel.page.getByRole('button', { name: 'Stop' }).click()
  await (await answered(panel, 'One')).getByText(/^stopped · local\/writer/).waitFor()
  await panel.page.getByRole('status').filter({ hasText: 'The answer of writer is stopped.' }).waitFor()
})

test('another model answers the same question, and both answers stay', async () => {
  answer('I am MODEL.')
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  await ask(panel, 'One')
  await (await answered(panel, 'One')).getByText('I am writer.').waitFor()
  const exchange = exchangeOf(panel, 'One')
  await exchange.getByRole('button', { name: 'Ask again, also another model' }).click()
  await panel.page.getByRole('menuitem', { name: 'local/other', exact: true }).click()
  await exchange.getByText('I am other.').waitFor()
  await exchange.getByText('Answer 2 of 2').waitFor()
  await exchange.getByRole('button', { name: 'Answer before' }).click()
  await exchange.getByText('I am writer.').waitFor()
  await exchange.getByText('Answer 1 of 2').waitFor()
  await expect
    .poll(async () => (await read(threadId)).rows.map(({ role }) => role))
    .toEqual(['user', 'assistant', 'assistant'])
  await expect.poll(async () => (await read(threadId)).thread.model).toBe('other')
  await expectAccessible(panel)
})

test('a conversation whose provider is gone says so, and asks for another', async () => {
  const panel = await open({ threadId: lost })
  const { page } = panel
  await page.getByRole('alert').filter({ hasText: 'gone' }).waitFor()
  await page.getByRole('button', { name: /^Lost/ }).getByText('needs another model').waitFor()
  await box(panel).fill('And now?')
  await expect.poll(() => page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await page.getByRole('combobox', { name: 'Model of the next question' }).click()
  await page.getByRole('option', { name: 'local/other', exact: true }).click()
  await page.getByRole('button', { name: 'Send' }).click()
  await (await answered(panel, 'And now?')).getByText('I am a model.').waitFor()
  await expect.poll(() => page.getByRole('alert').allTextContents()).toEqual([])
})

test('an answer that failed has its reason with its one action', async () => {
  const acted: unknown[] = []
  const { id: threadId } = await create()
  const panel = await open({ threadId }, { commands: { actOn: (args: unknown) => void acted.push(args) } })
  models.failNext({ kind: 'status', status: 401 })
  await ask(panel, 'One')
  const shown = await answered(panel, 'One')
  await shown.getByRole('alert').getByRole('button').click()
  await shown.getByText(/^failed · /).waitFor()
  await expect.poll(() => acted).toMatchObject([{ reason: { code: 'auth_failed', provider: 'local' } }])
})

test('what could not be asked is typed still', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId }, { commands: { send: () => fail({ code: 'thread_busy', threadId }) } })
  await ask(panel, 'One')
  await panel.page.getByRole('alert').getByText('being answered').waitFor()
  await expect.poll(() => box(panel).inputValue()).toBe('One')
  await expect.poll(() => panel.page.getByText('Asking …').count()).toBe(0)
})

test('what is too long to be asked leads back to the question, and so does one that has to wait', async () => {
  const { id: threadId } = await create()
  const tooLong = {
    code: 'context_too_long',
    provider: 'local',
    model: 'writer',
    limitTokens: 10,
    neededTokens: 99,
  } as const
  const reasons = [fail({ ...tooLong, remedy: 'shorter_question' }), fail({ code: 'thread_busy', threadId })]
  const panel = await open({ threadId }, { commands: { send: () => reasons.shift() } })
  for (const button of ['Ask with less text', 'Wait and try again']) {
    await ask(panel, 'A long question')
    await panel.page.getByRole('button', { name: button }).click()
    await expect.poll(() => box(panel).evaluate((element) => element === document.activeElement)).toBe(true)
    await expect.poll(() => box(panel).inputValue()).toBe('A long question')
  }
})

test('a draft is kept for its conversation, over another one and over hiding', async () => {
  const one = await create({ title: 'First one' })
  await create({ title: 'Second one' })
  const panel = await open({ threadId: one.id })
  const { page } = panel
  await box(panel).fill('half a qu')
  await page.getByRole('button', { name: /^Second one/ }).click()
  await page.getByRole('heading', { level: 2, name: 'Second one' }).waitFor()
  await expect.poll(() => box(panel).inputValue()).toBe('')
  await box(panel).fill('other')
  await page.getByRole('button', { name: /^First one/ }).click()
  await expect.poll(() => box(panel).inputValue()).toBe('half a qu')
  await panel.reload()
  await expect.poll(() => box(panel).inputValue()).toBe('half a qu')
  // No key is kept, wherever it is typed.
  await box(panel).fill('my key is sk-ant-api03-fakefakefakefakefakefakefakefake00')
  await page.getByText('That looked like a key').waitFor()
  await expect.poll(() => box(panel).inputValue()).not.toContain('fakefake')
})

test('conversations are found by their titles, renamed, exported and removed after a question', async () => {
  const exported: unknown[] = []
  await create({ title: 'About bees' })
  const { id: threadId } = await create({ title: 'About ants' })
  const panel = await open({ threadId }, { commands: { exportThread: (args: unknown) => void exported.push(args) } })
  const { page } = panel
  const titles = () => page.locator('.thread-title').allTextContents()
  await expect.poll(titles).toEqual(['About ants', 'About bees', 'Lost', 'Long'])
  await page.getByRole('textbox', { name: 'Search' }).fill('ABOUT be')
  await expect.poll(titles).toEqual(['About bees'])
  await page.getByRole('textbox', { name: 'Search' }).fill('')
  const pick = async (entry: string) => {
    await page.getByRole('button', { name: 'More: rename, export, remove' }).click()
    await page.getByRole('menuitem', { name: entry }).click()
  }
  await pick('Export')
  await expect.poll(() => exported).toEqual([{ threadId }])
  await pick('Rename')
  await page.getByRole('textbox', { name: 'Title' }).fill('About wasps')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 2, name: 'About wasps' }).waitFor()
  await pick('Remove')
  await page.getByRole('dialog').getByText('It has 0 messages').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect.poll(titles).toEqual(['About bees', 'Lost', 'Long'])
  await page.getByRole('heading', { level: 2, name: 'About bees' }).waitFor()
})

test('a new conversation has the default model, and one that was never asked in is not begun twice', async () => {
  const panel = await open(null)
  const { page } = panel
  await page.getByRole('heading', { level: 2, name: 'Lost' }).waitFor()
  const begin = page.getByRole('button', { name: 'New conversation', exact: true })
  await begin.click()
  await page.getByRole('heading', { level: 2, name: 'New conversation' }).waitFor()
  await expect.poll(() => box(panel).evaluate((element) => element === document.activeElement)).toBe(true)
  await begin.click()
  await expect.poll(() => page.locator('.thread-title').count()).toBe(3)
})

test('what is shown stays, whatever changes elsewhere', async () => {
  const panel = await open(null)
  const { page } = panel
  await page.getByRole('heading', { level: 2, name: 'Lost' }).waitFor()
  const { id: threadId } = await create({ title: 'From elsewhere' })
  await expect.poll(() => page.locator('.thread-title').first().textContent()).toBe('From elsewhere')
  await page.getByRole('heading', { level: 2, name: 'Lost' }).waitFor()
  await page.getByRole('button', { name: /^From elsewhere/ }).click()
  await page.getByRole('heading', { level: 2, name: 'From elsewhere' }).waitFor()
  await server.request('thread/remove', { threadId })
  await page.getByText('This conversation is not there any more.').waitFor()
  await page.getByRole('button', { name: 'Show another one' }).click()
  await page.getByRole('heading', { level: 2, name: 'Lost' }).waitFor()
})

test('a question has an end, and says where there is more room', async () => {
  const { id: threadId } = await create()
  const panel = await open({ threadId })
  await box(panel).fill('x '.repeat(250_000))
  await panel.page.getByRole('alert').getByText('Here is room for 500,000 characters.').waitFor()
})

test('a conversation about results says what about, and its citations open items', async () => {
  const opened: unknown[] = []
  answer(`The first is [${idOf(3)}], and [nothing] else.`)
  const { id: threadId } = await create({
    ...{ provider: 'local', model: 'writer' },
    about: { kind: 'run', runId, filter: { minScore: 0.1, categories: madeRecord(runId, 3).categories ?? [] } },
  })
  const panel = await open({ threadId }, { commands: { openCitation: (args: unknown) => void opened.push(args) } })
  const { page } = panel
  await page.getByText('About the results of items.jsonl (Category: Technology, Score from 0.1)').waitFor()
  await ask(panel, 'Which?')
  const shown = await answered(panel, 'Which?')
  await shown.getByText(/it was given .*\d+ items?/).waitFor()
  const cited = shown.getByRole('button', { name: `Open the item ${idOf(3)}` })
  await expect.poll(() => cited.count()).toBe(2)
  await cited.first().click()
  const { rows } = await read(threadId)
  await expect
    .poll(() => opened)
    .toMatchObject([
      { threadId, messageId: rows[1]?.id, id: idOf(3), inputHash: rows[1]?.context?.cited[0]?.inputHash },
    ])
  await shown.getByText('and [nothing] else.').waitFor()
})

describe('what a model writes', () => {
  const hostile = [
    '<script>window.hit = 1</script>',
    '<img src=x onerror="window.hit = 2">',
    '[run](command:workbench.action.quit)',
    '[js](javascript:window.hit=3)',
    '[data](data:text/html,<script>window.hit=4</script>)',
    '[file](file:///etc/passwd)',
    '[vs](vscode://file/etc/passwd)',
    '![pixel](https://example.invalid/pixel.png)',
    '![inline](data:image/png;base64,AAAA)',
    '[good](https://exämple.invalid/a?b=1&amp;c=2)',
    'a\u202egnp.exe &#x202e;x',
    '&lt;b&gt; &amp; &#106;avascript:',
    '<https://auto.invalid/x>',
    '- [x] done\n  1. inner\n     > quoted *deep*',
    '| a | b |\n|:-|-:|\n| 1 | `2` |',
    '```html\n<b>not bold</b>\n```',
  ].join('\n\n')

  test('is text and plain elements: nothing in it is HTML, loads or acts', async () => {
    answer(hostile)
    const [opened, copied]: [unknown[], unknown[]] = [[], []]
    const { id: threadId } = await create()
    const panel = await open(
      { threadId },
      {
        commands: {
          openAddress: (args: unknown) => void opened.push(args),
          copy: (args: unknown) => void copied.push(args),
        },
      },
    )
    const { page } = panel
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await ask(panel, 'Now?')
    const shown = await answered(panel, 'Now?')
    await expect.poll(() => shown.locator('script, img, iframe, a, style, b, object, form').count()).toBe(0)
    await expect.poll(() => page.evaluate('globalThis.hit')).toBeUndefined()
    for (const text of [
      '<script>',
      '<img src=x',
      '[run](command:',
      '[js](javascript:',
      '[data](data:',
      '[file](file:',
    ]) {
      await shown.getByText(text).first().waitFor()
    }
    await shown.getByText('<b> & javascript:').waitFor()
    await expect
      .poll(async () => /.{5}[\u202a-\u202e\u2066-\u2069].{5}/.exec((await shown.textContent()) ?? ''))
      .toBe(null)
    await expect
      .poll(() => shown.locator('.markdown').getByRole('button').allTextContents())
      .toEqual(['Picture: pixel', 'good', 'https://auto.invalid/x', 'Copy'])
    await shown.getByRole('button', { name: 'good' }).click()
    // The address is shown as it is sent, so that a name that only looks like another is seen.
    const whole = 'https://xn--exmple-cua.invalid/a?b=1&c=2'
    await page.getByRole('dialog').getByText(whole, { exact: true }).waitFor()
    expect(opened).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Open' }).click()
    await expect.poll(() => opened).toEqual([{ address: whole }])
    await shown.getByRole('button', { name: 'Copy', exact: true }).click()
    await expect.poll(() => copied).toEqual([{ text: '<b>not bold</b>' }])
    await shown.locator('ul li.md-task ol li blockquote em').waitFor()
    await shown.getByRole('table').getByRole('cell', { name: '2' }).waitFor()
    expect(asked).toEqual([])
    await expectAccessible(panel)
  })

  test.each([
    ['of a megabyte', Array.from({ length: 150_000 }, (_, at) => `word${at}`).join(' ')],
    ['nested without an end', Array.from({ length: 2_000 }, (_, at) => `${'> '.repeat(at % 300)}end ${at}`).join('\n')],
    ['of brackets', Array.from({ length: 20_000 }, (_, at) => `[![(${at}`).join('')],
  ])('is shown as it is where it is %s', async (_, text) => {
    answer(text)
    const { id: threadId } = await create()
    const panel = await open({ threadId })
    await ask(panel, 'Now?')
    const shown = await answered(panel, 'Now?')
    await expect.poll(async () => ((await shown.textContent()) ?? '').length).toBeGreaterThanOrEqual(text.trim().length)
  })
})

test('the page is small, and loads nothing of the other panels', async () => {
  const loaded: string[] = []
  const panel = await open(null)
  panel.page.on('response', (response) => void loaded.push(new URL(response.url()).pathname.slice(1)))
  await panel.reload()
  await panel.page.getByRole('heading', { level: 2, name: 'Lost' }).waitFor()
  expect(loaded.filter((name) => /^(?:main|results|setup)\.|View|Page/.test(name))).toEqual([])
  // Of which the reader of Markdown is two thirds.
  expect(built.files.get('threads.js')).toBeLessThan(85_000)
})

test('a thousand messages are read from their end, and the earlier ones when they are wanted', async () => {
  const panel = await open({ threadId: long }, { width: 900, height: 700 })
  const { page } = panel
  await exchangeOf(panel, 'Question 499').getByText('Answer 499').waitFor()
  const usable = await page.evaluate(
    `performance.getEntriesByType('paint').map(({ name, startTime }) => name + ' ' + Math.round(startTime) + ' ms').join(', ') + '; usable after ' + Math.round(performance.now()) + ' ms'`,
  )
  await expect.poll(() => exchangeOf(panel, 'Question 0').count()).toBe(0)
  const seen = () => page.getByRole('article').count()
  await expect
    .poll(async () => {
      await page.locator('.messages').evaluate((element) => element.scrollTo(0, 0))
      return await seen()
    })
    .toBe(500)
  await exchangeOf(panel, 'Question 0').getByText('Answer 0').waitFor()
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  console.log(`1,000 messages: ${usable}; heap with all of them ${(usedSize / 1e6).toFixed(1)} MB`)
})
