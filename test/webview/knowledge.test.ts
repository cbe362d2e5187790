import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { overhang } from '../support/webview/keyboard.ts'
import { type EditorCommands, openPanel, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let folder: string
let docs: string
let server: TestServer
let models: ScriptedServer
/** Of a vector; null: the model is away. */
let dimensions: number
const panels: Panel[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'knowledge-page-')))
  docs = join(folder, 'docs')
  await mkdir(docs)
  await writeFile(join(docs, 'keys.md'), '# Keys\n\nA key is kept in the secret store.\n')
  await writeFile(join(docs, 'runs.md'), '# Runs\n\nA run survives a crash.\n')
  dimensions = 3
  models = await startScriptedServer()
  answer()
  server = await startTestServer({ dataDir: join(folder, '.data') })
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
  for (const [model, type] of [
    ['vec', 'embedding'],
    ['other-vec', 'embedding'],
    ['writer', 'generation'],
  ] as const)
    await server.request('model/save', { provider: 'local', model, type, status: 'active', parameters: {} })
  await server.request('model/setDefault', { provider: 'local', model: 'vec' })
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await server.stop()
  await models.close()
  await rm(folder, { recursive: true, force: true })
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})

function answer(before: () => Promise<void> = async () => undefined): void {
  models.play(async (response, { body }) => {
    await before()
    const texts = [JSON.parse(body).input].flat() as string[]
    const data = texts.map((text, index) => ({ index, embedding: vectorOf(text).slice(0, dimensions) }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } }))
  })
}

function vectorOf(text: string): number[] {
  return ['key', 'run'].map((word) => text.toLowerCase().split(word).length - 1).concat(0.1)
}

async function open(options: PanelOptions = {}): Promise<Panel> {
  const panel = await openPanel(browser, built, { server, place: { page: 'knowledge', target: null }, ...options })
  panels.push(panel)
  return panel
}

/** The editor's side, with a dialog in which the folder is chosen. */
function editor(): EditorCommands {
  let chosen: string[] = []
  return {
    knowledgeSources({ choose, leaveOut }) {
      if (choose) chosen.push(docs)
      chosen = chosen.filter((path) => path !== leaveOut)
      return chosen
    },
    createKnowledgeBase: (base) =>
      server.request('kb/create', { ...base, sources: chosen.map((path) => ({ kind: 'path' as const, path })) }),
  }
}

const make = (name = 'docs') =>
  server.request('kb/create', {
    ...{ name, sources: [{ kind: 'path' as const, path: docs }], embed: { provider: 'local', model: 'vec' } },
  })

test('a base is made of a folder, built after its cost was told, and searched', async () => {
  const opened: unknown[] = []
  const asked: unknown[] = []
  const panel = await open({
    commands: {
      ...editor(),
      openChunk: (chunk) => opened.push(chunk) && null,
      askAboutBase: (about) => asked.push(about) && 'No model answers.',
    },
  })
  const { page } = panel
  await page.getByText('There is no knowledge base yet.').waitFor()
  await page.getByRole('button', { name: 'New knowledge base …' }).click()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByText('Enter a name.').waitFor()
  await page.getByText('Add a file, a folder or results.').waitFor()
  await expectAccessible(panel)
  await page.getByRole('textbox', { name: 'Name (required)' }).fill('Team Docs')
  await page.getByText(/Use lower-case letters/).waitFor()
  await page.getByRole('textbox', { name: 'Name (required)' }).fill('team-docs')
  await page.getByRole('button', { name: 'Add folders …' }).click()
  await page.getByRole('button', { name: `Leave out ${docs}` }).click()
  await page.getByRole('button', { name: 'Add folders …' }).click()
  await page.getByText(docs).waitFor()
  await page.getByRole('button', { name: 'Create' }).click()

  const base = page.getByRole('listitem', { name: 'team-docs' })
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('team-docs')
  await base.getByText('not built yet').waitFor()
  await base.getByRole('button', { name: 'Build team-docs' }).click()
  const dialog = page.getByRole('dialog', { name: 'Build the knowledge base "team-docs"?' })
  await dialog.getByText(/^2 texts, about \d+ tokens, go to local \/ vec at http:\/\/127\.0\.0\.1/).waitFor()
  await dialog.getByText('The price is not known.').waitFor()
  expect(models.requests).toHaveLength(0)
  await expectAccessible(panel)
  await dialog.getByRole('button', { name: 'Build', exact: true }).click()
  await base.getByText('Built team-docs: 2 chunks, 2 embedded now, 0 had their vectors, price unknown.').waitFor()

  await base.getByRole('textbox', { name: 'Search by meaning' }).fill('where is my key?')
  await base.getByRole('textbox', { name: 'Search by meaning' }).press('Enter')
  const hits = base.getByRole('list', { name: 'Hits in team-docs' })
  await hits.getByRole('listitem').first().getByText('A key is kept in the secret store.').waitFor()
  await hits.getByText(/^Similarity 0\.99/).waitFor()
  await hits.getByRole('button', { name: 'docs/keys.md:1' }).click()
  await expect
    .poll(() => opened)
    .toEqual([{ name: 'team-docs', item: 'keys.md', file: join(docs, 'keys.md'), line: 1 }])
  await base.getByRole('button', { name: 'Ask about team-docs' }).click()
  await expect.poll(() => asked).toEqual([{ name: 'team-docs' }])
  await base.getByRole('alert').getByText('No model answers.').waitFor()
  await expectAccessible(panel)
})

