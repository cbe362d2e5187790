// A person's first run over a file of their own, in the real editor: as a film, and as the pictures of the walkthrough.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startFakeOllama } from '../../test/support/models/fakeOllama.ts'
import { startFakeModelServer } from '../../test/support/providers/fakeModelServer.ts'
import { workbenchOf } from '../../test/support/vscode/workbench.ts'
import { startEditor } from '../editor.mjs'
import { projectNode, root } from '../install.mjs'
import { Film, openStudio, writeWebp } from './film.mjs'
import { answerAboutTickets, ticketsCsv } from './tickets.mjs'

const model = 'qwen3:8b'
const size = { width: 1000, height: 640 }
/** Of the window, what pictures of the walkthrough show: little enough to weigh little, and to be read where it is drawn small. */
const [top, middle, bottom] = [4, 165, 345].map((y) => ({ x: 52, y, width: 540, height: 250 }))
const settings = {
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
  'editor.minimap.enabled': false,
  'editor.fontSize': 13,
  'explorer.openEditors.visible': 0,
}
const theme = 'Default Dark Modern'

/** Writes the film into `out`, and a picture for each step of the walkthrough into `walkthrough`. */
export async function pictureFirstRun({ browser, out, walkthrough }) {
  await mkdir(walkthrough, { recursive: true })
  const studio = await openStudio(browser)
  await inFreshEditor({ browser, out }, async (page) => {
    const film = new Film({ page, studio })
    const snap = async (step, clip) => {
      const file = path.join(walkthrough, `${step}.webp`)
      console.log(`${file}: ${await writeWebp({ page, studio, file, clip })}`)
    }
    await play({ page, film, snap })
    const file = path.join(out, 'first-run.webp')
    console.log(`${file}: ${await film.write(file)}`)
  })
  await studio.close()
}

/** An editor with a folder of one file, and a model on this machine that is ready for both tasks. */
async function inFreshEditor({ browser, out }, act) {
  const ollama = await startFakeOllama()
  ollama.models = [{ name: model, size: 5_225_388_164, capabilities: ['completion'] }]
  // As fast as a small model on a machine of one's own.
  ollama.chat = async (body) => {
    await setTimeout(900)
    return answerAboutTickets(body)
  }
  const parent = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-film-'))
  const workspace = path.join(parent, 'helpdesk')
  await mkdir(workspace)
  await writeFile(path.join(workspace, 'tickets.csv'), ticketsCsv())
  const editor = await startEditor({
    extension: 'checkout',
    settings: { ...settings, 'workbench.colorTheme': theme },
  })
  let page
  try {
    const terminal = (...args) =>
      promisify(execFile)(projectNode, [path.join(root, 'dist', 'cli.js'), ...args, '--data-dir', editor.dataFolder], {
        cwd: workspace,
      })
    await terminal(
      ...`provider add ollama --kind ollama --set base_url=http://127.0.0.1 --set port=${ollama.port}`.split(' '),
    )
    await terminal('provider', 'test', 'ollama')
    for (const task of ['categorization', 'scoring']) {
      await terminal('route', 'set', task, '--provider', 'ollama', '--model', model)
    }
    page = await browser.newPage({ viewport: size })
    page.setDefaultTimeout(60_000)
    await page.goto(editor.address(workspace))
    await workbenchOf(page).statusBar.waitFor()
    await act(page)
  } catch (error) {
    await page?.screenshot({ path: path.join(out, 'failed.png') })
    throw error
  } finally {
    await page?.close()
    await editor.stop()
    await ollama.close()
    await rm(parent, { recursive: true, force: true })
  }
}

/** What the person does, scene by scene. `snap` takes the picture of a step of the walkthrough. */
async function play({ page, film, snap }) {
  const scene = {
    page,
    film,
    snap,
    workbench: workbenchOf(page),
    /** The page of ours that is in front. */
    front: page.frameLocator('iframe.webview').frameLocator('iframe#active-frame'),
    lineOf: (ticket) => page.locator('.editor-group-container.active .view-line', { hasText: ticket }),
  }
  for (const next of [openFile, sayWhatTheseAre, watchLabels, correctOne, connectModel]) await next(scene)
}

