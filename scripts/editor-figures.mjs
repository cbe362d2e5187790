// `npm run figures` (after `npm run build`): what the settings panel costs in the real editor. Prints, asserts nothing.
// Panel open to usable with 50 providers and 2,000 models; a provider dying until the status bar tells it; memory after opening and
// closing the panel 50 times.
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { openServer, succeed } from '../bench/channel.mjs'
import { startScriptedServer } from '../test/support/providers/scriptedServer.ts'
import { extensionHostsBelow, serversBelow } from '../test/support/vscode/processes.ts'
import { workbenchOf } from '../test/support/vscode/workbench.ts'
import { ensureEditor, launchBrowser, startEditor } from './editor.mjs'
import { inspectHeap } from './inspectedHeap.mjs'
import { root } from './install.mjs'

const rounds = 50
/** A folder to keep heap snapshots of the extension host in; undefined: none are taken. */
const snapshots = process.env.LLM_PROVIDERS_SNAPSHOTS
const [providers, modelsEach] = [50, 40]
const modelNames = Array.from({ length: modelsEach }, (_, index) => `model-${index + 1}`)
const listed = {
  object: 'list',
  data: modelNames.map((id) => ({ id, object: 'model', created: 0, owned_by: 'figures' })),
}

await ensureEditor()
const provider = await startScriptedServer()
const answered = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listed))
}
provider.play(answered)
const folder = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-figures-'))
const editor = await startEditor({ extension: 'checkout' })
const browser = await launchBrowser()
try {
  await fill()
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(120_000)
  await page.goto(editor.address(folder))
  const workbench = workbenchOf(page)
  await workbench.statusBar.filter({ hasText: 'Categorization' }).waitFor()
  await measureOpening(page, workbench)
  await measureMemory(page, workbench)
  await measureDeath(workbench)
} finally {
  await browser.close()
  await editor.stop()
  await provider.close()
  await rm(folder, { recursive: true, force: true })
}

/** Before the editor looks at it: its data folder is filled by a server of our own. */
async function fill() {
  await mkdir(editor.dataFolder, { recursive: true })
  const server = await openServer(path.join(root, 'dist', 'server.js'), editor.dataFolder)
  const config = { base_url: `${provider.origin}/v1` }
  for (let index = 1; index <= providers; index += 1) {
    const name = `provider-${index}`
    await succeed(server.call('provider/save', { provider: name, kind: 'openai-compatible', config }))
    await succeed(server.call('provider/test', { provider: name }))
    const save = (model) => succeed(server.call('model/save', { provider: name, model, type: 'generation' }))
    await Promise.all(modelNames.map(save))
  }
  for (const task of ['categorization', 'scoring']) {
    await succeed(server.call('route/save', { task, provider: 'provider-1', model: 'model-1' }))
  }
  await server.close()
}

async function measureOpening(page, workbench) {
  const frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
  const [opened, modelsShown] = [[], []]
  for (let round = 0; round < 6; round += 1) {
    opened.push(await timed(() => open(workbench, frame)))
    modelsShown.push(
      await timed(async () => {
        await frame.getByRole('button', { name: 'Models', exact: true }).click()
        await frame.getByText(/^2,001 models$/).waitFor()
      }),
    )
    await frame.getByRole('button', { name: 'Providers', exact: true }).click()
    await frame.getByText(`${providers + 1} providers`).waitFor()
    await close(page, workbench)
  }
  console.log(`panel open to usable, ${providers + 1} providers and 2,001 models: ${tell(opened)}`)
  console.log(`its page of models, from click to the list: ${tell(modelsShown)}`)
}

async function measureMemory(page, workbench) {
  const frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame')
  const [host] = extensionHostsBelow(editor.pid)
  const heap = await inspectHeap(host)
  const before = await memory(heap)
  let half = before
  if (snapshots) await keepSnapshot(heap, 'before')
  for (let round = 1; round <= rounds; round += 1) {
    await open(workbench, frame)
    await close(page, workbench)
    if (round === Math.floor(rounds / 2)) half = await memory(heap)
  }
  const after = await memory(heap)
  if (snapshots) await keepSnapshot(heap, 'after')
  heap.close()
  for (const name of Object.keys(before)) {
    const [one, two, three] = [before, half, after].map((figures) => figures[name])
    console.log(
      `${name} after opening and closing the panel ${rounds} times: ${one.toFixed(1)} MB before, ${two.toFixed(1)} MB after half of ` +
        `them, ${three.toFixed(1)} MB after all (${three - one >= 0 ? '+' : ''}${(three - one).toFixed(1)} MB)`,
    )
  }
}

/** For the developer tools of a browser, which compare two of them. */
async function keepSnapshot(heap, name) {
  const file = createWriteStream(path.join(snapshots, `extension-host-${name}.heapsnapshot`))
  await heap.snapshot((chunk) => file.write(chunk))
  await new Promise((resolve) => file.end(resolve))
}

/** From the death of the provider that both routes use. It refuses from then on; the first refusal is the check that sees it. */
async function measureDeath(workbench) {
  let sawIt = () => {}
  const seen = new Promise((resolve) => {
    sawIt = () => resolve(performance.now())
  })
  const died = performance.now()
  provider.play((response) => {
    sawIt()
    response.destroy()
  })
  const [refused] = await Promise.all([seen, workbench.statusBar.filter({ hasText: 'cannot' }).waitFor()])
  const told = performance.now()
  console.log(
    `a provider dying until the status bar tells it: ${seconds(told - died)}, of which ${seconds(refused - died)} until the next check ` +
      `(they are 60 s apart and a little more) and ${Math.round(told - refused)} ms from its refusal to the bar`,
  )
}

async function open(workbench, frame) {
  await workbench.command('LLM Providers: Open settings')
  await frame.getByText(`${providers + 1} providers`).waitFor()
  await frame.getByRole('button', { name: 'Add provider' }).first().click({ trial: true })
}

async function close(page, workbench) {
  await workbench.command('View: Close All Editors')
  await page.locator('iframe.webview').waitFor({ state: 'detached' })
}

/** The heap is what is held after a forced collection; the rest is what the system has given, garbage included. */
async function memory(heap) {
  const [server] = serversBelow(editor.pid)
  const [host] = extensionHostsBelow(editor.pid)
  const held = (await heap.used()) / 1_048_576
  return {
    server: await residentMb(server),
    'extension host': await residentMb(host),
    'heap of the extension host': held,
  }
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}

async function timed(act) {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

function tell([first, ...others]) {
  const middle = others.sort((one, other) => one - other)[Math.floor(others.length / 2)]
  return `${Math.round(first)} ms the first time, ${Math.round(middle)} ms then (median of ${others.length})`
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
