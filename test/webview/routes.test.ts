import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { focusedName, overhang, tabTo } from '../support/webview/keyboard.ts'
import { connectHosted, startEndingModels, startListing } from '../support/webview/modelWorld.ts'
import { openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
let ollama: FakeOllama
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})
beforeEach(async () => {
  ;[server, ollama] = await Promise.all([startTestServer(), startFakeOllama()])
  ollama.models = [{ name: 'small:latest', capabilities: ['completion'] }, { name: 'large:70b' }]
  await saveOllama()
  await server.request('provider/test', { provider: 'ollama' })
  await server.request('route/saveAll', {
    routes: [
      { task: 'categorization', provider: 'builtin', model: 'keywords', options: {} },
      { task: 'scoring', provider: 'ollama', model: 'small:latest', options: {} },
    ],
  })
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  // What the page asked for last and gave up is off the wire when this is answered.
  await server.request('route/list')
  await Promise.all([server.stop(), ollama.close()])
})

const saveOllama = () =>
  server.request('provider/save', {
    provider: 'ollama',
    kind: 'ollama',
    config: { base_url: 'http://127.0.0.1', port: ollama.port },
  })

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, { server, place: { page: 'routes', target: null }, ...options })
  panels.push(panel)
  await panel.page.getByRole('heading', { name: 'Scoring' }).waitFor()
  return panel
}

const taskOf = ({ page }: Panel, task: string): Locator => page.getByRole('region', { name: task, exact: true })

async function choose({ page }: Panel, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

async function routeOf(task: 'categorization' | 'scoring') {
  const routes = await server.request('route/list')
  return routes.ok ? routes.value.find((route) => route.task === task) : undefined
}

const save = async ({ page }: Panel) => await page.getByRole('button', { name: 'Save routes' }).click()

describe('choosing', () => {
  test('a provider, then one of its models, saved when asked to', async () => {
    const panel = await open()
    const { page } = panel
    await choose(panel, 'Provider of Categorization', 'ollama (Ollama)')
    await choose(panel, 'Model of Categorization', 'large:70b')
    await page.getByText('Not saved yet: Categorization').waitFor()
    await expect.poll(() => routeOf('categorization')).toMatchObject({ provider: 'builtin' })
    await save(panel)
    await page.getByText('Nothing has changed.').waitFor()
    await expect.poll(() => routeOf('categorization')).toMatchObject({ provider: 'ollama', model: 'large:70b' })
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'ollama', model: 'small:latest' })
    expect(panel.sent.filter(isSave)).toMatchObject([{ params: { routes: [{ task: 'categorization' }] } }])
  })

  test('offers what can do the task: no embedding, nothing that is switched off', async () => {
    ollama.models.push({ name: 'vectors', capabilities: ['embedding'] })
    await server.request('provider/test', { provider: 'ollama' })
    await server.request('model/save', {
      provider: 'ollama',
      model: 'large:70b',
      type: 'generation',
      status: 'inactive',
    })
    await server.request('provider/save', { provider: 'off', kind: 'openai', enabled: false, config: {} })
    const panel = await open()
    const { page } = panel
    await page.getByRole('combobox', { name: 'Model of Scoring' }).click()
    await expect
      .poll(() => page.getByRole('option').allInnerTexts())
      .toEqual(['The provider’s default', 'small:latest'])
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'Provider of Scoring' }).click()
    await page.getByRole('option', { name: 'ollama (Ollama)' }).waitFor()
    await expect.poll(async () => (await page.getByRole('option').allInnerTexts()).join()).not.toContain('off')
  })

  test('one model for both saves both together, and parting leaves both', async () => {
    const panel = await open()
    const { page } = panel
    const both = page.getByRole('checkbox', { name: 'One model for both tasks' })
    await expect.poll(() => both.getAttribute('aria-checked')).toBe('false')
    await both.click()
    await choose(panel, 'Provider for both tasks', 'ollama (Ollama)')
    await choose(panel, 'Model for both tasks', 'large:70b')
    await save(panel)
    await page.getByText('Nothing has changed.').waitFor()
    for (const task of ['categorization', 'scoring'] as const) {
      await expect.poll(() => routeOf(task)).toMatchObject({ provider: 'ollama', model: 'large:70b' })
    }
    expect(panel.sent.filter(isSave)).toHaveLength(1)
    await expect.poll(() => both.getAttribute('aria-checked')).toBe('true')
    await both.click()
    await choose(panel, 'Model of Scoring', 'small:latest')
    await save(panel)
    await page.getByText('Nothing has changed.').waitFor()
    await expect.poll(() => routeOf('categorization')).toMatchObject({ model: 'large:70b' })
    await expect.poll(() => routeOf('scoring')).toMatchObject({ model: 'small:latest' })
  })

  test('where the list is not known a name is typed', async () => {
    await server.request('provider/save', { provider: 'work', kind: 'openai', config: {} })
    const panel = await open()
    const { page } = panel
    await choose(panel, 'Provider of Scoring', 'work (OpenAI)')
    await page.getByText('It has not listed its models yet').waitFor()
    await page.getByRole('combobox', { name: 'Model of Scoring' }).fill('gpt-x')
    await save(panel)
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'work', model: 'gpt-x' })
  })

  test('of a long list, a name that it does not have is told at its field', async () => {
    const listing = await startListing(Array.from({ length: 90 }, (_, index) => `model-${index}`))
    const panel = await open()
    const { page } = panel
    await connectHosted(server, listing, panel.keys)
    await choose(panel, 'Provider of Scoring', 'lab (Mistral)')
    await page.getByText('One of the 90 models that it offers').waitFor()
    const model = page.getByRole('combobox', { name: 'Model of Scoring' })
    await model.fill('model-900')
    await page.getByText('lab does not list it.').waitFor()
    await save(panel)
    await expect.poll(() => focusedName(panel)).toBe('Model of Scoring')
    expect(panel.sent.filter(isSave)).toEqual([])
    await model.fill('model-9')
    await save(panel)
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'lab', model: 'model-9' })
    await listing.close()
  })
})