async function openFile({ page, film, snap, lineOf }) {
  film.caption('Open a file of your own, such as support tickets')
  await film.frame(1200)
  await film.click(page.locator('.monaco-list-row', { hasText: 'tickets.csv' }))
  await lineOf('T-1041').waitFor()
  await offerOf(page).waitFor()
  await page.keyboard.press('ControlOrMeta+B')
  await page.waitForTimeout(500)
  await film.frame(2000)
  await snap('file', top)
}

function offerOf(page) {
  return page.locator('.codelens-decoration a', { hasText: 'Categorize and score 24 rows' })
}

async function sayWhatTheseAre({ page, film, snap, front }) {
  await film.click(offerOf(page))
  await front.getByRole('heading', { level: 1, name: 'What are these?' }).waitFor()
  await front.getByText('24 items').first().waitFor()
  film.caption('Say what these are: a ready-made list, your own, or one proposed from the rows')
  await film.frame(1500)
  await film.click(front.getByText('Support', { exact: true }))
  await film.frame(1200)
  await snap('categories', middle)
  film.caption('See ten rows judged before you start')
  await film.click(front.getByRole('button', { name: 'Judge 10 items now' }))
  await front.getByRole('button', { name: 'Judge 10 more' }).waitFor()
  await front.getByRole('heading', { name: 'Preview' }).evaluate((preview) => preview.scrollIntoView())
  await page.waitForTimeout(400)
  await film.frame(2200)
  await film.click(front.getByRole('button', { name: 'Start', exact: true }))
}

async function watchLabels({ page, film, front, workbench, lineOf }) {
  film.caption('Labels appear in the file as the model answers')
  film.hidePointer()
  await lineOf('T-1041').waitFor()
  await film.watch(() => page.locator('.tab', { hasText: 'Results' }).isVisible())
  await front.getByRole('row', { name: /T-1041/ }).waitFor()
  await workbench.dismissMessages()
  film.caption('All results in one grid: search them, sort them, filter them')
  await page.mouse.move(600, 500)
  await film.frame(2500)
}

async function correctOne({ page, film, snap, front, lineOf }) {
  await film.click(front.getByRole('row', { name: /T-1060/ }))
  await page.waitForTimeout(600)
  await film.frame(1200)
  film.caption('Correct what is wrong with one key; your word goes before the model\u2019s')
  const refund = front.getByRole('button', { name: /^\d Refund$/ })
  await page.keyboard.press((await refund.innerText()).slice(0, 1))
  await front.getByText('The model said').waitFor()
  await page.waitForTimeout(500)
  await film.frame(2500)
  await snap('corrections', bottom)
  film.caption('\u2026 and it stands in the file, too')
  await film.click(page.locator('.tab', { hasText: /^tickets\.csv$/ }))
  await lineOf('T-1060')
    .filter({ hasText: /Refund\s·/ })
    .waitFor()
  await page.locator('.codelens-decoration', { hasText: '24 results' }).waitFor()
  await film.frame(3500)
}

/** Not in the film, where a model is there already. */
async function connectModel({ page, snap, front, workbench }) {
  const server = await startFakeModelServer({ models: ['qwen3-8b', 'gpt-oss-20b', 'gemma-3-12b'] })
  try {
    await workbench.command('LLM Providers: Add provider')
    await front.getByRole('textbox', { name: /^Address/ }).fill(`${server.origin}/v1`)
    await front.getByText('The connection works').first().waitFor()
    await front.getByRole('button', { name: 'Use for both tasks' }).scrollIntoViewIfNeeded()
    await page.waitForTimeout(500)
    await snap('model', bottom)
  } finally {
    await server.close()
  }
}
