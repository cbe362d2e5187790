// What a person waits for who opens the editor while most of what they have connected is dead, and who has connected a lot.
import { once } from 'node:events'
import { cpSync, mkdirSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { openChannel, openServer, succeed } from '../channel.mjs'
import { takeTurns, timed } from '../measure.mjs'

/** From spawn until both tasks are told ready by a check of this start; the nine are being tested at the same time. */
export async function measureStatusWithDeadEndpoints({ serverFile, scratch }) {
  const good = await startList(['small'])
  const dead = await startDeadEndpoints()
  const alone = path.join(scratch, 'status-alone')
  const crowded = path.join(scratch, 'status-crowded')
  await setUp(serverFile, alone, { good: good.url })
  await setUp(serverFile, crowded, { good: good.url, ...dead.urls })
  let round = 0
  const start = (template, tested) => async () => {
    // What the last round found out would be an answer before the first check.
    round += 1
    const dataDir = path.join(scratch, `status-${round}`)
    cpSync(template, dataDir, { recursive: true })
    let server
    const taken = await timed(async () => {
      server = await openServer(serverFile, dataDir, {}, { healthChecks: true })
      for (const provider of tested) server.call('provider/test', { provider }).catch(() => {})
      await untilReady(server)
    })
    await server.close()
    return taken
  }
  try {
    return await takeTurns(7, {
      ours: start(crowded, Object.keys(dead.urls)),
      'the good one alone': start(alone, []),
    })
  } finally {
    await Promise.all([good.close(), dead.close()])
  }
}

async function setUp(serverFile, dataDir, urls) {
  mkdirSync(dataDir, { recursive: true })
  const server = await openServer(serverFile, dataDir)
  for (const [provider, base_url] of Object.entries(urls)) await save(server, provider, base_url)
  const [fallback] = Object.keys(urls).filter((provider) => provider !== 'good')
  const options = fallback ? { fallback: { provider: fallback, model: 'small' } } : {}
  for (const task of ['categorization', 'scoring']) {
    await succeed(server.call('route/save', { task, provider: 'good', model: 'small', options }))
  }
  await server.close()
}

function save(server, provider, base_url) {
  return succeed(server.call('provider/save', { provider, kind: 'openai-compatible', config: { base_url } }))
}

/** Looked at whenever the server says that something changed, as the editor does it. */
async function untilReady(server) {
  let tell = () => {}
  server.onNotification('status/changed', () => tell())
  for (;;) {
    const news = new Promise((resolve) => {
      tell = resolve
    })
    const { categorization, scoring } = await succeed(server.call('readiness/read', {}))
    if ([categorization, scoring].every(({ ready, checkedAt }) => ready && checkedAt !== null)) return
    await news
  }
}

/** Round trip of the whole list, with what is known of each provider and of all their models. */
export async function measureLongList({ serverFile, scratch, peer }) {
  const dataDir = path.join(scratch, 'long-list')
  mkdirSync(dataDir, { recursive: true })
  const list = await startList(Array.from({ length: 40 }, (_, number) => `vendor/some-model-${number}-instruct`))
  const server = await openServer(serverFile, dataDir)
  for (let number = 0; number < 50; number += 1) {
    await save(server, `provider-${number}`, list.url)
    await succeed(server.call('provider/test', { provider: `provider-${number}` }))
  }
  await list.close()
  const answer = await server.call('provider/list', {})
  const models = answer.value.reduce((sum, view) => sum + view.models.models.length, 0)
  if (models < 2000) throw new Error(`There are ${models} models in the list, and not 2,000.`)
  const echo = openChannel(peer('echo'))
  const milliseconds = (channel, method, sent) => async () => {
    const calls = 20
    const taken = await timed(async () => {
      for (let call = 0; call < calls; call += 1) await channel.call(method, sent)
    })
    return taken / calls
  }
  const contestants = {
    ours: milliseconds(server, 'provider/list', {}),
    'echo of the same answer': milliseconds(echo, 'echo', answer),
  }
  await takeTurns(2, contestants)
  const taken = await takeTurns(7, contestants)
  await Promise.all([server.close(), echo.close()])
  return taken
}

async function startList(names) {
  const body = JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model', created: 1 })) })
  const server = http.createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  )
  return { url: `http://127.0.0.1:${await listen(server)}/v1`, close: () => close(server) }
}

/** Nine: four that never answer, three that never end, one that nobody listens on, one name that does not exist. */
async function startDeadEndpoints() {
  const begun = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"object":"list",'
  const sockets = new Set()
  const servers = Array.from({ length: 7 }, (_, number) =>
    net.createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
      socket.once('data', () => number >= 4 && socket.write(begun))
    }),
  )
  const ports = await Promise.all(servers.map(listen))
  const unused = net.createServer()
  const closedPort = await listen(unused)
  await close(unused)
  const urls = [...ports, closedPort].map((port) => `http://127.0.0.1:${port}/v1`)
  return {
    urls: Object.fromEntries([...urls, 'http://nobody.invalid/v1'].map((url, number) => [`dead-${number}`, url])),
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map(close))
    },
  }
}

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

async function close(server) {
  server.close()
  server.closeAllConnections?.()
  await once(server, 'close')
}