describe('options and fallback', () => {
  test('are saved, told wrong at their field, and kept with what others chose', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByText('Options and fallback of Scoring').click()
    const scoring = taskOf(panel, 'Scoring')
    await scoring.getByRole('textbox', { name: 'Items per call' }).fill('51')
    await page.getByText('It must be from 1 to 50.').waitFor()
    await save(panel)
    await expect.poll(() => focusedName(panel)).toBe('Items per call')
    await scoring.getByRole('textbox', { name: 'Items per call' }).fill('4')
    await scoring.getByRole('combobox', { name: 'Thinking' }).click()
    await page.getByRole('option', { name: 'Off', exact: true }).click()
    await scoring.getByRole('combobox', { name: 'Output format' }).click()
    await page.getByRole('option', { name: 'JSON mode', exact: true }).click()
    await scoring.getByText('Decisions if the model supports them, otherwise text.').waitFor()
    await scoring.getByRole('combobox', { name: 'Asked by' }).click()
    await page.getByRole('option', { name: 'read-out', exact: true }).click()
    await scoring.getByText('Fast with small models; not calibrated.').waitFor()
    await choose(panel, 'Fallback of Scoring', 'builtin (Built-in keyword matching (no model))')
    await save(panel)
    await page.getByText('Nothing has changed.').waitFor()
    await expect
      .poll(async () => (await routeOf('scoring'))?.options)
      .toEqual({
        batchSize: 4,
        thinking: false,
        outputMode: 'json',
        ask: 'readout',
        fallback: { provider: 'builtin', model: null },
      })
    // What is auto is not said.
    await scoring.getByRole('combobox', { name: 'Asked by' }).click()
    await page.getByRole('option', { name: 'auto', exact: true }).click()
    await choose(panel, 'Fallback of Scoring', 'None: the task is then not ready')
    await save(panel)
    await expect
      .poll(async () => (await routeOf('scoring'))?.options)
      .toEqual({ batchSize: 4, thinking: false, outputMode: 'json' })
  })
})

describe('how a route asks', () => {
  test('is said in fields of its own, and what may not be said is told there', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByText('Options and fallback of Scoring').click()
    const scoring = taskOf(panel, 'Scoring')
    await scoring.getByRole('textbox', { name: 'Temperature' }).fill('0.5')
    await scoring.getByRole('textbox', { name: 'Timeout' }).fill('90')
    const fields = scoring.getByRole('textbox', { name: 'Additional fields of the call' })
    await fields.fill('{"options": ')
    await scoring.getByText('an object with fields is needed').waitFor()
    await fields.fill('{"messages": []}')
    await scoring.getByText('this is set by the product itself').waitFor()
    await save(panel)
    expect(panel.sent.filter(isSave)).toEqual([])
    await fields.fill('{"options": {"num_thread": 2}}')
    await scoring.getByRole('textbox', { name: 'Headers' }).fill('x-title: triage')
    await save(panel)
    await scoring.getByText('Ollama does not have this parameter').waitFor()
    await scoring.getByRole('textbox', { name: 'Headers' }).fill('')
    if (process.env.LLM_PROVIDERS_PICTURES) {
      await page.screenshot({ path: `${process.env.LLM_PROVIDERS_PICTURES}/routes.png`, fullPage: true })
    }
    await expectAccessible(panel)
    await save(panel)
    await expect
      .poll(() => routeOf('scoring'))
      .toMatchObject({
        options: { temperature: 0.5, timeout_seconds: 90, extra_body: { options: { num_thread: 2 } } },
      })
    await expect.poll(() => fields.inputValue()).toBe('{"options":{"num_thread":2}}')
  })
})

