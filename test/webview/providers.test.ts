import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { succeed } from '../../protocol/outcome.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { focusedName, overhang, tabTo } from '../support/webview/keyboard.ts'
import type { Panel, PanelOptions } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'
import { themeNames } from '../support/webview/themes.ts'

const panels = panelsOfFile()
let server: TestServer
let ollama: FakeOllama
let hosted: ScriptedServer

beforeAll(async () => {
  hosted = await startScriptedServer()
  hosted.play((response, { headers }) => {
    const isRight = headers.authorization === 'Bearer right-key'
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isRight ? { object: 'list', data: [{ id: 'tiny', object: 'model' }] } : { error: {} }))
  })
})
afterAll(async () => {
  await hosted?.close()
})
beforeEach(async () => {
  ;[server, ollama] = await Promise.all([startTestServer(), startFakeOllama()])
})
afterEach(async () => {
  await panels.close()
  await Promise.all([server.stop(), ollama.close()])
})

const open = (options: PanelOptions = {}): Promise<Panel> =>
  panels.open({ server, commands: { testDraft: (values) => server.request('provider/test', values) }, ...options })

const rowOf = ({ page }: Panel, provider: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: provider, exact: true }) })

const saveOllama = (provider: string, config: Record<string, string | number> = {}) =>
  server.request('provider/save', {
    provider,
    kind: 'ollama',
    config: { base_url: 'http://127.0.0.1', port: ollama.port, ...config },
  })

async function add({ page }: Panel, kind: string): Promise<void> {
  await page.getByRole('button', { name: 'Add provider' }).click()
  await page.getByRole('textbox', { name: 'Search' }).fill(kind)
  await page
    .getByRole('button', { name: new RegExp(`^${kind}`) })
    .first()
    .click()
}

describe('adding', () => {
  test('the models of VS Code are offered, and listed without a key or an address', async () => {
    await server.stop()
    server = await startTestServer({ client: { languageModels: true } })
    const model = { model: 'copilot/small', label: 'Small', vendor: 'copilot', family: 'small', maxInputTokens: 64_000 }
    server.connection.onRequest('lm/list', () => succeed({ models: [model] }))
    const panel = await open()
    await add(panel, 'VS Code')
    await panel.page.getByRole('radio', { name: 'Small' }).waitFor()
    await expect.poll(() => panel.page.getByRole('textbox', { name: /key|URL/i }).count()).toBe(0)
  })

  test('an Ollama is chosen, filled in, tested before it is saved, saved and tested', async () => {
    const panel = await open()
    const { page } = panel
    await add(panel, 'Ollama')
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://127.0.0.1')
    await page.getByRole('textbox', { name: 'Port' }).fill(String(ollama.port))
    await page.getByRole('textbox', { name: 'Port' }).press('Enter')
    await page.getByRole('radio', { name: 'small:latest' }).waitFor()
    await expect.poll(() => server.request('provider/get', { provider: 'ollama' })).toMatchObject({ ok: false })
    await page.getByRole('button', { name: 'Add and test' }).click()
    await rowOf(panel, 'ollama').getByText('The connection works').waitFor()
    await rowOf(panel, 'ollama').getByText('Ready', { exact: true }).waitFor()
    // What is the default stays unsaid, so that it follows the product's.
    expect(panel.sent.filter(isSave)).toMatchObject([
      { params: { provider: 'ollama', create: true, config: { base_url: 'http://127.0.0.1', port: ollama.port } } },
    ])
    expect(JSON.stringify(panel.sent.filter(isSave))).not.toContain('thinking')
  })

  test('a value is told to be wrong at its field while it is typed, and again when it is saved', async () => {
    const panel = await open()
    const { page } = panel
    await add(panel, 'Ollama')
    const port = page.getByRole('textbox', { name: 'Port' })
    await port.fill('99999')
    await page.getByText('It must be from 1 to 65535.').waitFor()
    await expect.poll(() => port.getAttribute('aria-invalid')).toBe('true')
    await page.getByRole('textbox', { name: 'Base URL' }).fill('ftp://host')
    await page.getByRole('button', { name: 'Add and test' }).click()
    await page.getByText('An address is needed that begins with http:// or https://.').waitFor()
    await expect.poll(() => focusedName(panel)).toBe('Base URL')
    // What only the server knows stands at its field, too.
    await port.fill('11434')
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://user:secret@host')
    await page.getByRole('button', { name: 'Add and test' }).click()
    await page.getByText('it must not contain a user name or password').waitFor()
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://host')
    await page.getByText('it must not contain a user name or password').waitFor({ state: 'detached' })
    expect(panel.sent.filter(isSave)).toHaveLength(1)
  })
})

