import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Place } from '../../protocol/page.ts'
import { type FakeOllama, startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { focusedName } from '../support/webview/keyboard.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'

// Where commands of the editor lead: a page, and the thing on it.

const panels = panelsOfFile()
let server: TestServer
let ollama: FakeOllama

beforeAll(async () => {
  ;[server, ollama] = await Promise.all([startTestServer(), startFakeOllama()])
  ollama.models = [{ name: 'small:latest', capabilities: ['completion'] }]
  await server.request('provider/save', {
    provider: 'ollama',
    kind: 'ollama',
    config: { base_url: 'http://127.0.0.1', port: ollama.port },
  })
  await server.request('provider/test', { provider: 'ollama' })
})
afterAll(async () => {
  await Promise.all([server?.stop(), ollama?.close()])
})
afterEach(() => panels.close())

const openAt = (page: Place['page'], target: string) => panels.open({ server, place: { page, target } })

test('a new provider begins with its address, its key or its name', async () => {
  const { page } = await openAt('providers', '+')
  await page.getByRole('heading', { name: 'Connect a provider' }).waitFor()
})

test('a new provider that is named gets that name', async () => {
  const { page } = await openAt('providers', '+gone')
  await page
    .getByRole('button', { name: /^Ollama/ })
    .first()
    .click()
  await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('gone')
})

test('a provider is opened as its form', async () => {
  const { page } = await openAt('providers', 'ollama')
  await expect.poll(() => page.getByRole('textbox', { name: 'Port' }).inputValue()).toBe(String(ollama.port))
})

test('a field of a provider is opened with the focus in it', async () => {
  const opened = await openAt('providers', 'ollama/field/base_url')
  await expect.poll(() => focusedName(opened)).toMatch(/^Base URL/)
})

test('a model is opened with all that is known of it, listed or not', async () => {
  const listed = await openAt('models', 'ollama/small:latest')
  await listed.page.getByRole('heading', { name: 'small:latest of ollama' }).waitFor()
  const unlisted = await openAt('models', 'ollama/some/private:model')
  await unlisted.page.getByRole('heading', { name: 'some/private:model of ollama' }).waitFor()
})

test('a new model begins with the provider that is named, else with any', async () => {
  const named = await openAt('models', '+ollama')
  await named.page.getByRole('heading', { name: 'Add a model' }).waitFor()
  const chosen = named.page.getByRole('option', { name: 'ollama (Ollama)', selected: true, includeHidden: true })
  await chosen.waitFor({ state: 'attached' })
  const any = await openAt('models', '+')
  await any.page.getByRole('heading', { name: 'Add a model' }).waitFor()
})

test('a task is led to, and its steps are shown when they are wanted', async () => {
  const task = await openAt('routes', 'scoring')
  await expect.poll(() => focusedName(task)).toBe('Scoring')
  const steps = await openAt('routes', 'scoring/steps')
  await steps.page.getByRole('list', { name: 'Steps of Scoring' }).waitFor()
  await expect.poll(() => focusedName(steps)).toBe('How Scoring is decided')
  await expect.poll(() => steps.page.getByRole('list', { name: 'Steps of Categorization' }).count()).toBe(0)
})

test('what is not there leaves the page as it was', async () => {
  const { page } = await openAt('providers', 'nobody')
  await page.getByRole('heading', { name: 'ollama', exact: true }).waitFor()
})