test('how far a build is can be seen, and it can be stopped; what was paid for is kept', async () => {
  await writeFile(
    join(docs, 'many.csv'),
    `id,text\n${Array.from({ length: 150 }, (_, at) => `${at},Text ${at}`).join('\n')}\n`,
  )
  await make()
  let calls = 0
  let isStuck = true
  let free = () => {}
  answer(async () => {
    calls++
    if (calls >= 2 && isStuck) await new Promise<void>((resolve) => (free = resolve))
  })
  const { page } = await open()
  await page.getByRole('button', { name: 'Build docs' }).click()
  await page.getByRole('button', { name: 'Build', exact: true }).click()
  await page.getByText('64 of 152 texts embedded').waitFor()
  // Another page and back: it goes on.
  const navigation = page.getByRole('navigation', { name: 'Settings' })
  await navigation.getByRole('button', { name: 'Usage' }).click()
  await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor()
  await navigation.getByRole('button', { name: 'Knowledge bases' }).click()
  await page.getByText('64 of 152 texts embedded').waitFor()
  await page.getByRole('button', { name: 'Stop building docs' }).click()
  await expect.poll(() => page.getByRole('progressbar').count()).toBe(0)
  isStuck = false
  free()
  await page.getByRole('button', { name: 'Build docs' }).click()
  await page.getByText('64 chunks have their vectors already.').waitFor()
})

test('another model is a decision, and so is one that makes other vectors behind the same name', async () => {
  await make()
  await server.request('kb/build', { name: 'docs' })
  const { page } = await open()
  const base = page.getByRole('listitem', { name: 'docs' })
  dimensions = 2
  await writeFile(join(docs, 'new.md'), 'Another run.\n')
  await base.getByRole('button', { name: 'Update docs' }).click()
  await page.getByRole('button', { name: 'Build', exact: true }).click()
  await base.getByText(/^"vec" makes vectors of 2 numbers now/).waitFor()
  await base.getByRole('button', { name: 'Build it again' }).click()
  await page.getByRole('button', { name: 'Delete the vectors' }).click()
  await page.getByText(/^3 texts, about/).waitFor()
  await page.getByRole('button', { name: 'Build', exact: true }).click()
  await base.getByText(/^Built docs: 3 chunks, 3 embedded now/).waitFor()

  await base.getByRole('button', { name: 'Change model of docs' }).click()
  await base.getByRole('button', { name: 'Use it' }).click()
  const dialog = page.getByRole('dialog', { name: 'Build "docs" anew with other-vec?' })
  await dialog.getByText(/^The vectors of 3 chunks are deleted/).waitFor()
  await dialog.getByRole('button', { name: 'Delete the vectors' }).click()
  await base.getByText('not built yet').waitFor()
  await expect
    .poll(() => server.request('kb/list', {}))
    .toMatchObject({ value: [{ embed: { model: 'other-vec' }, chunks: 0 }] })
})

