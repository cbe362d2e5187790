// A process of its own, for its memory: the settings panel's page in Chromium, on the real bridge and a real server, with a lot to show.
import { once } from 'node:events'
import http from 'node:http'
import { startTestServer } from '../test/support/protocol/testServer.ts'
import { launchBrowser } from '../test/support/webview/browser.ts'
import { servePage } from '../test/support/webview/builtPage.ts'
import { openPanel } from '../test/support/webview/panel.ts'
import { median } from './measure.mjs'

const [providers, modelsEach, openings] = process.argv.slice(2).map(Number)

const list = await startList(modelsEach)
const [browser, built, server] = await Promise.all([launchBrowser(), servePage(), startTestServer()])
for (let number = 0; number < providers; number += 1) {
  const provider = `provider-${number}`
  await succeed('provider/save', { provider, kind: 'openai-compatible', config: { base_url: list.url } })
  await succeed('provider/test', { provider })
}
const lastName = `provider-${providers - 1}`

// The first openings warm the browser and the server up.
for (let round = 0; round < 2; round += 1) await (await open()).panel.close()
const serverBefore = heapNow()
const times = []
for (let round = 0; round < openings; round += 1) {
  const { panel, milliseconds } = await open()
  times.push(milliseconds)
  await panel.close()
}
const serverAfter = heapNow()

// The same page, hidden and shown again: what the browser keeps of it would add up.
const { panel } = await open()
const pageBefore = await pageHeap(panel.page)
const firstLoad = await loadedBytes(panel.page)
for (let round = 0; round < openings; round += 1) {
  await panel.reload()
  await untilUsable(panel.page)
}
const pageAfter = await pageHeap(panel.page)
await panel.close()
await Promise.all([browser.close(), built.close(), server.stop()])
list.close()

const all = [...built.files.values()].reduce((sum, bytes) => sum + bytes, 0)
process.send({
  usableMs: median(times),
  firstUsableMs: times[0],
  bundleKb: { all: all / 1000, firstLoad: firstLoad / 1000, files: built.files.size },
  serverMb: { before: serverBefore, after: serverAfter },
  pageMb: { before: pageBefore, after: pageAfter },
})
process.disconnect()

async function succeed(method, params) {
  const answer = await server.request(method, params)
  if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer.reason)}`)
}

/** Usable: the last provider of the list is there, with its name to be read and its buttons to be pressed. */
async function open() {
  const started = performance.now()
  const panel = await openPanel(browser, built, { browser: {}, server, place: { page: 'providers', target: null } })
  await untilUsable(panel.page)
  return { panel, milliseconds: performance.now() - started }
}

function untilUsable(page) {
  return page.getByRole('heading', { name: lastName, exact: true }).waitFor()
}

function heapNow() {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed / 2 ** 20
}

async function pageHeap(page) {
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('HeapProfiler.enable')
  await inspector.send('HeapProfiler.collectGarbage')
  await inspector.send('Performance.enable')
  const { metrics } = await inspector.send('Performance.getMetrics')
  await inspector.detach()
  return metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20
}

/** Of the files of the page, those that showing the Providers page took. */
async function loadedBytes(page) {
  const names = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
  const files = new Set(names.map((name) => new URL(name).pathname.slice(1)))
  return [...built.files].reduce((sum, [name, bytes]) => sum + (files.has(name) ? bytes : 0), 0)
}

async function startList(count) {
  const data = Array.from({ length: count }, (_, number) => ({
    id: `vendor/model-${number}`,
    object: 'model',
    created: 1,
  }))
  const body = JSON.stringify({ object: 'list', data })
  const models = http.createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  )
  models.listen(0, '127.0.0.1')
  await once(models, 'listening')
  return {
    url: `http://127.0.0.1:${models.address().port}/v1`,
    close() {
      models.close()
      models.closeAllConnections()
    },
  }
}
