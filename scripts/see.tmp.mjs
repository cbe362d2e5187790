import { ensureEditor, launchBrowser, startEditor } from './editor.mjs'
import { writeFile } from 'node:fs/promises'
await ensureEditor()
const browser = await launchBrowser()
const editor = await startEditor({ extension: 'checkout', workspaceTrust: false })
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
page.setDefaultTimeout(60000)
await page.goto(editor.address('/tmp/ws-infile'))
await page.waitForSelector('.monaco-workbench')
const shot = (n) => page.screenshot({ path: `/tmp/see-${n}.png` })
const row = (t) => page.locator('.quick-input-widget .monaco-list-row.focused', { hasText: t })
async function openFile(name) { await page.keyboard.press('Control+p'); await page.locator('.quick-input-widget input').fill(name); await row(name).waitFor(); await page.waitForTimeout(300); await page.keyboard.press('Enter'); await page.locator('.tab.active', { hasText: name }).waitFor() }
async function cmd(t) { await page.keyboard.press('F1'); await page.locator('.quick-input-widget input').waitFor(); await page.locator('.quick-input-widget input').fill('>'+t); await row(t).waitFor(); await page.keyboard.press('Enter'); await page.waitForTimeout(800) }
await page.waitForTimeout(5000)
try { await (await import('/tmp/see-steps.mjs')).default({ page, shot, openFile, cmd }) } catch (e) { console.log(String(e)); await shot('error') }
await browser.close(); await editor.stop()