test('a kind that nobody has heard of gets its form from its schema, without a line of the page', async () => {
  const field = { description: 'As its schema explains it.', required: false }
  const panel = await open({
    inventedKinds: [
      {
        kind: 'invented',
        label: 'Invented',
        description: 'Speaks what nobody speaks.',
        key: { need: 'optional', customaryVariable: null, obtainAt: null },
        defaultEndpoint: null,
        embeddings: false,
        decisions: false,
        modelParameters: { generation: [], embedding: [], decision: [], ner: [] },
        canPull: false,
        fields: [
          { ...field, name: 'planet', title: 'Planet', type: 'string', required: true },
          { ...field, name: 'moons', title: 'Moons', type: 'integer', minimum: 0, maximum: 99, default: 1 },
          { ...field, name: 'gravity', title: 'Gravity', type: 'number' },
          { ...field, name: 'air', title: 'Air', type: 'boolean', default: true },
          { ...field, name: 'star', title: 'Star', type: 'enum', values: ['sun', 'dwarf'], default: 'sun' },
          { ...field, name: 'orbit', title: 'Orbit', type: 'string', group: 'advanced' },
        ],
        presets: [{ id: 'mars', label: 'Mars', description: 'The red one.', config: { planet: 'mars', moons: 2 } }],
      },
    ],
  })
  const { page } = panel
  await add(panel, 'Mars')
  const value = (name: string | RegExp) => page.getByRole('textbox', { name }).inputValue()
  await expect.poll(() => value('Name')).toBe('mars')
  await page.getByText('Advanced').click()
  await expect
    .poll(async () => [await value('Planet'), await value('Moons'), await value('Gravity')])
    .toEqual(['mars', '2', ''])
  await expect.poll(() => page.getByRole('checkbox', { name: 'Air' }).getAttribute('aria-checked')).toBe('true')
  await page.getByRole('combobox', { name: 'Star' }).click()
  await page.getByRole('option', { name: 'dwarf' }).click()
  await page.getByRole('textbox', { name: 'Orbit' }).fill('third')
  await page.getByRole('textbox', { name: 'Moons' }).fill('100')
  await page.getByText('It must be from 0 to 99.').waitFor()
  await page.getByRole('textbox', { name: 'Moons' }).fill('3')
  await page.getByRole('button', { name: 'Add and test' }).click()
  await expect
    .poll(() => panel.sent.find(isSave))
    .toMatchObject({
      params: { kind: 'invented', config: { planet: 'mars', moons: 3, star: 'dwarf', orbit: 'third' } },
    })
  await page.getByRole('alert').filter({ hasText: 'does not know the kind' }).first().waitFor()
  await expectAccessible(panel)
})

