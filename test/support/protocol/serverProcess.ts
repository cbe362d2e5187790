import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  createMessageConnection,
  type MessageConnection,
  NullLogger,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { type Params, type RequestName, type Result, requests } from '../../../protocol/contract.ts'
import { initializeParams } from './testServer.ts'

const main = fileURLToPath(new URL('../../../server/main.ts', import.meta.url))

/** A server as an editor's window has one: a process of its own, which may be killed, or stopped for a while. */
export interface ServerProcess {
  pid: number
  connection: MessageConnection
  request<Name extends RequestName>(name: Name, params?: Params<Name>): Promise<Result<Name>>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Ends it, if it still lives. */
  kill(): Promise<void>
}

export async function startServerProcess(dataDir: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--no-warnings', main, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  child.stdin.on('error', () => undefined)
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
    NullLogger,
  )
  connection.onError(() => undefined)
  connection.listen()
  await connection.sendRequest('initialize', initializeParams(dataDir))
  await connection.sendNotification('initialized', {})
  return {
    pid: child.pid ?? 0,
    connection,
    async request(name, params) {
      const answer = await connection.sendRequest(name, ...(params === undefined ? [] : [params]))
      return requests[name].result.parse(answer) as never
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL')
      await exited
      connection.dispose()
    },
  }
}
