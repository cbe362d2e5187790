import { afterEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { breakStore } from '../support/store/breakStore.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import type { Panel } from '../support/webview/panel.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'

const folders = new StoreFolders()
const panels = panelsOfFile()
let server: TestServer
let panel: Panel

afterEach(async () => {
  await panels.close()
  await server.stop()
  await folders.dispose()
})

const insert = (model: string, parameters: string) =>
  `INSERT INTO llm_models (provider, model, type, parameters_json, updated_at)
   VALUES ('local', '${model}', 'generation', '${parameters}', '2026-11-21T12:00:00.000Z')`

/** Two registered models, of which somebody has broken one by hand. */
async function open(): Promise<void> {
  const dataDir = folders.make()
  await breakStore(
    folders,
    dataDir,
    `INSERT INTO llm_provider_configs (provider, kind, enabled, config_json, updated_at)
     VALUES ('local', 'openai-compatible', 1, '{"base_url":"http://127.0.0.1:9/v1"}', '2026-11-21T12:00:00.000Z')`,
    insert('broken', '{"warmth":1}'),
    insert('whole', '{}'),
  )
  server = await startTestServer({ dataDir })
  panel = await panels.open({ server, place: { page: 'models', target: null } })
}

const told = /Its stored settings cannot be read \(llm_models\.parameters_json/
const rowOf = (model: string) =>
  panel.page.getByRole('listitem').filter({ has: panel.page.getByRole('heading', { name: model, exact: true }) })

async function registered() {
  const list = await server.request('model/list')
  return list.ok ? list.value.rows.map(({ model, unreadable }) => ({ model, unreadable })) : list
}

test('a model whose row is broken is told with what is wrong, and saved with new parameters', async () => {
  await open()
  const { page } = panel
  await rowOf('broken').getByText('Cannot be read', { exact: true }).waitFor()
  await rowOf('broken').getByText(told).waitFor()
  await rowOf('whole').waitFor()
  await expectAccessible(panel)
  await page.getByRole('button', { name: 'Edit broken of local' }).click()
  await page.getByRole('alert').getByText(told).waitFor()
  await expectAccessible(panel)
  await page.getByRole('textbox', { name: 'Temperature' }).fill('0.5')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('alert').waitFor({ state: 'detached' })
  await expect.poll(registered).toEqual([{ model: 'broken' }, { model: 'whole' }])
})

test('it is forgotten as any other is', async () => {
  await open()
  const { page } = panel
  await page.getByRole('button', { name: 'Edit broken of local' }).click()
  await page.getByRole('button', { name: 'Remove settings …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove settings' }).click()
  await rowOf('whole').waitFor()
  await expect.poll(registered).toEqual([{ model: 'whole' }])
})