describe('readiness', () => {
  test('says why not with one action, and the steps say where it stops', async () => {
    await server.request('provider/setEnabled', { provider: 'ollama', enabled: false, confirm: true })
    const panel = await open()
    const { page } = panel
    const scoring = taskOf(panel, 'Scoring')
    await scoring.getByText('Not ready', { exact: true }).waitFor()
    await page.getByText('How Scoring is decided').click()
    const steps = page.getByRole('list', { name: 'Steps of Scoring' }).getByRole('listitem')
    await steps.filter({ hasText: 'enabled (failed)' }).waitFor()
    await expect.poll(() => steps.count()).toBe(3)
    await scoring.getByRole('button').first().click()
    await page.getByRole('heading', { name: 'Settings of ollama' }).waitFor()
  })

  test('tells that the fallback is used, with the steps of both', async () => {
    await server.request('route/save', {
      task: 'scoring',
      provider: 'ollama',
      model: 'small:latest',
      options: { fallback: { provider: 'builtin', model: null } },
    })
    await server.request('provider/setEnabled', { provider: 'ollama', enabled: false, confirm: true })
    const panel = await open()
    await taskOf(panel, 'Scoring').getByText('Ready, using the fallback').waitFor()
    await taskOf(panel, 'Scoring').getByText('The fallback "builtin" is used').waitFor()
    await panel.page.getByText('How Scoring is decided').click()
    await panel.page.getByRole('listitem').filter({ hasText: 'ollama:' }).first().waitFor()
    await panel.page.getByRole('listitem').filter({ hasText: 'builtin:' }).first().waitFor()
  })

  test('a task without a route leads to where one is chosen', async () => {
    await server.request('provider/remove', { provider: 'ollama', confirm: true })
    const panel = await open()
    await taskOf(panel, 'Scoring').getByText('Not ready', { exact: true }).waitFor()
    await taskOf(panel, 'Scoring').locator('.why').getByRole('button').click()
    await expect.poll(() => focusedName(panel)).toContain('Provider of Scoring')
    await choose(panel, 'Provider of Scoring', 'builtin (Built-in keyword matching (no model))')
    await save(panel)
    await taskOf(panel, 'Scoring').getByText('Ready', { exact: true }).waitFor()
  })
})

describe('with others', () => {
  test('a half-filled form is there again after a reload, and can be discarded', async () => {
    const panel = await open()
    const { page } = panel
    await choose(panel, 'Model of Scoring', 'large:70b')
    await panel.reload()
    await page.getByText('Not saved yet: Scoring').waitFor()
    await page.getByRole('button', { name: 'Discard changes' }).click()
    await page.getByText('Nothing has changed.').waitFor()
    await page.getByRole('combobox', { name: 'Model of Scoring' }).click()
    await page.getByRole('option', { name: 'small:latest', selected: true }).waitFor()
  })

  test('somebody else’s change is told, and not overwritten before the person says so', async () => {
    const panel = await open()
    const { page } = panel
    await choose(panel, 'Model of Scoring', 'large:70b')
    await server.request('route/save', { task: 'scoring', provider: 'builtin', model: 'keywords' })
    await page.getByText('It was changed elsewhere while this form was open.').waitFor()
    await save(panel)
    await expect.poll(() => panel.received.some(isConflict)).toBe(true)
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'builtin' })
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await save(panel)
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'ollama', model: 'large:70b' })
  })

  test('a successor is put in place when it is confirmed', async () => {
    const hosted = await startEndingModels()
    const panel = await open()
    const { page } = panel
    await connectHosted(server, hosted, panel.keys)
    await server.request('route/save', { task: 'scoring', provider: 'lab', model: 'old-chat' })
    await taskOf(panel, 'Scoring').getByText('It will be deprecated on 2027-03-01.').waitFor()
    await page.getByRole('button', { name: 'Use new-chat instead …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('the route of Scoring').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(panel.sent.filter(isSave)).toEqual([])
    await page.getByRole('button', { name: 'Use new-chat instead …' }).click()
    await dialog.getByRole('button', { name: 'Use it' }).click()
    await expect.poll(() => routeOf('scoring')).toMatchObject({ model: 'new-chat' })
    await hosted.close()
  })
})

