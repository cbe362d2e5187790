import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import type { ScriptedServer } from '../support/providers/scriptedServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { focusedName, overhang, tabTo } from '../support/webview/keyboard.ts'
import { connectHosted, startEndingModels, startListing } from '../support/webview/modelWorld.ts'
import type { Panel, PanelOptions } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'
import { themeNames } from '../support/webview/themes.ts'

const panels = panelsOfFile()
let server: TestServer
let ollama: FakeOllama
let hosted: ScriptedServer

beforeAll(async () => {
  hosted = await startEndingModels()
})
afterAll(async () => {
  await hosted?.close()
})
beforeEach(async () => {
  ;[server, ollama] = await Promise.all([startTestServer(), startFakeOllama()])
  ollama.models = [
    { name: 'small:latest', capabilities: ['completion'] },
    { name: 'vectors', capabilities: ['embedding'] },
  ]
  await server.request('provider/save', {
    provider: 'ollama',
    kind: 'ollama',
    config: { base_url: 'http://127.0.0.1', port: ollama.port },
  })
  await server.request('provider/test', { provider: 'ollama' })
})
afterEach(async () => {
  await panels.close()
  // What the page asked for last and gave up is off the wire when this is answered.
  await server.request('route/list')
  await Promise.all([server.stop(), ollama.close()])
})

const open = (options: PanelOptions = {}): Promise<Panel> =>
  panels.open({ server, place: { page: 'models', target: null }, ...options })

const rowOf = ({ page }: Panel, model: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: model, exact: true }) })

const register = (model: string, more: object = {}) =>
  server.request('model/save', { provider: 'ollama', model, type: 'generation', ...more })

async function registered(model: string) {
  const page = await server.request('model/list', { search: model })
  return page.ok ? page.value.rows.find((row) => row.model === model) : undefined
}

const edit = async ({ page }: Panel, model: string) =>
  await page.getByRole('button', { name: `Edit ${model} of ollama` }).click()

