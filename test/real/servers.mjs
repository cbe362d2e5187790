// Starts real servers on free ports of this machine alone, and ends each by its own process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** `alias`: the name of its model. The port may be given, so that one that was killed comes back where it was. */
export async function startLlamaServer(real, folder, { port, context = 4096 }) {
  const model = ['-m', path.join(real, 'model.gguf'), '--alias', 'smollm2']
  // One thread: two of them wait for each other, and on two cores with other work made 2 tokens a second where one made 80.
  const size = ['-t', '1', '-c', String(context), '-np', '1']
  const place = ['--host', '127.0.0.1', '--port', String(port), '--no-webui']
  const started = startProcess(
    path.join(real, 'llama-server'),
    [...model, ...size, ...place],
    path.join(folder, 'llama-server.log'),
  )
  return await whenReady(started, `http://127.0.0.1:${port}/health`, { name: 'llama-server', seconds: 120 })
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

async function whenReady(server, url, { name, seconds }) {
  const until = Date.now() + seconds * 1000
  while (Date.now() < until && !server.isOver()) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    if (answer?.ok) return server
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await server.stop('SIGKILL')
  throw new Error(`${name} was not ready within ${seconds} s`)
}
