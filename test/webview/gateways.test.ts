import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ScriptedLiteLlm, startScriptedLiteLlm } from '../support/gateways/scriptedLiteLlm.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import type { EditorCommands, Panel } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'

const panels = panelsOfFile()
let server: TestServer
let proxy: ScriptedLiteLlm
let models: FakeModelServer

const variables: Record<string, string> = { WORK_KEY: 'sk-fake-work-0123456789abcdef' }

beforeEach(async () => {
  models = await startFakeModelServer({ models: ['small'] })
  proxy = await startScriptedLiteLlm({ upstream: models.origin })
  variables.ADMIN_KEY = proxy.adminKey
  server = await startTestServer({ environment: { variables } })
  await server.request('provider/save', { provider: 'work', kind: 'openai', config: { key_env: 'WORK_KEY' } })
  await server.request('model/save', { provider: 'work', model: 'gpt-5-mini', type: 'generation', create: true })
})
afterEach(async () => {
  await panels.close()
  await Promise.all([server.stop(), proxy.close(), models.close()])
})

const open = (commands: EditorCommands = {}): Promise<Panel> =>
  panels.open({ server, place: { page: 'models', target: null }, commands })

const ours = () => proxy.entries.filter(({ model_info }) => 'llm_providers_mark' in model_info)

async function addGateway(more: { keys?: 'values' } = {}): Promise<void> {
  const said = { gateway: 'team', url: proxy.url, keyEnv: 'ADMIN_KEY', create: true, ...more }
  const saved = await server.request('gateway/save', said)
  if (!saved.ok) throw new Error(saved.reason.message)
}

test('a gateway is added, told what it would do, synced, tested and removed again', async () => {
  const asked: unknown[] = []
  const panel = await open({
    setGatewayKey: (args) => void asked.push(args),
    forgetGatewayKey: (args) => void asked.push(args),
  })
  const { page } = panel
  await page.getByRole('button', { name: 'Edit gpt-5-mini of work' }).click()
  await page.getByRole('checkbox', { name: 'At every gateway' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect.poll(() => server.request('model/list', {})).toMatchObject({ value: { rows: [{ sync: true }] } })
  await page.getByRole('button', { name: 'Back to the list' }).click()

  await page.getByRole('button', { name: 'Add a gateway …' }).click()
  await page.getByRole('textbox', { name: 'Name of the gateway' }).fill('team')
  await page.getByRole('textbox', { name: 'URL of the proxy' }).fill('no address')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('it must begin with http:// or https:// and a host').waitFor()
  await page.getByRole('textbox', { name: 'URL of the proxy' }).fill(proxy.url)
  await page.getByRole('textbox', { name: 'Admin key from variable' }).fill('ADMIN_KEY')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('never synced').waitFor()
  expect(asked).toEqual([])

  await page.getByRole('button', { name: 'Dry run of team' }).click()
  await page.getByText('with its key from WORK_KEY there').waitFor()
  await page.getByText('Make:').waitFor()
  await expectAccessible(panel)
  expect(ours()).toEqual([])
  await page.getByRole('button', { name: 'Sync team' }).click()
  await page.getByText('Made:').waitFor()
  expect(ours()).toHaveLength(1)
  await page.getByText('1 model there').waitFor()
  await page.getByRole('button', { name: 'Test team' }).click()
  await page.getByText('Entries from here: 1; of others: 2.').waitFor()

  await page.getByRole('button', { name: 'Remove team …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect.poll(() => ours()).toEqual([])
  await expect.poll(() => server.request('gateway/list', {})).toMatchObject({ value: [] })
  await expect.poll(() => asked).toEqual([{ gateway: 'team' }])
  expect(panel.troubles).toEqual([])
})

test('a model is called through the gateway once that is agreed to', async () => {
  await server.request('provider/save', {
    ...{ provider: 'lab', kind: 'openai-compatible' },
    config: { base_url: `${models.origin}/v1` },
  })
  await server.request('model/save', { provider: 'lab', model: 'small', type: 'generation', sync: true })
  await addGateway()
  await server.request('gateway/sync', { gateway: 'team' })
  const { page } = await open()
  await page.getByText('Models of team: 1').click()
  await page.getByRole('button', { name: 'Call small through team …' }).click()
  expect(models.chats).toHaveLength(0)
  await page.getByRole('dialog').getByRole('button', { name: 'Call it' }).click()
  await page.getByText(/small answered through the gateway in \d+ ms/).waitFor()
  expect(models.chats).toHaveLength(1)
})

test('keys leave as values only after a question that says whose and where to', async () => {
  await server.request('model/save', { provider: 'work', model: 'gpt-5-mini', sync: true })
  await addGateway({ keys: 'values' })
  const { page, sent, received } = await open()
  await page.getByRole('button', { name: 'Sync team' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(`The keys of work leave this machine as values and are stored at ${proxy.url}.`).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(ours()).toEqual([])
  await page.getByRole('button', { name: 'Sync team' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send the keys' }).click()
  await page.getByText('with its key as a value').waitFor()
  expect(ours()[0]?.litellm_params.api_key).toBe(variables.WORK_KEY)
  expect(JSON.stringify([sent, received])).not.toContain(variables.WORK_KEY)
})

test('what is wrong with a proxy is told in words, and a gone one is removed only when that is confirmed twice', async () => {
  await server.request('model/save', { provider: 'work', model: 'gpt-5-mini', sync: true })
  await addGateway()
  await server.request('gateway/sync', { gateway: 'team' })
  proxy.database = 'absent'
  const { page } = await open()
  await page.getByRole('button', { name: 'Dry run of team' }).click()
  await page.getByText('The gateway "team" cannot keep models: it has no database.').waitFor()
  proxy.misbehave = () => 'die'
  await page.getByRole('button', { name: 'Remove team …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText(/The gateway "team" cannot be reached/).waitFor()
  await page.getByRole('button', { name: 'Remove team …' }).click()
  await page.getByRole('dialog', { name: 'Remove "team" all the same?' }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect.poll(() => server.request('gateway/list', {})).toMatchObject({ value: [] })
})
