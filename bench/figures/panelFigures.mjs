// The settings panel as a person opens it, and how soon the editor hears that a provider is gone.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { openServer, succeed } from '../channel.mjs'
import { keepTrack } from '../processes.mjs'

/** Milliseconds, KB and MB; 50 providers with 2,000 models, opened 50 times. */
export async function measurePanel() {
  const reader = keepTrack(
    fork(path.join(import.meta.dirname, '..', 'panelReader.mjs'), ['50', '40', '50'], {
      execArgv: ['--expose-gc', '--no-warnings'],
    }),
  )
  const exited = once(reader, 'exit').then(() => [null])
  const [figures] = await Promise.race([once(reader, 'message'), exited])
  if (figures === null) throw new Error('the panel ended without figures')
  return figures
}

/**
 * Milliseconds from a provider's end until the server tells that the task is not ready: when something asked the provider at that
 * moment, and when nobody did, so that it takes the clock of the health checks.
 */
export async function measureDeath({ serverFile, scratch }) {
  const [asked, byClock] = await Promise.all([
    timeDeath(serverFile, path.join(scratch, 'death-asked'), true),
    timeDeath(serverFile, path.join(scratch, 'death-unasked'), false),
  ])
  return { asked, byClock }
}

async function timeDeath(serverFile, dataDir, isAsked) {
  mkdirSync(dataDir, { recursive: true })
  const provider = 'mortal'
  const list = await startList()
  const server = await openServer(serverFile, dataDir, {}, { healthChecks: true })
  keepTrack(server.child)
  try {
    const config = { base_url: list.url }
    await succeed(server.call('provider/save', { provider, kind: 'openai-compatible', config }))
    await succeed(server.call('route/save', { task: 'categorization', provider, model: 'small' }))
    await until(server, ({ categorization }) => categorization.ready && categorization.checkedAt !== null)
    list.close()
    const died = performance.now()
    if (isAsked) server.call('provider/test', { provider }).catch(() => {})
    await until(server, ({ categorization }) => !categorization.ready)
    return performance.now() - died
  } finally {
    list.close()
    await server.close()
  }
}

/** Looked at whenever the server says that something changed, as the editor does it. */
async function until(server, isSo) {
  let tell = () => {}
  server.onNotification('status/changed', () => tell())
  for (;;) {
    const news = new Promise((resolve) => {
      tell = resolve
    })
    if (isSo(await succeed(server.call('readiness/read', {})))) return
    await news
  }
}

async function startList() {
  const body = '{"object":"list","data":[{"id":"small","object":"model","created":1}]}'
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