describe('editing', () => {
  test('a half-filled form is there again after a reload', async () => {
    await saveOllama('ollama')
    const panel = await open()
    await panel.page.getByRole('button', { name: 'Edit ollama' }).click()
    await panel.page.getByRole('textbox', { name: 'Port' }).fill('123')
    await panel.reload()
    await expect.poll(() => panel.page.getByRole('textbox', { name: 'Port' }).inputValue()).toBe('123')
    await panel.page.getByRole('button', { name: 'Cancel' }).click()
    await panel.page.getByRole('button', { name: 'Edit ollama' }).click()
    await expect.poll(() => panel.page.getByRole('textbox', { name: 'Port' }).inputValue()).toBe(String(ollama.port))
  })

  test('one’s own save is nobody else’s, also while the list is still read anew', async () => {
    await saveOllama('ollama')
    let listIsRead: Promise<void> | undefined
    const panel = await open({ beforeAnswer: (method) => (method === 'provider/list' ? listIsRead : undefined) })
    const { page } = panel
    await page.getByRole('button', { name: 'Edit ollama' }).click()
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://127.0.0.1/one')
    let tellList = () => {}
    listIsRead = new Promise((resolve) => {
      tellList = resolve
    })
    await page.getByRole('button', { name: 'Save and test' }).click()
    await page.getByRole('button', { name: 'Edit ollama' }).click()
    await expect.poll(() => page.getByRole('textbox', { name: 'Base URL' }).inputValue()).toBe('http://127.0.0.1/one')
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://127.0.0.1')
    tellList()
    await page.getByRole('button', { name: 'Save and test' }).click()
    await rowOf(panel, 'ollama').getByText('The connection works').waitFor()
    await expect.poll(() => page.getByText('changed elsewhere').count()).toBe(0)
    expect(panel.sent.filter(isSave)).toHaveLength(2)
  })

  test('somebody else’s change is told beside the form, and not overwritten', async () => {
    await saveOllama('ollama')
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Edit ollama' }).click()
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://mine')
    await saveOllama('ollama', { port: 4321 })
    await page.getByText('changed elsewhere while this form was open').waitFor()
    await page.getByRole('button', { name: 'Save and test' }).click()
    await expect.poll(() => panel.sent.filter(isSave).length).toBe(1)
    await expect
      .poll(() => server.request('provider/get', { provider: 'ollama' }))
      .toMatchObject({
        value: { config: { base_url: 'http://127.0.0.1', port: 4321 } },
      })
    await page.getByRole('button', { name: 'Show what changed' }).click()
    await page.getByText(`Port: here “${ollama.port}”, saved elsewhere “4321”`).waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await page.getByRole('button', { name: 'Save and test' }).click()
    await rowOf(panel, 'ollama').waitFor()
    await expect
      .poll(() => server.request('provider/get', { provider: 'ollama' }))
      .toMatchObject({
        value: { config: { base_url: 'http://mine', port: ollama.port } },
      })
  })

  test('unsaved values use the stored key only where it was entered for the same origin', async () => {
    const panel = await open()
    const { page } = panel
    await server.request('provider/save', {
      provider: 'work',
      kind: 'openai',
      config: { base_url: `${hosted.origin}/v1` },
    })
    panel.keys.set('work', { key: 'right-key', origin: hosted.origin })
    await page.getByRole('button', { name: 'Edit work' }).click()
    await page.getByRole('textbox', { name: 'Base URL' }).fill(`${hosted.origin}/v2`)
    await page.getByRole('button', { name: 'Test without saving' }).click()
    await page.getByRole('main').getByText('The connection works').waitFor()
    await page.getByRole('textbox', { name: 'Base URL' }).fill(`http://127.0.0.1:${ollama.port}/v1`)
    await page.getByRole('button', { name: 'Test without saving' }).click()
    await page.getByRole('alert').filter({ hasText: 'key' }).waitFor()
    expect(ollama.server.requests.map(({ headers }) => headers.authorization ?? '')).not.toContain('Bearer right-key')
  })
})

