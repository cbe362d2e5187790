// Starts real servers on free ports of this machine alone, and ends each by its own process.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request } from 'node:http'
import { createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** The port may be given, so that one that was killed comes back where it was. `decides`: with a model that answers questions, not text. */
export async function startLlamaServer(real, folder, { port, context = 4096, decides = false }) {
  const [file, alias] = decides ? ['decision.gguf', 'decider'] : ['model.gguf', 'smollm2']
  const model = ['-m', path.join(real, file), '--alias', alias]
  // One thread: two of them wait for each other, and on two cores with other work made 2 tokens a second where one made 80.
  const size = ['-t', '1', '-c', String(context), '-np', '1']
  const place = ['--host', '127.0.0.1', '--port', String(port), '--no-webui']
  const started = startProcess(
    path.join(real, 'llama-server'),
    [...model, ...size, ...place],
    path.join(folder, `llama-server-${alias}.log`),
  )
  const name = decides ? 'llama-server with a decision model' : 'llama-server'
  return await whenReady(started, `http://127.0.0.1:${port}/health`, { name, seconds: 120 })
}

export async function startSparrow(real, folder, { port }) {
  const command = path.join(real, 'decision', 'bin', 'sparrow-decider')
  const started = startProcess(command, ['serve', '--port', String(port)], path.join(folder, 'sparrow.log'))
  return await whenReady(started, `http://127.0.0.1:${port}/v1/models`, { name: 'sparrow-decider', seconds: 60 })
}

const jevcompat = (real) => path.join(real, 'decision', 'bin', 'jevcompat')

/** A mock of the protocol, with faults by their names. `key`: it asks for this one. */
export async function startJevcompat(real, folder, { port, faults = [], key }) {
  const words = ['mock', '--port', String(port), ...faults.flatMap((fault) => ['--fault', fault])]
  const started = startProcess(
    jevcompat(real),
    [...words, ...(key === undefined ? [] : ['--key', key])],
    path.join(folder, 'jevcompat.log'),
  )
  // With a fault it may have no list, or want a key for it: any answer will do.
  return await whenReady(started, `http://127.0.0.1:${port}/v1/models`, {
    ...{ name: 'jevcompat', seconds: 60 },
    isReady: () => true,
  })
}

/** The names of all faults that it has. */
export function faultsOf(real) {
  const { stdout } = spawnSync(jevcompat(real), ['mock', '--list-faults'], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0])
    .filter(Boolean)
}

/** Between a client and a server on this machine; remembers the texts that were asked about first, and holds answers back for a while. */
export async function startForwarder(port, slowMs) {
  const asked = []
  const waiting = []
  const server = createHttpServer(async (incoming, outgoing) => {
    const body = await text(incoming)
    const { state, questions } = body === '' ? {} : JSON.parse(body)
    // A second request about a text asks for further categories.
    if (questions?.category) asked.push(state)
    for (const { count, resolve } of waiting) if (asked.length >= count) resolve()
    await new Promise((resolve) => setTimeout(resolve, slowMs))
    const { method, url, headers } = incoming
    const passed = request({ port, host: '127.0.0.1', method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    passed.end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    asked,
    arrived: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export const gatewayKey = 'sk-only-on-this-machine'

/** In front of an OpenAI-like server at `backend`; without a database. */
export async function startLiteLlm(real, folder, { port, backend }) {
  const config = path.join(folder, 'gateway.yaml')
  const params = `{ model: openai/smollm2, api_base: "${backend}", api_key: none }`
  await writeFile(
    config,
    `model_list:\n  - { model_name: smol, litellm_params: ${params} }\ngeneral_settings: { master_key: ${gatewayKey} }\n`,
  )
  const words = ['--config', config, '--host', '127.0.0.1', '--port', String(port)]
  const environment = { LITELLM_LOCAL_MODEL_COST_MAP: 'True' }
  const log = path.join(folder, 'gateway.log')
  const started = startProcess(path.join(real, 'gateway', 'bin', 'litellm'), words, log, environment)
  return await whenReady(started, `http://127.0.0.1:${port}/health/liveliness`, { name: 'LiteLLM', seconds: 240 })
}

function startProcess(command, words, logFile, environment = {}) {
  const log = createWriteStream(logFile)
  const child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log)
  child.stderr.pipe(log)
  const closed = new Promise((resolve) => child.once('close', resolve))
  let isOver = false
  child.once('error', () => {
    isOver = true
  })
  void closed.then(() => {
    isOver = true
  })
  return {
    isOver: () => isOver,
    /** Returns when it is gone. */
    async stop(signal = 'SIGTERM') {
      if (isOver) return
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await closed
      clearTimeout(late)
    },
  }
}

async function whenReady(server, url, { name, seconds, isReady = ({ ok }) => ok }) {
  const until = Date.now() + seconds * 1000
  while (Date.now() < until && !server.isOver()) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    if (answer && isReady(answer)) return server
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await server.stop('SIGKILL')
  throw new Error(`${name} was not ready within ${seconds} s`)
}
