// Starts a program that speaks JSON-RPC over the channel of a forked process, as the editor does.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { serverArguments, serverVariables } from '../client/connection/serverProcess.ts'

const rpc = createRequire(import.meta.url)('vscode-jsonrpc/node')

export function openChannel(file, env = {}) {
  const child = fork(file, ['--node-ipc'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: serverArguments,
    env: { ...process.env, ...serverVariables, ...env },
  })
  const said = []
  child.stderr.on('data', (chunk) => said.push(chunk))
  const connection = rpc.createMessageConnection(new rpc.IPCMessageReader(child), new rpc.IPCMessageWriter(child))
  connection.listen()
  const ended = once(child, 'exit').then(() => {
    // Calls that wait for an answer learn that none will come.
    connection.dispose()
  })
  return {
    child,
    pid: child.pid,
    ended,
    async call(method, params) {
      try {
        return await connection.sendRequest(method, params)
      } catch (error) {
        throw new Error(`${method}: ${error.message}\n${Buffer.concat(said).toString('utf8').slice(-2000)}`)
      }
    },
    notify: (method, params) => connection.sendNotification(method, params),
    onRequest: (method, answer) => connection.onRequest(method, answer),
    onNotification: (method, hear) => connection.onNotification(method, hear),
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A language server that has answered `initialize`. */
export async function openServer(file, dataDir, env, { healthChecks = false } = {}) {
  const channel = openChannel(file, env)
  await channel.call('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: { dataDir, healthChecks },
  })
  const { close } = channel
  channel.close = async (signal) => {
    if (signal === 'SIGKILL') return await close()
    // As the editor does it; what a server does at its end, such as writing a compile cache, belongs to its life.
    await channel.call('shutdown').catch(() => {})
    await channel.notify('exit')
    await Promise.race([channel.ended, pause(3_000, undefined, { ref: false })])
    await close()
  }
  channel.onRequest('secret/read', () => ({ ok: false, reason: { code: 'not_found' } }))
  await channel.notify('initialized', {})
  return channel
}

/** The value of an Outcome; anything else ends the bench, because a figure of a failure is worth nothing. */
export async function succeed(outcome) {
  const answer = await outcome
  if (answer.ok) return answer.value
  throw new Error(`The server refused: ${JSON.stringify(answer.reason)}`)
}
