// `npm run screenshots`: the pictures of docs/images/, all of them, taken from the real editor; pages of the settings panel in three
// themes; and of the walkthrough, and the film of the README. Results are those of the built-in provider, in the film those of a
// person; a stand-in plays the local server. `--theme light|contrast --size 900x700 --out FOLDER` for a look at the others in another
// theme and window, `--only film` for the film and the walkthrough, `--only editor` for the rest.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { startFakeOllama } from '../test/support/models/fakeOllama.ts'
import { ensureEditor, launchBrowser, startEditor } from './editor.mjs'
import { projectNode, root } from './install.mjs'
import { pictureFirstRun } from './pictures/firstRun.mjs'
import { picturePanel } from './pictures/panelPages.mjs'

const { values } = parseArgs({
  options: {
    theme: { type: 'string', default: 'dark' },
    out: { type: 'string' },
    only: { type: 'string' },
    size: { type: 'string', default: '1200x760' },
  },
})
const statusBar = '[id="llm-providers.llm-providers.llmProviders.readiness"]'
const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern', contrast: 'Default High Contrast' }
const settings = {
  'workbench.colorTheme': themes[values.theme],
  'window.commandCenter': false,
  'editor.fontSize': 13,
  'editor.minimap.enabled': false,
  'explorer.compactFolders': false,
  'workbench.layoutControl.enabled': false,
}

const out = values.out ?? path.join(root, 'docs', 'images')
/** Pictures that are looked at, and not kept, must not get into the package. */
const walkthrough = path.join(values.out ?? path.join(root, 'media'), 'walkthrough')

await ensureEditor()
await mkdir(out, { recursive: true })
const browser = await launchBrowser()
/** Of the editor whose pictures are taken: its folder, and the process that was started. */
let [workspace, editor] = ['', null]
try {
  if (values.only !== 'editor') await pictureFirstRun({ browser, out, walkthrough })
  if (values.only !== 'film') await pictureEveryday()
} finally {
  await browser.close()
}

/** The editor with a few providers in it, and each page of the panel. */
async function pictureEveryday() {
  const ollama = await startFakeOllama()
  ollama.models = [
    { name: 'llama3.2:3b', size: 2_019_393_189, capabilities: ['completion'] },
    { name: 'qwen3:8b', size: 5_225_388_164, capabilities: ['completion'] },
  ]
  const parent = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-pictures-'))
  workspace = path.join(parent, 'inkwell')
  await fillWorkspace()
  editor = await startEditor({ extension: 'checkout', settings })
  let page
  try {
    await configureProviders(String(ollama.port))
    const [width, height] = values.size.split('x').map(Number)
    page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1 })
    page.setDefaultTimeout(60_000)
    await page.goto(editor.address(workspace))
    await page.locator(statusBar).filter({ hasText: 'LLM: ready' }).waitFor()
    await openFile(page, 'issues.jsonl')
    await openView(page)
    await picturePalette(page)
    await pictureResults(page)
    await pictureInFile(page)
    await pictureTree(page)
    await pictureTest(page)
    await pictureStatusBar(page)
    await openPanel(page)
    await picturePanel({ page, take: (name) => take(page, name) })
  } catch (error) {
    // What was to be seen when it went wrong.
    await page?.screenshot({ path: path.join(out, 'failed.png') })
    throw error
  } finally {
    await editor.stop()
    await ollama.close()
    await rm(parent, { recursive: true, force: true })
  }
}

/** The samples, with their profile where the product looks for it. */
async function fillWorkspace() {
  await mkdir(path.join(workspace, '.llm-providers'), { recursive: true })
  const samples = path.join(root, 'samples')
  await cp(samples, workspace, { recursive: true, filter: (file) => !/\.results\.|profile\.yaml$/.test(file) })
  await cp(path.join(samples, 'profile.yaml'), path.join(workspace, '.llm-providers', 'profile.yaml'))
}

/** Everyday states side by side: ready, without its key, not running. The terminal sets them up in the editor's data. */
async function configureProviders(port) {
  await terminal(
    'provider',
    'add',
    'ollama',
    '--kind',
    'ollama',
    '--set',
    'base_url=http://127.0.0.1',
    '--set',
    `port=${port}`,
  )
  await terminal('provider', 'add', 'openai-work', '--kind', 'openai')
  await terminal('provider', 'add', 'lab', '--kind', 'openai-compatible', '--set', 'base_url=http://127.0.0.1:9/v1')
  await terminal('provider', 'test', 'ollama')
  await terminal('provider', 'test', 'lab')
}

/** Not the synchronous way: the stand-in answers from this very process. */
async function terminal(...args) {
  const cli = [path.join(root, 'dist', 'cli.js'), ...args, '--data-dir', editor.dataFolder]
  await promisify(execFile)(projectNode, cli).catch((error) => {
    // 3: not ready, which is what some of these are here for.
    if (error.code !== 3) throw error
  })
}

async function pictureResults(page) {
  await command(page, 'LLM Providers: Categorize and score')
  const results = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
  await results.getByText('ISSUE-').or(results.getByRole('grid')).first().waitFor()
  const message = page.locator('.notifications-toasts .notification-list-item', { hasText: 'Categorized and scored' })
  await message.waitFor()
  await page.locator('.notification-list-item', { hasText: 'Categorizing' }).waitFor({ state: 'hidden' })
  await command(page, 'Notifications: Clear All Notifications')
  await page.mouse.move(640, 750)
  await take(page, 'results')
}

