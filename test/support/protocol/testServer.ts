import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import {
  createMessageConnection,
  type MessageConnection,
  NullLogger,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { createConnection } from 'vscode-languageserver/node'
import * as z from 'zod'
import {
  type InitializationOptions,
  type Params,
  type RequestName,
  type Result,
  requests,
  ServerInfo,
} from '../../../protocol/contract.ts'
import { initializeOptions, type RunningServer, startServer } from '../../../server/server.ts'
import type { ServerEnvironment } from '../../../server/wiring.ts'
import { makeNewsStore } from '../store/newsStore.ts'

export interface TestServer {
  /** Its answer to `initialize`; null: it was not asked. */
  info: ServerInfo | null
  /** The client's end of a real JSON-RPC connection. */
  connection: MessageConnection
  /** Bytes for the server, for peers that do not keep to the protocol. */
  toServer: PassThrough
  dataDir: string
  request<Name extends RequestName>(name: Name, params?: Params<Name>): Promise<Result<Name>>
  /** The same data under a new server, as after a restart. */
  stop(): Promise<void>
}

interface TestServerOptions {
  dataDir?: string
  environment?: Partial<ServerEnvironment>
  initialize?: boolean
  /** The store is one of before, with the categories of a news reader. */
  newsCategories?: boolean
  healthChecks?: boolean
  /** More that the client says in `initialize`. */
  initializeWith?: { documents?: object; [param: string]: unknown }
  /** Who asks, and the storage that an editor had of its own. */
  client?: Pick<z.input<typeof InitializationOptions>, 'surface' | 'editor' | 'languageModels'>
  /** Told each line that the server logs. */
  onLog?: (line: string) => void
}

/** A whole server in this process, spoken to through real JSON-RPC over a pair of streams. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'llm-providers-test-')))
  if (options.newsCategories) await makeNewsStore(dataDir)
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  const serverConnection = createConnection(
    new StreamMessageReader(toServer),
    new StreamMessageWriter(toClient),
    initializeOptions,
  )
  const server: RunningServer = startServer(serverConnection, { variables: {}, ...options.environment })
  serverConnection.listen()
  const connection = createMessageConnection(
    new StreamMessageReader(toClient),
    new StreamMessageWriter(toServer),
    NullLogger,
  )
  const { onLog } = options
  let info: ServerInfo | null = null
  if (onLog) connection.onNotification('window/logMessage', ({ message }: { message: string }) => onLog(message))
  connection.listen()
  if (options.initialize !== false) {
    const { documents, ...more } = options.initializeWith ?? {}
    const params = initializeParams(dataDir, options.healthChecks ?? false)
    const initializationOptions = {
      ...params.initializationOptions,
      ...(documents ? { documents } : {}),
      ...options.client,
    }
    const answer = await connection.sendRequest('initialize', { ...params, ...more, initializationOptions })
    info = InitializeAnswer.parse(answer).capabilities.experimental.llmProviders
    await connection.sendNotification('initialized', {})
  }
  let isStopped = false
  return {
    info,
    connection,
    toServer,
    dataDir,
    async request(name, params) {
      const answer = await connection.sendRequest(name, ...(params === undefined ? [] : [params]))
      return requests[name].result.parse(answer) as never
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      await server.stop()
      // The pipes hold nothing but memory, and what is still being written may go into them: nobody reads it.
      connection.dispose()
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export function initializeParams(dataDir: string, healthChecks = false) {
  return { processId: null, rootUri: null, capabilities: {}, initializationOptions: { dataDir, healthChecks } }
}

const InitializeAnswer = z.object({
  capabilities: z.object({ experimental: z.object({ llmProviders: ServerInfo }) }),
})