async function choose({ page }: Panel, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

describe('the list', () => {
  test('has what is listed and what is registered, found by words, provider, type and status', async () => {
    await register('small:latest')
    await register('typed', { status: 'inactive' })
    const panel = await open()
    const { page } = panel
    await page.getByText('4 models').waitFor()
    await rowOf(panel, 'small:latest').waitFor()
    await rowOf(panel, 'typed').getByText('It is missing from the last list of ollama.').waitFor()
    await choose(panel, 'Type', 'Embedding')
    await page.getByText('1 of 4 models').waitFor()
    await rowOf(panel, 'vectors').waitFor()
    await choose(panel, 'Type', 'All')
    await choose(panel, 'Status', 'Disabled')
    await page.getByText('1 of 4 models').waitFor()
    await rowOf(panel, 'typed').waitFor()
    await choose(panel, 'Status', 'All')
    await page.getByRole('textbox', { name: 'Search' }).fill('OLLAMA small')
    await page.getByText('1 of 4 models').waitFor()
    await panel.reload()
    await page.getByText('1 of 4 models').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Search' }).inputValue()).toBe('OLLAMA small')
  })

  test('has those that decide, with what one request takes, and registers them as what they are', async () => {
    ollama.models = [...ollama.models, { name: 'nimble', capabilities: ['decision'] }]
    await server.request('provider/test', { provider: 'ollama' })
    const panel = await open()
    const { page } = panel
    await choose(panel, 'Type', 'Decision')
    await page.getByText('1 of 4 models').waitFor()
    await rowOf(panel, 'nimble').getByText('makes decisions, at most').waitFor()
    await page.getByRole('button', { name: 'Edit nimble of ollama' }).click()
    await page.getByText('Type: Decision').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => registered('nimble')).toMatchObject({ type: 'decision' })
    await page.getByText('Not measured yet: one question shows what it supports.').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Test …' }).count()).toBe(1)
    await expect.poll(() => page.getByRole('button', { name: 'Measure …' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Make it the default for Decision' }).click()
    await expect.poll(() => registered('nimble')).toMatchObject({ isDefault: true })
  })

  test('of two thousand is read whole, shown in parts and searched at once', async () => {
    const listing = await startListing(Array.from({ length: 1750 }, (_, index) => `listed-${index}`))
    // At once, so that they are a few durable changes and no 250.
    await Promise.all(Array.from({ length: 250 }, (_, index) => register(`registered-${index}`)))
    const panel = await open()
    const { page } = panel
    await connectHosted(server, listing, panel.keys)
    await page.getByText('2,003 models').waitFor()
    const rows = page.getByRole('list', { name: 'Models' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(50)
    await page.getByRole('button', { name: 'Show 50 more' }).click()
    await expect.poll(() => rows.count()).toBe(100)
    await page.getByRole('textbox', { name: 'Search' }).fill('registered-249')
    await page.getByText('1 of 2,003 models').waitFor()
    await rowOf(panel, 'registered-249').waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('listed-1749')
    await rowOf(panel, 'listed-1749').waitFor()
    await listing.close()
  })
})

describe('using a model', () => {
  test('routes a task to it from its row, which then says so, and keeps what the other route says', async () => {
    await server.request('route/save', { task: 'categorization', provider: 'builtin', model: null })
    await server.request('route/save', {
      ...{ task: 'scoring', provider: 'builtin', model: 'keywords' },
      options: { batchSize: 3 },
    })
    const panel = await open()
    const { page } = panel
    // A route without a model goes to the default of its provider.
    await rowOf(panel, 'keywords').getByText('In use: Categorization, Scoring').waitFor()
    await expect.poll(() => rowOf(panel, 'vectors').getByRole('button', { name: /^Use/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Use for … small:latest of ollama' }).click()
    await page.getByRole('radio', { name: 'Scoring (now builtin, keywords)' }).check()
    await expectAccessible(panel)
    await page.getByRole('button', { name: 'Use it' }).click()
    await rowOf(panel, 'small:latest').getByText('In use: Scoring').waitFor()
    await rowOf(panel, 'keywords').getByText('In use: Categorization', { exact: true }).waitFor()
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value).toMatchObject([
      { task: 'categorization', provider: 'builtin', model: null },
      { task: 'scoring', provider: 'ollama', model: 'small:latest', options: { batchSize: 3 } },
    ])
  })
})

describe('registering', () => {
  test('takes one that is listed, with parameters, each told wrong at its field', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Edit small:latest of ollama' }).click()
    const temperature = page.getByRole('textbox', { name: 'Temperature' })
    await temperature.fill('3')
    await page.getByText('It must be from 0 to 2.').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => focusedName(panel)).toBe('Temperature')
    await temperature.fill('0.5')
    await choose(panel, 'Thinking', 'Off')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor()
    await expect
      .poll(() => registered('small:latest'))
      .toMatchObject({ parameters: { temperature: 0.5, thinking: false } })
  })

  test('takes what finds names, with its lists and what it costs', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Add by name' }).click()
    await choose(panel, 'Provider', 'ollama (Ollama)')
    await page.getByRole('combobox', { name: 'Model (required)' }).fill('finder')
    await page.getByRole('button', { name: 'Continue' }).click()
    await choose(panel, 'What does it do?', 'Names')
    await page.getByRole('textbox', { name: 'Labels' }).fill('person, place')
    await page.getByRole('textbox', { name: 'Stop at' }).fill('###,\\n\\n')
    await page.getByRole('textbox', { name: 'Threshold' }).fill('0.5')
    await page.getByText('Advanced').click()
    await page.getByRole('textbox', { name: 'Price of what is sent', exact: true }).fill('-1')
    await page.getByText('It must be at least 0.').waitFor()
    await page.getByRole('textbox', { name: 'Price of what is sent', exact: true }).fill('0.5')
    await page.getByRole('textbox', { name: 'Price of answers', exact: true }).fill('0')
    await expectAccessible(panel)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => registered('finder'))
      .toMatchObject({
        type: 'ner',
        parameters: { labels: ['person', 'place'], stop: ['###', '\n\n'], threshold: 0.5 },
        price: { input: 0.5, output: 0 },
      })
    await page.getByText('$0.50 in, $0.00 out per million tokens').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Labels' }).inputValue()).toBe('person, place')
    await expect.poll(() => page.getByRole('textbox', { name: 'Stop at' }).inputValue()).toBe('###, \\n\\n')
    if (process.env.LLM_PROVIDERS_PICTURES) {
      await page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/names.png`, fullPage: true })
    }
    await page.getByText('Advanced').click()
    await page.getByRole('textbox', { name: 'Price of what is sent', exact: true }).fill('')
    await page.getByRole('textbox', { name: 'Price of answers', exact: true }).fill('')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => registered('finder')).toMatchObject({ price: null })
  })

  test('offers only what the kind can be told', async () => {
    const panel = await open()
    await panel.page.getByRole('button', { name: 'Edit keywords of builtin' }).click()
    await panel.page.getByText('has no parameters to set').waitFor()
    await expect.poll(() => panel.page.getByRole('textbox', { name: 'Temperature' }).count()).toBe(0)
  })

  test('takes a name that no list has, and asks what it does', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Add by name' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Enter a name.').waitFor()
    await choose(panel, 'Provider', 'ollama (Ollama)')
    await page.getByRole('combobox', { name: 'Model (required)' }).fill('my-tune')
    await page.getByText('It is not in the list of ollama.').waitFor()
    await panel.reload()
    await expect.poll(() => page.getByRole('combobox', { name: 'Model (required)' }).inputValue()).toBe('my-tune')
    await page.getByRole('button', { name: 'Continue' }).click()
    await choose(panel, 'What does it do?', 'Embedding')
    await page.getByRole('textbox', { name: 'Dimensions' }).fill('8')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor()
    await expect.poll(() => registered('my-tune')).toMatchObject({ type: 'embedding', parameters: { dimensions: 8 } })
  })
})

describe('editing', () => {
  test('a half-filled form is there again after a reload, and leaving forgets it', async () => {
    await register('small:latest', { parameters: { top_k: 7 } })
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await page.getByRole('textbox', { name: 'top_k' }).fill('9')
    await panel.reload()
    await expect.poll(() => page.getByRole('textbox', { name: 'top_k' }).inputValue()).toBe('9')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => focusedName(panel)).toBe('Edit small:latest of ollama')
    await edit(panel, 'small:latest')
    await expect.poll(() => page.getByRole('textbox', { name: 'top_k' }).inputValue()).toBe('7')
  })

  test('somebody else’s change is told, and not overwritten before the person says so', async () => {
    await register('small:latest', { parameters: { top_k: 7 } })
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await page.getByRole('textbox', { name: 'top_k' }).fill('9')
    await server.request('model/save', { provider: 'ollama', model: 'small:latest', parameters: { top_p: 0.5 } })
    await page.getByText('It was changed elsewhere while this form was open.').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => panel.received.some(isConflict)).toBe(true)
    await expect.poll(() => registered('small:latest')).toMatchObject({ parameters: { top_p: 0.5 } })
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await registered('small:latest'))?.parameters).toMatchObject({ top_k: 9 })
  })

  test('is told what uses a model before it is disabled, and before its settings are removed', async () => {
    await register('small:latest')
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small:latest' })
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await choose(panel, 'Status', 'Disabled')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('the route of Scoring').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => registered('small:latest')).toMatchObject({ status: 'active' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await expect.poll(async () => (await registered('small:latest'))?.status).toBe('inactive')
    await page.getByRole('button', { name: 'Remove settings …' }).click()
    await dialog.getByText('the route of Scoring').waitFor()
    await dialog.getByRole('button', { name: 'Remove settings' }).click()
    await rowOf(panel, 'small:latest').getByText('In use: Scoring').waitFor()
    await expect.poll(() => registered('small:latest')).toBeUndefined()
  })

  test('makes it the default, and tells which one was it before', async () => {
    await register('small:latest')
    await register('other')
    await server.request('model/setDefault', { provider: 'ollama', model: 'other' })
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await page
      .getByText('The default for Generation is currently other of ollama, which this one would replace.')
      .waitFor()
    await page.getByRole('button', { name: 'Make it the default for Generation' }).click()
    await page.getByText('It is the default for Generation').waitFor()
    await page.getByRole('status').getByText('instead of other').waitFor()
    await expect.poll(() => registered('other')).toMatchObject({ isDefault: false })
  })
})

describe('measuring', () => {
  test('tells first what is sent, then shows what was found in words', async () => {
    await register('small:latest')
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await page.getByText('Not measured yet').waitFor()
    await page.getByRole('button', { name: 'Measure …' }).click()
    await page.getByRole('dialog').getByText('small calls go to the model "small:latest"').waitFor()
    expect(ollama.chats).toHaveLength(0)
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByText('Measured just now, with version 0.12.0 of its server.').waitFor()
    const found = page.getByRole('region', { name: 'Capabilities' })
    for (const line of [
      'Keeps to a schema: yes',
      'Keeps to a list of labels: yes',
      'Answers five items in one call: yes',
      'Reports token usage: yes',
      'Runs will ask it by: schema, JSON mode, plain text',
    ]) {
      await found.getByText(line).first().waitFor()
    }
    ollama.version = '0.13.0'
    await server.request('provider/test', { provider: 'ollama' })
    await page.getByText('The version of its server has changed since.').waitFor()
  })

  test('is cancelled, and nothing is kept', async () => {
    await register('small:latest')
    // Thirty seconds are for ever where nobody waits for them.
    ollama.server.play(() => {})
    const panel = await open()
    const { page } = panel
    await edit(panel, 'small:latest')
    await page.getByRole('button', { name: 'Test …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'Cancel the test' }).click()
    await page.getByRole('button', { name: 'Test …' }).waitFor()
    await expect.poll(() => panel.received.some((message) => JSON.stringify(message).includes('cancelled'))).toBe(true)
    await expect.poll(() => registered('small:latest')).toMatchObject({ probe: null })
  })

  test('vectors are measured, and told when they are not as long as configured', async () => {
    await register('vectors', { type: 'embedding', parameters: { dimensions: 4 } })
    const panel = await open()
    const { page } = panel
    await edit(panel, 'vectors')
    await page.getByRole('button', { name: 'Measure its vectors …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByText('This differs from the configured 4.').waitFor()
    await page.getByText('Vector length: 8').first().waitFor()
  })
})

describe('a model whose end is announced', () => {
  test('says so, and its replacement takes its place in the routes that name it, when confirmed', async () => {
    const panel = await open()
    const { page } = panel
    await connectHosted(server, hosted, panel.keys)
    await server.request('route/save', {
      task: 'scoring',
      provider: 'lab',
      model: 'old-chat',
      options: { batchSize: 2, fallback: { provider: 'builtin', model: null } },
    })
    await rowOf(panel, 'old-chat').getByText('deprecated from 2027-03-01 on').waitFor()
    await page.getByRole('button', { name: 'Edit old-chat of lab' }).click()
    await page.getByText('It will be deprecated on 2027-03-01. Its provider’s list says so.').waitFor()
    await page.getByRole('button', { name: 'Use new-chat instead …' }).click()
    await page.getByRole('dialog').getByText('the route of Scoring').waitFor()
    expect(panel.sent.some(isRouteSave)).toBe(false)
    await page.getByRole('dialog').getByRole('button', { name: 'Use it' }).click()
    await page.getByText('Its replacement is new-chat. No route uses the old one.').waitFor()
    const routes = await server.request('route/list')
    expect(routes.ok && routes.value.find(({ task }) => task === 'scoring')).toMatchObject({
      model: 'new-chat',
      options: { batchSize: 2, fallback: { provider: 'builtin' } },
    })
  })
})

describe('the library', () => {
  test('pulls with progress by layer, is cancelled, and goes on after a reload', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('textbox', { name: 'Pull a model to ollama' }).fill('llama3')
    await page.getByRole('button', { name: 'Pull', exact: true }).click()
    await ollama.pullsBegun(1)
    ollama.pullLine({ status: 'pulling', digest: 'sha256:aaaaaaaaaaaaaaaa', total: 3e9, completed: 1e9 })
    ollama.pullLine({ status: 'pulling', digest: 'sha256:bbbbbbbbbbbbbbbb', total: 1e9, completed: 0 })
    const pull = page.getByRole('listitem', { name: 'Pull of llama3' })
    await pull.getByText('1.0 GB of 4.0 GB (25 %)').waitFor()
    await pull.getByText('Layers: 2').click()
    await pull.getByText('aaaaaaaaaaaa').waitFor()
    await page.getByRole('button', { name: 'Task routes' }).click()
    await page.getByRole('button', { name: 'Models', exact: true }).click()
    await pull.getByText('1.0 GB of 4.0 GB (25 %)').waitFor()
    await page.getByRole('button', { name: 'Cancel the pull of llama3' }).click()
    await pull.getByText('Resuming continues from there.').waitFor()
    await ollama.pullsAbandoned()
    await panel.reload()
    await page.getByRole('button', { name: 'Resume the pull of llama3' }).click()
    await ollama.pullsBegun(2)
    ollama.models.push({ name: 'llama3' })
    ollama.pullLine({ status: 'success' })
    ollama.endPulls()
    await pull.getByText('ollama now has the model llama3.').waitFor()
    await rowOf(panel, 'llama3').waitFor()
  })

  test('deletes after telling what uses the model', async () => {
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small:latest' })
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Edit small:latest of ollama' }).click()
    await page.getByRole('button', { name: 'Delete from its machine …' }).click()
    await page.getByRole('dialog').getByText('the route of Scoring').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await rowOf(panel, 'small:latest').waitFor({ state: 'detached' })
    await page.getByRole('status').getByText('small:latest is deleted.').waitFor()
    expect(ollama.deleted).toEqual(['small:latest'])
  })
})

describe('for everybody', () => {
  test.each(themeNames)(
    'axe finds nothing serious in %s, in the list, in a form and while one is added',
    async (theme) => {
      await register('small:latest', { parameters: { temperature: 0 } })
      const panel = await open({ theme })
      const { page } = panel
      await connectHosted(server, hosted, panel.keys)
      await rowOf(panel, 'old-chat').waitFor()
      await expectAccessible(panel)
      await edit(panel, 'small:latest')
      await page.getByRole('textbox', { name: 'Temperature' }).fill('9')
      await page.getByText('It must be').waitFor()
      await expectAccessible(panel)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: 'Add by name' }).click()
      await page.getByRole('heading', { name: 'Add a model' }).waitFor()
      await expectAccessible(panel)
    },
  )

  test('nothing is lost at 320 pixels', async () => {
    await register('a-model-with-a-rather-long-name:of-the-second-laboratory-q4_k_m')
    const panel = await open({ width: 320 })
    await panel.page.getByRole('button', { name: /^Edit a-model/ }).waitFor()
    await expect.poll(() => overhang(panel)).toBe(0)
    await panel.page.getByRole('button', { name: /^Edit a-model/ }).click()
    await panel.page.getByRole('textbox', { name: 'Temperature' }).waitFor()
    await expect.poll(() => overhang(panel)).toBe(0)
  })

  test('the keyboard alone registers a model', async () => {
    const panel = await open()
    const { page } = panel
    await rowOf(panel, 'small:latest').waitFor()
    await tabTo(panel, 'Edit small:latest')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'small:latest of ollama' }).waitFor()
    await tabTo(panel, 'Temperature')
    await page.keyboard.type('0.3')
    await tabTo(panel, 'Save')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await registered('small:latest'))?.parameters).toEqual({ temperature: 0.3 })
  })
})

const isConflict = (message: unknown) => JSON.stringify(message).includes('"code":"conflict"')
const isRouteSave = (message: unknown) => JSON.stringify(message).includes('"route/saveAll"')

describe('a learned model', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'learned-page-'))
  const golden = path.join(folder, 'golden.jsonl')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const names = ['Science', 'Technology']
  const label = (count: number) =>
    Array.from({ length: count }, (_, nth) => {
      const text = `text ${nth} on ${nth % 2 === 0 ? 'a telescope and the genome' : 'a compiler and the editor'}`
      return `${JSON.stringify({ text, categories: [names[nth % 2]] })}\n`
    }).join('')

  test('says how good it is, and is learned anew where labels are new', async () => {
    writeFileSync(golden, label(80))
    const profile = path.join(folder, 'profile.yaml')
    writeFileSync(profile, 'categories:\n  - name: Science\n  - name: Technology\n')
    const from = { kind: 'labels' as const, goldenPath: golden, profile: { kind: 'file' as const, path: profile } }
    const learned = await server.request('model/learn', { model: 'kinds', from })
    if (!learned.ok) throw new Error(learned.reason.message)
    writeFileSync(golden, label(90))
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Edit kinds of builtin' }).click()
    const section = page.getByRole('region', { name: 'Learned', exact: true })
    await section.getByText(/^agrees in .+ of 80 examples that it had not seen/).waitFor()
    await section.getByText('10 labels are new since.').waitFor()
    await expectAccessible(panel)
    await section.getByRole('button', { name: 'Learn it anew' }).click()
    await section.getByText(/of 90 examples/).waitFor()
    await section.getByText('10 labels are new since.').waitFor({ state: 'detached' })
  })
})
