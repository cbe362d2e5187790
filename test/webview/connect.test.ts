import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PageCommandArgs } from '../../protocol/page.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { overhang } from '../support/webview/keyboard.ts'
import type { EditorCommands, Panel, PanelOptions } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'
import { themeNames } from '../support/webview/themes.ts'

const panels = panelsOfFile()
const wrongKey = 'wrong-key-0123'
const rightKey = 'right-key-4567'

let server: TestServer
let keyed: FakeModelServer
let open: FakeModelServer
let ollama: FakeOllama
/** Has its API at /v1, and a page of its own everywhere else. */
let strict: ScriptedServer
beforeEach(async () => {
  ;[server, keyed, open, ollama, strict] = await Promise.all([
    startTestServer(),
    startFakeModelServer({ models: ['corp-large', 'corp-mini', 'corp-embed'], key: rightKey }),
    startFakeModelServer({ models: ['fake-model'] }),
    startFakeOllama(),
    startScriptedServer(),
  ])
  strict.play((response, { path }) => {
    const isList = path === '/v1/models'
    response.writeHead(isList ? 200 : 404, { 'content-type': isList ? 'application/json' : 'text/html' })
    response.end(isList ? JSON.stringify({ object: 'list', data: [{ id: 'fake-model', object: 'model' }] }) : 'nothing')
  })
})
afterEach(async () => {
  await panels.close()
  await Promise.all([server.stop(), keyed.close(), open.close(), ollama.close(), strict.close()])
})

/** The editor's side, with a person who has these keys at hand, in order; null leaves the box. */
function editorWith(panel: () => Panel, keys: (string | null)[]): EditorCommands & { asked: unknown[] } {
  let pending: string | null = null
  const asked: unknown[] = []
  return Object.assign(
    {
      pasteKey({ origin }: PageCommandArgs<'pasteKey'>) {
        asked.push(origin)
        const key = keys.shift() ?? null
        if (key === null) return null
        pending = key
        return { kind: null, ending: keyEnding(key) }
      },
      testDraft: (values: PageCommandArgs<'testDraft'>) =>
        server.request('provider/test', { ...values, ...(pending === null ? {} : { key: pending }) }),
      async keepKey({ provider }: PageCommandArgs<'keepKey'>) {
        const view = await server.request('provider/get', { provider })
        if (pending === null || !view.ok || view.value.endpoint === null) return false
        panel().keys.set(provider, { key: pending, origin: new URL(view.value.endpoint).origin })
        await server.connection.sendNotification('secret/changed', { provider })
        return true
      },
    },
    { asked },
  )
}

async function openAt(keys: (string | null)[] = [], options: PanelOptions = {}) {
  let panel: Panel
  const editor = editorWith(() => panel, keys)
  panel = await panels.open({ server, commands: editor, place: { page: 'providers', target: '+' }, ...options })
  const { page } = panel
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const main = page.getByRole('main')
  return { panel, main, page, button, asked: editor.asked, address: page.getByRole('textbox', { name: /^Address/ }) }
}

const routes = async () => {
  const read = await server.request('route/list')
  return read.ok ? read.value.map(({ task, provider, model }) => `${task} ${provider} ${model}`) : []
}

describe('an address', () => {
  test('leads to a tested form with a model for both tasks, and one click makes them ready', async () => {
    const { main, page, button, address, panel } = await openAt()
    await address.fill(strict.origin)
    await main.getByText('The connection works').waitFor()
    // It was given without /v1, where the API is.
    await main.getByText(`The API answered at ${strict.origin}/v1, so that is the base URL now.`).waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Base URL' }).inputValue()).toBe(`${strict.origin}/v1`)
    await expect.poll(() => main.getByText('Paste the key').count()).toBe(0)
    await expect.poll(() => page.getByRole('radio', { name: 'fake-model' }).isChecked()).toBe(true)
    await button('Use for both tasks').click()
    await main.getByText('Categorization: ready through openai-compatible, fake-model').waitFor()
    await main.getByText('Scoring: ready through openai-compatible, fake-model').waitFor()
    await expect
      .poll(routes)
      .toEqual(['categorization openai-compatible fake-model', 'scoring openai-compatible fake-model'])
    await button('Done').click()
    await page.getByRole('heading', { name: 'openai-compatible' }).waitFor()
    expect(panel.troubles).toEqual([])
  })

  test('of a server that wants a key opens the masked box; a wrong key is mended in the same form', async () => {
    const { main, page, button, address, asked, panel } = await openAt([wrongKey, rightKey])
    await address.fill(`${keyed.origin}/v1`)
    await page.getByRole('alert').filter({ hasText: 'does not accept the key' }).waitFor()
    expect(asked).toEqual([keyed.origin])
    await main.getByText('Key: ends in …0123').waitFor()
    await button('Paste another key …').last().click()
    await main.getByText('The connection works').waitFor()
    await main.getByText('Key: ends in …4567').waitFor()
    // The quick one of those that write; what only embeds cannot be chosen.
    await expect.poll(() => page.getByRole('radio', { name: 'corp-mini' }).isChecked()).toBe(true)
    await expect.poll(() => page.getByRole('radio', { name: 'corp-embed' }).count()).toBe(0)
    await button('Use for both tasks').click()
    await main.getByText('Scoring: ready through openai-compatible, corp-mini').waitFor()
    expect(JSON.stringify([panel.sent, panel.received])).not.toMatch(/wrong-key|right-key/)
  })

  test('of a server that is there already is told, and can be connected once more', async () => {
    const config = { base_url: `${open.origin}/v1` }
    await server.request('provider/save', { provider: 'mine', kind: 'openai-compatible', config })
    const { main, page, button, address } = await openAt()
    await address.fill(`${open.origin}/v1`)
    await main.getByText('is connected already, as "mine"').waitFor()
    await button('Connect it again').click()
    await main.getByText('The connection works').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('openai-compatible')
  })

  test('that is none is told at its field', async () => {
    const { main, address } = await openAt()
    await address.fill('hello')
    await address.press('Enter')
    await main.getByText('This is not an address.').waitFor()
    await expect.poll(() => address.getAttribute('aria-invalid')).toBe('true')
  })
})