describe('in the list', () => {
  test('a provider that routes use is switched off and removed only after telling them', async () => {
    await saveOllama('ollama')
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small:latest' })
    const panel = await open()
    const { page } = panel
    const enabled = page.getByRole('checkbox', { name: 'Enabled: ollama' })
    await rowOf(panel, 'ollama').getByText('Used for: Scoring').waitFor()
    await enabled.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('the route of Scoring').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => enabled.getAttribute('aria-checked')).toBe('true')
    await enabled.click()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await rowOf(panel, 'ollama').getByText('Disabled', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Remove ollama' }).click()
    await dialog.getByText('the route of Scoring').waitFor()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await rowOf(panel, 'ollama').waitFor({ state: 'detached' })
    await expect.poll(() => focusedName(panel)).toBe('Add provider')
    expect(panel.sent.filter((message) => JSON.stringify(message).includes('clearKey'))).toHaveLength(1)
  })

  test('one of fifty is found by its words and by its state', async () => {
    for (let index = 0; index < 50; index += 1) await saveOllama(`lab-${index}`, { port: 2000 + index })
    await server.request('provider/setEnabled', { provider: 'lab-7', enabled: false })
    const panel = await open()
    const { page } = panel
    await page.getByRole('textbox', { name: 'Search' }).fill('ollama 2042')
    await page.getByText('1 of 51 providers').waitFor()
    await rowOf(panel, 'lab-42').waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('')
    await page.getByRole('combobox', { name: 'State' }).click()
    await page.getByRole('option', { name: 'Disabled' }).click()
    await rowOf(panel, 'lab-7').waitFor()
    await page.getByText('1 of 51 providers').waitFor()
    await panel.reload()
    await page.getByText('1 of 51 providers').waitFor()
  })

  test('measuring a model of this machine is free and begins at once', async () => {
    await saveOllama('ollama')
    const { page } = await open()
    await page.getByRole('button', { name: 'Test ollama' }).click()
    await page.getByRole('button', { name: 'Measure what it does' }).click()
    await page.getByText('Keeps to a schema: yes').waitFor()
  })

  test('measuring a model that may cost something tells first what is sent, and sends nothing without a yes', async () => {
    const paid = await startFakeModelServer({ models: ['tiny'], key: 'right-key' })
    try {
      const plan = { sent: 'Seven made-up sentences.', endpoint: paid.origin, calls: 8, isFree: false }
      const panel = await open({ inventedPlan: { ...plan, tokens: { input: 900, output: 3200 } } })
      const { page } = panel
      panel.keys.set('work', { key: 'right-key', origin: paid.origin })
      const config = { base_url: `${paid.origin}/v1` }
      await server.request('provider/save', { provider: 'work', kind: 'openai', config })
      await page.getByRole('button', { name: 'Test work' }).click()
      await rowOf(panel, 'work').getByText('The connection works').waitFor()
      const measure = page.getByRole('button', { name: 'Measure what it does' })
      const question = page.getByRole('dialog', { name: 'Send this?' })
      await measure.click()
      await question.getByText('Seven made-up sentences.').waitFor()
      await question.getByText('At most 8 calls, about 900 tokens in and 3,200 out. Your account may be').waitFor()
      await expectAccessible(panel)
      await question.getByRole('button', { name: 'Cancel' }).click()
      await question.waitFor({ state: 'detached' })
      expect(paid.chats).toEqual([])
      await page.getByRole('button', { name: 'Test work' }).click()
      await measure.click()
      await question.getByRole('button', { name: 'Send' }).click()
      await page.getByText('Keeps to a schema: yes').waitFor()
      expect(paid.chats.length).toBeGreaterThan(0)
    } finally {
      await paid.close()
    }
  })

  test('a test that is cancelled ends at the server, and nothing is told of it', async () => {
    const slow = await startScriptedServer()
    try {
      const panel = await open()
      const { page } = panel
      // It takes the request and never answers.
      slow.play(() => {})
      const config = { base_url: `${slow.origin}/v1` }
      await server.request('provider/save', { provider: 'slow', kind: 'openai-compatible', config })
      const arrived = slow.nextRequest()
      await page.getByRole('button', { name: 'Test slow' }).click()
      await arrived
      await page.getByRole('button', { name: 'Cancel the test' }).click()
      await slow.deserted()
      await page.getByText('Testing the connection').waitFor({ state: 'detached' })
      await expect.poll(() => rowOf(panel, 'slow').getByRole('alert').count()).toBe(0)
      await expect.poll(() => page.getByRole('button', { name: 'Test slow' }).isEnabled()).toBe(true)
    } finally {
      await slow.close()
    }
  })

  test('theirs is loaded when the person says so, and saved from there', async () => {
    await saveOllama('ollama')
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Edit ollama' }).click()
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://mine')
    await saveOllama('ollama', { port: 4321 })
    await page.getByRole('button', { name: 'Load theirs' }).click()
    await page.getByText('changed elsewhere while this form was open').waitFor({ state: 'detached' })
    await expect.poll(() => page.getByRole('textbox', { name: 'Port' }).inputValue()).toBe('4321')
    await expect.poll(() => page.getByRole('textbox', { name: 'Base URL' }).inputValue()).toBe('http://127.0.0.1')
    await page.getByRole('textbox', { name: 'Port' }).fill(String(ollama.port))
    await page.getByRole('button', { name: 'Save and test' }).click()
    await rowOf(panel, 'ollama').getByText('The connection works').waitFor()
  })
})

