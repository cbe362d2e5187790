// What a capability probe of each kind sends: as it is told beforehand, and as it went over the wire to a server that holds its models
// to schemas and to one that ignores them.
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { startFakeModelServer } from '../../test/support/providers/fakeModelServer.ts'
import { networkKinds } from '../../test/support/providers/networkKinds.ts'
import { openServer, succeed } from '../channel.mjs'

const model = 'small'
const key = 'FAKE_KEY'

export async function measureProbes({ serverFile, scratch }) {
  const models = await startFakeModelServer({ models: [model] })
  const front = await startFront(models.origin)
  const dataDir = path.join(scratch, 'probes')
  mkdirSync(dataDir, { recursive: true })
  const server = await openServer(serverFile, dataDir, { [key]: 'sk-fake-0123456789' })
  try {
    const rows = []
    for (const { kind, config } of networkKinds) {
      const fields = { ...config('127.0.0.1', front.port), ...(kind === 'ollama' ? {} : { key_env: key }) }
      await succeed(server.call('provider/save', { provider: kind, kind, config: fields }))
      const asked = { provider: kind, model, type: 'generation', probe: true }
      const plan = await succeed(server.call('model/describeTest', asked))
      models.decide(() => undefined)
      const held = await front.count(() => succeed(server.call('model/test', asked)))
      models.decide(() => ({ value: { colour: 'blue' } }))
      const ignored = await front.count(() => succeed(server.call('model/test', asked)))
      rows.push({ kind, plan, held, ignored })
    }
    return rows
  } finally {
    await server.close()
    await Promise.all([front.close(), models.close()])
  }
}

/** Every kind has paths of its own; behind them is one server. Counts calls of the model and what they carry. */
async function startFront(origin) {
  let counted = { calls: 0, sent: 0, got: 0 }
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin)
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const target = chatPathOf(pathname)
    if (target === null) return answerList(pathname, response)
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(`${origin}${target}`, { method: 'POST', headers, body })
    const text = await answer.text()
    counted = { calls: counted.calls + 1, sent: counted.sent + body.length, got: counted.got + text.length }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
    response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    async count(work) {
      counted = { calls: 0, sent: 0, got: 0 }
      await work()
      return counted
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function chatPathOf(pathname) {
  if (pathname.endsWith('/chat/completions')) return '/v1/chat/completions'
  return ['/v1/messages', '/api/chat'].includes(pathname) ? pathname : null
}

/** One list in the shapes of all kinds at once: each reads its own. */
function answerList(pathname, response) {
  const listed = { id: model, name: model, model, object: 'model', display_name: model, owned_by: 'bench' }
  const google = { ...listed, supportedGenerationMethods: ['generateContent'], endpoints: ['chat'] }
  const body =
    pathname === '/api/version' ? { version: '0.12.0' } : { data: [listed], models: [google], has_more: false }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