test('a key that is pasted into a field is not there any more, and the masked box opens', async () => {
  const key = 'b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2'
  const { main, page, address, asked, panel } = await openAt([null])
  await address.fill(key)
  await main.getByText('That looked like a key and was removed.').waitFor()
  await expect.poll(() => address.inputValue()).toBe('')
  await expect.poll(() => asked).toEqual([null])
  const search = page.getByRole('textbox', { name: 'Search' })
  await search.fill('sk-fake-0123456789abcdef')
  await expect.poll(() => search.inputValue()).toBe('')
  expect(JSON.stringify([panel.sent, panel.received])).not.toMatch(/b7Kq2Zx9|0123456789abcdef/)
})

test('a key whose service is not known leads to the list of them, and then to its test', async () => {
  const { main, page, button, asked } = await openAt([rightKey])
  await button('Paste a key …').click()
  await main.getByText('The key …4567 is ready').waitFor()
  await page.getByRole('textbox', { name: /^Address/ }).fill(`${keyed.origin}/v1`)
  await main.getByText('The connection works').waitFor()
  expect(asked).toEqual([null])
})

describe('a model that decides', () => {
  const decides = { architecture: { output_modalities: ['decisions'] } }
  const list = (models: object[]) => {
    const data = models.map((model) => ({ object: 'model', ...model }))
    strict.play((response, { path }) => {
      response.writeHead(path === '/v1/models' ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(path === '/v1/models' ? { object: 'list', data } : {}))
    })
  }
  const defaults = async () => {
    const read = await server.request('model/list', {})
    return read.ok ? read.value.rows.filter((row) => row.isDefault).map(({ type, model }) => `${type} ${model}`) : []
  }

  test('is preselected for both tasks, with why, and a model for text beside it', async () => {
    list([{ id: 'corp-large' }, { id: 'corp-decider', ...decides }, { id: 'corp-mini' }, { id: 'corp-embed' }])
    const { main, page, button, address, panel } = await openAt()
    await address.fill(`${strict.origin}/v1`)
    await main.getByText('corp-decider is made to decide: it gives each answer with its probability').waitFor()
    await expect.poll(() => page.getByRole('radio', { name: 'corp-decider' }).isChecked()).toBe(true)
    await main.getByText('It writes no text: a second model proposes categories and explains verdicts.').waitFor()
    const text = page.getByRole('combobox', { name: 'Model for text' })
    await expect.poll(() => text.textContent()).toContain('corp-mini')
    await expectAccessible(panel)
    await text.click()
    // What embeds writes none.
    await expect.poll(() => page.getByRole('option').allTextContents()).toEqual(['corp-large', 'corp-mini'])
    await page.getByRole('option', { name: 'corp-large' }).click()
    await button('Use for both tasks').click()
    await main.getByText('Scoring: ready through openai-compatible, corp-decider').waitFor()
    await expect
      .poll(routes)
      .toEqual(['categorization openai-compatible corp-decider', 'scoring openai-compatible corp-decider'])
    await expect.poll(defaults).toEqual(['generation corp-large'])
    expect(panel.troubles).toEqual([])
  })

  test('alone says where proposals and explanations come from', async () => {
    list([{ id: 'corp-decider', ...decides }])
    const { main, page, button, address } = await openAt()
    await address.fill(`${strict.origin}/v1`)
    await main.getByText('proposing categories and explaining verdicts need a model of another provider').waitFor()
    await expect.poll(() => page.getByRole('combobox', { name: 'Model for text' }).count()).toBe(0)
    await button('Use for both tasks').click()
    await main.getByText('Scoring: ready through openai-compatible, corp-decider').waitFor()
    await expect.poll(defaults).toEqual([])
  })
})

test('what only few need stands under Advanced', async () => {
  const { main, page, address } = await openAt()
  await address.fill(`${open.origin}/v1`)
  await main.getByText('The connection works').waitFor()
  const shown = page.getByRole('textbox')
  await expect.poll(() => shown.count()).toBe(2)
  await main.getByText('Advanced').click()
  await page.getByRole('textbox', { name: 'Key from variable' }).waitFor()
})

test('nothing is lost at 320 pixels', async () => {
  const { main, panel, address } = await openAt([], { width: 320 })
  await address.fill(open.origin)
  await main.getByText('The connection works').waitFor()
  await expect.poll(() => overhang(panel)).toBe(0)
})

test.each(themeNames)('axe finds nothing serious in %s', async (theme) => {
  const { main, panel, page, address } = await openAt([], { theme })
  await address.waitFor()
  await expectAccessible(panel)
  await address.fill(`${open.origin}/v1`)
  await main.getByText('The connection works').waitFor()
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Use for both tasks' }).click()
  await main.getByText('Scoring: ready').waitFor()
  await expectAccessible(panel)
})