test('a server that goes while a form is open takes nothing of it along', async () => {
  await saveOllama('ollama')
  const panel = await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Edit ollama' }).click()
  await page.getByRole('textbox', { name: 'Port' }).fill('4321')
  panel.sendServerState({ kind: 'failed', detail: 'it was ended' })
  await page.getByText('The background server is not running: it was ended.').waitFor()
  await page.getByRole('button', { name: 'Save and test' }).click()
  await page.getByText('the background server is not running.', { exact: false }).first().waitFor()
  panel.sendServerState({ kind: 'running' })
  await expect.poll(() => page.getByRole('textbox', { name: 'Port' }).inputValue()).toBe('4321')
  await page.getByRole('button', { name: 'Save and test' }).click()
  await rowOf(panel, 'ollama').waitFor()
  await expect
    .poll(() => server.request('provider/get', { provider: 'ollama' }))
    .toMatchObject({
      value: { config: { port: 4321 } },
    })
})

test('what is wrong with a field is heard with it', async () => {
  await saveOllama('ollama')
  const panel = await open({ browser: {} })
  const { page } = panel
  await page.getByRole('button', { name: 'Edit ollama' }).click()
  await page.getByRole('textbox', { name: 'Port' }).fill('0')
  await page.getByText('It must be from 1 to 65535.').waitFor()
  const session = await page.context().newCDPSession(page)
  const description = async () => {
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as {
      nodes: { role?: { value: string }; name?: { value: string }; description?: { value: string } }[]
    }
    const port = nodes.find(({ role, name }) => role?.value === 'textbox' && name?.value === 'Port')
    return port?.description?.value
  }
  await expect.poll(description).toContain('It must be from 1 to 65535.')
})

describe('for everybody', () => {
  test.each(themeNames)('axe finds nothing serious in %s, in the list and in the form', async (theme) => {
    await saveOllama('ollama')
    await server.request('provider/save', { provider: 'work', kind: 'openai', config: {} })
    await server.request('provider/test', { provider: 'work' })
    const panel = await open({ theme })
    await rowOf(panel, 'work').getByText('Not ready').waitFor()
    await expectAccessible(panel)
    await panel.page.getByRole('button', { name: 'Edit ollama' }).click()
    await panel.page.getByRole('textbox', { name: 'Port' }).fill('0')
    await expectAccessible(panel)
  })

  test('nothing is lost at 320 pixels', async () => {
    await saveOllama('a-provider-with-a-rather-long-name.of-the-second-laboratory')
    const panel = await open({ width: 320 })
    await panel.page.getByRole('button', { name: /^Edit a-provider/ }).waitFor()
    await expect.poll(() => overhang(panel)).toBe(0)
    await panel.page.getByRole('button', { name: /^Edit a-provider/ }).click()
    await panel.page.getByRole('textbox', { name: 'Port' }).waitFor()
    await expect.poll(() => overhang(panel)).toBe(0)
  })

  test('the keyboard alone adds a provider', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Add provider' }).waitFor()
    await tabTo(panel, 'Add provider')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Connect a provider' }).waitFor()
    await tabTo(panel, 'Search')
    await page.keyboard.type('ollama')
    await tabTo(panel, 'Ollama')
    await page.keyboard.press('Enter')
    await tabTo(panel, 'Port')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type(String(ollama.port))
    await tabTo(panel, 'Add and test')
    await page.keyboard.press('Enter')
    await rowOf(panel, 'ollama').waitFor()
    await expect.poll(() => focusedName(panel)).toBe('Edit ollama')
  })
})

const isSave = (message: unknown) => JSON.stringify(message).includes('"provider/save"')

test('what a test found to be wrong goes when the provider is well, whoever has mended it', async () => {
  const { port } = ollama
  await saveOllama('local', { port: 1 })
  const panel = await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Test local' }).click()
  const failure = rowOf(panel, 'local').getByRole('alert')
  await failure.getByText('Ollama is not running.', { exact: false }).waitFor()
  await failure.getByRole('button', { name: 'Look again' }).waitFor()
  const view = await server.request('provider/get', { provider: 'local' })
  const config = { base_url: 'http://127.0.0.1', port }
  const ifUpdatedAt = view.ok ? view.value.updatedAt : ''
  await server.request('provider/save', { provider: 'local', kind: 'ollama', config, ifUpdatedAt })
  await failure.waitFor({ state: 'detached' })
  await server.request('provider/test', { provider: 'local' })
  await rowOf(panel, 'local').getByText('Ready', { exact: true }).waitFor()
  await expect.poll(() => rowOf(panel, 'local').getByText('Ollama is not running').count()).toBe(0)
})
