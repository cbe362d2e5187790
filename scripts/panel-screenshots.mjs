// `node scripts/panel-screenshots.mjs [FOLDER]`: the pages of the settings panel in three themes, as docs/images/panel-*.png.
// Drawn as in the tests of the panel: the page as it is bundled, on a real server in this process, with stand-ins for providers.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { startFakeOllama } from '../test/support/models/fakeOllama.ts'
import { startTestServer } from '../test/support/protocol/testServer.ts'
import { launchBrowser } from '../test/support/webview/browser.ts'
import { servePage } from '../test/support/webview/builtPage.ts'
import { openPanel } from '../test/support/webview/panel.ts'
import { themeNames } from '../test/support/webview/themes.ts'
import { root } from './install.mjs'

const folder = path.resolve(process.argv[2] ?? path.join(root, 'docs', 'images'))
await mkdir(folder, { recursive: true })
const [browser, built, server, ollama] = await Promise.all([
  launchBrowser(),
  servePage(),
  startTestServer(),
  startFakeOllama(),
])
try {
  await fillServer()
  for (const theme of themeNames) await takeTheme(theme)
} finally {
  await browser.close()
  await Promise.all([built.close(), server.stop(), ollama.close()])
}

/** Everyday states side by side: ready, without its key, not running, switched off. */
async function fillServer() {
  const local = { base_url: 'http://127.0.0.1', port: ollama.port }
  await server.request('provider/save', { provider: 'ollama', kind: 'ollama', config: local })
  await server.request('provider/save', { provider: 'openai-work', kind: 'openai', config: {} })
  const lab = { base_url: 'http://127.0.0.1:9/v1' }
  await server.request('provider/save', { provider: 'lab', kind: 'openai-compatible', config: lab })
  await server.request('provider/save', { provider: 'mistral', kind: 'mistral', config: {}, enabled: false })
  await server.request('route/save', { task: 'scoring', provider: 'ollama', model: 'small:latest' })
  for (const provider of ['ollama', 'lab', 'openai-work']) await server.request('provider/test', { provider })
}

async function takeTheme(theme) {
  const panel = await openPanel(browser, built, { server, theme, height: 1000 })
  const { page } = panel
  const take = async (name) => {
    const file = path.join(folder, `panel-${name}-${theme}.png`)
    await page.screenshot({ path: file, animations: 'disabled' })
    console.log(file)
  }
  await page.getByRole('button', { name: 'Test ollama' }).click()
  await page.getByRole('main').getByText('The connection works').waitFor()
  await take('providers')
  await page.getByRole('button', { name: 'Edit lab' }).click()
  await page.getByRole('textbox', { name: 'Base URL' }).fill('localhost:1234')
  await page.getByText('An address is needed').waitFor()
  await take('provider-form')
  await panel.close()
}