test('what a search fails by is mended where it is told: lost files are built, and another length is made anew', async () => {
  await make()
  await server.request('kb/build', { name: 'docs' })
  const { page } = await open()
  const base = page.getByRole('listitem', { name: 'docs' })
  const search = async () => {
    await base.getByRole('textbox', { name: 'Search by meaning' }).fill('a run')
    await base.getByRole('button', { name: 'Search in docs' }).click()
  }
  // Nothing is new, so that an update alone would change nothing.
  dimensions = 2
  await search()
  await base.getByText(/^"vec" makes vectors of 2 numbers now/).waitFor()
  await base.getByRole('button', { name: 'Build it again' }).click()
  const dialog = page.getByRole('dialog', { name: 'Build "docs" anew with vec?' })
  await dialog.getByText(/^The vectors of 2 chunks are deleted/).waitFor()
  await dialog.getByRole('button', { name: 'Delete the vectors' }).click()
  await page.getByText(/^2 texts, about/).waitFor()
  await page.getByRole('button', { name: 'Build', exact: true }).click()
  await base.getByText(/^Built docs: 2 chunks, 2 embedded now/).waitFor()
  await rm(join(folder, '.data', 'kb'), { recursive: true })
  await search()
  await base.getByText('There is nothing in the knowledge base "docs" yet: build it.').waitFor()
  await base.getByRole('button', { name: 'Build it', exact: true }).click()
  await page.getByText(/^2 texts, about/).waitFor()
  await page.getByRole('button', { name: 'Build', exact: true }).click()
  await base.getByText(/^Built docs: 2 chunks, 2 embedded now/).waitFor()
  await search()
  await base.getByRole('list', { name: 'Hits in docs' }).waitFor()
})

test.each([
  ['/build', /^2 texts, about/],
  ['/anew', 'It has no vectors yet.'],
])('a reason that is told elsewhere leads to building it: docs%s', async (target, asked) => {
  await make()
  const { page } = await open({ place: { page: 'knowledge', target: `docs${target}` } })
  await page.getByRole('dialog').getByText(asked).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
})

test('removing one names the conversations about it', async () => {
  await make()
  await server.request('thread/create', { title: 'Where are the keys?', about: { kind: 'kb', name: 'docs' } })
  const { page } = await open()
  await page.getByRole('button', { name: 'Remove docs' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove the knowledge base "docs"?' })
  await dialog.getByText(/Where are the keys/).waitFor()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('There is no knowledge base yet.').waitFor()
})

test('without a model that makes embeddings, the way to one is shown', async () => {
  for (const model of ['vec', 'other-vec'])
    await server.request('model/remove', { provider: 'local', model, confirm: true })
  const { page } = await open({ place: { page: 'knowledge', target: '+' } })
  await page.getByText(/^No enabled provider has a model that makes embeddings/).waitFor()
  await page.getByRole('button', { name: 'Show the models' }).click()
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
})

test.each(themeNames)('it can be used by everybody: %s', async (theme) => {
  await make()
  await server.request('kb/build', { name: 'docs' })
  for (const width of [320, 900]) {
    const panel = await open({ theme, width })
    const { page } = panel
    await page.getByRole('textbox', { name: 'Search by meaning' }).fill('a run')
    await page.getByRole('button', { name: 'Search in docs' }).click()
    await page.getByRole('list', { name: 'Hits in docs' }).waitFor()
    await page.getByRole('button', { name: 'Change model of docs' }).click()
    await expect.poll(() => overhang(panel)).toBe(0)
    await expectAccessible(panel)
    const shots = process.env.LLM_PROVIDERS_SHOTS
    if (shots) await page.screenshot({ path: join(shots, `knowledge-${theme}-${width}.png`), fullPage: true })
  }
})