describe('for everybody', () => {
  test.each(themeNames)('axe finds nothing serious in %s', async (theme) => {
    await server.request('provider/setEnabled', { provider: 'ollama', enabled: false, confirm: true })
    const panel = await open({ theme })
    await panel.page.getByText('Options and fallback of Scoring').click()
    await panel.page.getByText('How Scoring is decided').click()
    await panel.page.getByRole('textbox', { name: 'Items per call' }).last().fill('99')
    await panel.page.getByText('It must be').waitFor()
    await expectAccessible(panel)
  })

  test('nothing is lost at 320 pixels', async () => {
    const panel = await open({ width: 320 })
    await panel.page.getByText('Options and fallback of Scoring').click()
    await panel.page.getByText('How Scoring is decided').click()
    await expect.poll(() => overhang(panel)).toBe(0)
  })

  test('the keyboard alone changes a route', async () => {
    const panel = await open()
    const { page } = panel
    await tabTo(panel, 'Options and fallback of Scoring')
    await page.keyboard.press('Enter')
    await tabTo(panel, 'Items per call')
    await page.keyboard.type('2')
    await tabTo(panel, 'Save routes')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await routeOf('scoring'))?.options).toEqual({ batchSize: 2 })
  })
})

const isSave = (message: unknown) => JSON.stringify(message).includes('"route/saveAll"')
const isConflict = (message: unknown) => JSON.stringify(message).includes('"code":"conflict"')

describe('aliases', () => {
  const aliases = async () => {
    const listed = await server.request('alias/list')
    return listed.ok ? listed.value.map(({ alias, provider, model }) => `${alias}=${provider}/${model}`) : []
  }

  test('are made, chosen for a task, pointed elsewhere, and removed, with what follows', async () => {
    const panel = await open()
    const { page } = panel
    await page.getByRole('button', { name: 'Add an alias' }).click()
    await page.getByRole('button', { name: 'Save alias' }).click()
    await page.getByText('Choose a provider.').waitFor()
    await page.getByRole('textbox', { name: 'Alias', exact: true }).fill('Fast!')
    await page.getByText('Lower-case letters, digits').waitFor()
    await page.getByRole('textbox', { name: 'Alias', exact: true }).fill('ollama')
    await page.getByText('A provider has this name.').waitFor()
    await page.getByRole('textbox', { name: 'Alias', exact: true }).fill('fast')
    await choose(panel, 'Provider of the alias', 'ollama (Ollama)')
    await page.getByText('Name the model: an alias stands for one.').waitFor()
    await choose(panel, 'Model of the alias', 'large:70b')
    await expectAccessible(panel)
    await page.getByRole('button', { name: 'Save alias' }).click()
    await expect.poll(aliases).toEqual(['fast=ollama/large:70b'])

    await choose(panel, 'Provider of Scoring', 'fast (alias of ollama/large:70b)')
    await page.getByText('ollama/large:70b, and whatever the alias stands for later.').waitFor()
    await page.getByRole('button', { name: 'Save routes' }).click()
    await expect.poll(() => routeOf('scoring')).toMatchObject({ alias: 'fast', model: 'large:70b' })

    await page.getByRole('button', { name: 'Change fast' }).click()
    await page.getByText('Scoring follows.').waitFor()
    await choose(panel, 'Model of the alias', 'small:latest')
    await page.getByRole('button', { name: 'Save alias' }).click()
    await expect.poll(() => routeOf('scoring')).toMatchObject({ alias: 'fast', model: 'small:latest' })
    await page.getByText('ollama/small:latest, and whatever the alias stands for later.').waitFor()

    await page.getByRole('button', { name: 'Remove fast' }).click()
    await page.getByText('Scoring stays with ollama/small:latest, and follows no alias any more.').waitFor()
    await expectAccessible(panel)
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await expect.poll(aliases).toEqual([])
    await expect.poll(async () => (await routeOf('scoring'))?.alias).toBeUndefined()
    await expect.poll(() => routeOf('scoring')).toMatchObject({ provider: 'ollama', model: 'small:latest' })
  })

  test('are left by choosing a provider again', async () => {
    await server.request('alias/save', { alias: 'fast', provider: 'ollama', model: 'large:70b' })
    await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'large:70b', alias: 'fast' })
    const panel = await open()
    await choose(panel, 'Provider of Scoring', 'ollama (Ollama)')
    await choose(panel, 'Model of Scoring', 'small:latest')
    await panel.page.getByRole('button', { name: 'Save routes' }).click()
    const now = async () => {
      const route = await routeOf('scoring')
      return [route?.model, route?.alias]
    }
    await expect.poll(now).toEqual(['small:latest', undefined])
  })
})
