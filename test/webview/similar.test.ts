import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { idOf, madeRecord, makeRuns, textOf } from '../support/webview/madeRuns.ts'
import { openResults, type Panel, type ResultsOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

const runId = '20261121t093000000z-made01'
const name = `run-${runId}`
const embed = { provider: 'local', model: 'vec' }

let browser: Browser
let built: BuiltPage
let server: TestServer
let models: ScriptedServer
const folders = new StoreFolders()
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(async () => {
  const dataDir = await makeRuns(folders, [{ runId, items: 40, record: (at) => madeRecord(runId, at) }])
  models = await startScriptedServer()
  models.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  server = await startTestServer({ dataDir })
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
  await models.close()
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
  await folders.dispose()
})

/** Items are the nearer the nearer their numbers are. */
function vectorOf(text: string): number[] {
  const at = Number(/item (\d+)/.exec(text)?.[1] ?? 0)
  return [Math.cos(at / 50), Math.sin(at / 50)]
}

async function open(options: Partial<ResultsOptions> = {}): Promise<Panel> {
  const panel = await openResults(browser, built, { server, at: { runId }, width: 1100, ...options })
  panels.push(panel)
  return panel
}

const rowOf = ({ page }: Panel, id: string) =>
  page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByText(id, { exact: true }) })
const similarOf = ({ page }: Panel) => page.getByRole('region', { name: 'Similar items' })

async function makeBase(): Promise<null> {
  await server.request('kb/create', { name, sources: [{ kind: 'run', runId }], embed })
  await server.request('kb/build', { name })
  return null
}

test('what is similar is shown once there are embeddings, and each of it leads to its own row', async () => {
  const asked: unknown[] = []
  const panel = await open({ commands: { buildSimilar: (args: object) => asked.push(args) && makeBase() } })
  await rowOf(panel, idOf(10)).dblclick()
  const similar = similarOf(panel)
  await similar.getByText('Similar items are found by embeddings of the texts of this run.').waitFor()
  await expectAccessible(panel)
  expect(models.requests).toHaveLength(0)
  await similar.getByRole('button', { name: 'Find similar items …' }).click()
  await expect.poll(() => asked).toEqual([{ runId }])
  const items = similar.getByRole('listitem')
  await expect.poll(() => items.count()).toBe(5)
  const shown = (await items.allInnerTexts()).map((text) => /item-\d+/.exec(text)?.[0])
  expect(shown.toSorted()).toEqual(
    [idOf(11), idOf(12), idOf(7), idOf(8), idOf(9)].toSorted().filter((id) => shown.includes(id)),
  )
  expect(shown.slice(0, 2).toSorted()).toEqual([idOf(11), idOf(9)])
  await items
    .filter({ hasText: textOf(11) })
    .getByRole('button')
    .click()
  await panel.page.getByRole('region', { name: `The item ${idOf(11)}` }).waitFor()
  await expect.poll(() => rowOf(panel, idOf(11)).getAttribute('aria-selected')).toBe('true')
})

test('why there are none is told in a sentence', async () => {
  const panel = await open({
    commands: { buildSimilar: () => 'No enabled provider has a model that makes embeddings.' },
  })
  await rowOf(panel, idOf(3)).dblclick()
  await similarOf(panel).getByRole('button', { name: 'Find similar items …' }).click()
  await similarOf(panel).getByRole('alert').getByText('No enabled provider has a model').waitFor()
})

test('vectors that are gone are made again where they are missed, and other reasons have their button', async () => {
  await makeBase()
  await rm(join(server.dataDir, 'kb'), { recursive: true })
  const acted: unknown[] = []
  const panel = await open({
    commands: {
      buildSimilar: async () => {
        await server.request('kb/build', { name })
        return null
      },
      actOn: ({ reason }: { reason: { code: string } }) => acted.push(reason.code) && null,
    },
  })
  await rowOf(panel, idOf(3)).dblclick()
  await similarOf(panel)
    .getByText(/^There is nothing in the knowledge base "run-.*" yet: build it\.$/)
    .waitFor()
  await similarOf(panel).getByRole('button', { name: 'Find similar items …' }).click()
  await expect.poll(() => similarOf(panel).getByRole('listitem').count()).toBe(5)
  await server.request('provider/setEnabled', { provider: 'local', enabled: false, confirm: true })
  await rowOf(panel, idOf(4)).dblclick()
  await similarOf(panel).getByRole('alert').getByRole('button', { name: 'Enable it' }).click()
  await expect.poll(() => acted).toEqual(['provider_disabled'])
})

test.each(themeNames)('it can be used by everybody: %s', async (theme) => {
  await makeBase()
  const panel = await open({ theme })
  await rowOf(panel, idOf(5)).dblclick()
  await expect.poll(() => similarOf(panel).getByRole('listitem').count()).toBe(5)
  await expectAccessible(panel)
  const shots = process.env.LLM_PROVIDERS_SHOTS
  if (shots) await panel.page.screenshot({ path: join(shots, `similar-${theme}.png`), fullPage: true })
})
