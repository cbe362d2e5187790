import { PassThrough } from 'node:stream'
import {
  createMessageConnection,
  type MessageConnection,
  NullLogger,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { createConnection } from 'vscode-languageserver/node'
import * as z from 'zod'
import { type InitializationOptions, ServerInfo, serverRequests } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { Reason } from '../../protocol/reasons.ts'
import { startServer } from '../../server/server.ts'
import { createClient } from '../invocation/client.ts'
import type { Host } from '../invocation/invocation.ts'
import type { KeyStore } from '../keys/keyStore.ts'

/** Starts the server in this process and talks to it as every client does: JSON-RPC, over a pair of streams. */
export async function hostServer(
  dataDir: string,
  variables: Readonly<Record<string, string | undefined>>,
  keys: KeyStore,
  onLog: (text: string) => void,
): Promise<Outcome<Host>> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()]
  const serverSide = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient))
  const server = startServer(serverSide, { variables })
  serverSide.listen()
  const connection = createMessageConnection(
    new StreamMessageReader(toClient),
    new StreamMessageWriter(toServer),
    NullLogger,
  )
  answerServer(connection, keys, onLog)
  connection.listen()

  async function stop(): Promise<void> {
    await server.stop()
    connection.dispose()
    toServer.destroy()
    toClient.destroy()
  }

  const info = await initialize(connection, { dataDir, surface: 'terminal', healthChecks: false })
  if (info.ok) return succeed({ client: createClient(connection), info: info.value, stop })
  await stop()
  return info
}

function answerServer(connection: MessageConnection, keys: KeyStore, onLog: (text: string) => void): void {
  // Only for keys that are kept here: a key of an environment variable is read by the server itself.
  connection.onRequest('secret/read', (params: unknown): Promise<unknown> => {
    const { provider, origin } = serverRequests['secret/read'].params.parse(params)
    return keys.read(provider, origin)
  })
  connection.onNotification('window/logMessage', (params: unknown) => {
    const parsed = logMessage.safeParse(params)
    if (parsed.success) onLog(parsed.data.message)
  })
}

const logMessage = z.object({ message: z.string() })

async function initialize(connection: MessageConnection, options: InitializationOptions): Promise<Outcome<ServerInfo>> {
  try {
    // No process id: the server would begin to watch whether we are alive, and we are the same process.
    const params = { processId: null, rootUri: null, capabilities: {}, initializationOptions: options }
    const answer = await connection.sendRequest('initialize', params)
    await connection.sendNotification('initialized', {})
    return succeed(initializeResult.parse(answer).capabilities.experimental.llmProviders)
  } catch (error) {
    // The server exists but cannot open its data: the reason travels in the error.
    const refusal = error instanceof ResponseError ? initializeError.safeParse(error.data) : null
    if (refusal?.success) return { ok: false, reason: refusal.data.reason }
    throw error
  }
}

const initializeResult = z.object({
  capabilities: z.object({ experimental: z.object({ llmProviders: ServerInfo }) }),
})
const initializeError = z.object({ reason: Reason })