/** Where the items stand: what was found stands before each line, and one of them tells why. */
async function pictureInFile(page) {
  await page.locator('.tab', { hasText: /^issues\.jsonl$/ }).click()
  const line = page.locator('.editor-group-container.active .view-line', { hasText: '"id":103' })
  await line.filter({ hasText: /·/ }).waitFor()
  // The offer to judge the file stands there until the editor asks again.
  await page.locator('.contentWidgets .codelens-decoration', { hasText: /results/ }).waitFor()
  const hover = page.locator('.monaco-editor .monaco-hover', { hasText: 'Why this model' })
  await actUntil(hover, async () => {
    await page.mouse.move(900, 600)
    await line.hover({ position: { x: 320, y: 8 } })
  })
  await take(page, 'in-file')
  await page.mouse.move(900, 600)
  await hover.waitFor({ state: 'hidden' })
}

async function pictureTree(page) {
  await terminal('route', 'set', 'categorization', '--provider', 'ollama', '--model', 'qwen3:8b')
  await terminal('route', 'set', 'scoring', '--provider', 'openai-work', '--model', 'gpt-5-mini')
  await command(page, 'LLM Providers: Restart server')
  await page.locator(statusBar).filter({ hasText: 'LLM: key missing' }).waitFor()
  const ollamaRow = page.locator('.monaco-list-row', { hasText: /^ollama/ })
  // The name stands in the row of a route, too.
  await actUntil(page.locator('.monaco-list-row', { hasText: /^qwen3:8b/ }), () =>
    ollamaRow.locator('.label-name').click(),
  )
  await actUntil(page.locator('.monaco-hover', { hasText: 'Asked from' }), async () => {
    await page.mouse.move(900, 400)
    await page
      .locator('.monaco-list-row', { hasText: /^openai-work/ })
      .locator('.label-name')
      .hover()
  })
  await take(page, 'tree')
  await page.mouse.move(900, 400)
  await page.locator('.monaco-hover', { hasText: 'Asked from' }).waitFor({ state: 'hidden' })
}

async function pictureTest(page) {
  await testConnection(page, 'openai-work', 'is missing')
  // The editor draws at most three messages in 800 ms and drops the next.
  await page.waitForTimeout(900)
  await testConnection(page, 'ollama', '"ollama" answered')
  await page.locator('.notification-list-item', { hasText: 'Testing the connection' }).waitFor({ state: 'hidden' })
  await page.mouse.move(640, 400)
  await take(page, 'test-connection')
  await command(page, 'Notifications: Clear All Notifications')
}

async function testConnection(page, provider, message) {
  await command(page, 'LLM Providers: Test connection')
  await page.locator('.quick-input-list .monaco-list-row', { hasText: provider }).waitFor()
  await enter(page, provider, provider)
  await page.locator('.notification-list-item', { hasText: message }).waitFor()
}

async function pictureStatusBar(page) {
  await page.locator(statusBar).hover()
  await page.locator('.monaco-hover', { hasText: 'Providers are asked from' }).waitFor()
  const { width, height } = page.viewportSize()
  await take(page, 'status-bar', { x: width - 640, y: height - 180, width: 640, height: 180 })
  await page.mouse.move(640, 400)
}

async function picturePalette(page) {
  await page.keyboard.press('F1')
  await page.locator('.quick-input-widget input').fill('>LLM Providers: ')
  await page.locator('.quick-input-widget .monaco-list-row').first().waitFor()
  await take(page, 'palette')
  await page.keyboard.press('Escape')
}

/** Again if need be: a click or a hover is lost when the tree is drawn anew at that very moment. */
async function actUntil(visible, act) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await act()
    const isSeen = await visible.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    )
    if (isSeen) return
  }
  throw new Error(`never seen: ${visible}`)
}

async function take(page, name, clip) {
  await page.screenshot({
    path: path.join(out, `${name}.png`),
    animations: 'disabled',
    ...(clip ? { clip } : {}),
  })
  console.log(path.join(out, `${name}.png`))
}

async function openView(page) {
  await page.getByRole('tab', { name: 'LLM Providers' }).locator('a').click()
  await page.mouse.move(900, 400)
  await page.locator('.monaco-list-row', { hasText: /^builtin/ }).waitFor()
}

/** With something to tell on each page: a run through the stand-in, a model with parameters of its own. */
async function openPanel(page) {
  await terminal('categorize', path.join(workspace, 'issues.jsonl'))
  await command(page, 'View: Close All Editors')
  await command(page, 'LLM Providers: Open settings')
  const frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
  await frame.getByRole('heading', { level: 1 }).waitFor()
}

async function openFile(page, name) {
  await page.keyboard.press('ControlOrMeta+P')
  await enter(page, name, name)
  await page.locator('.tab.active', { hasText: name }).waitFor()
}

async function command(page, title) {
  await page.keyboard.press('F1')
  await enter(page, `>${title}`, title)
}

/** Types into the list in front and chooses the row, once the list has followed. */
async function enter(page, typed, row) {
  await page.locator('.quick-input-widget input').fill(typed)
  await page.locator('.quick-input-widget .monaco-list-row.focused', { hasText: row }).waitFor()
  await page.keyboard.press('Enter')
}
