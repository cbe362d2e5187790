import {
  type Connection,
  type ConnectionOptions,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  type Message,
  ResponseError,
} from 'vscode-languageserver'
import { clientNotifications, InitializationOptions } from '../protocol/contract.ts'
import { isRecord } from '../shared/isRecord.ts'
import { documentCapabilities } from './documents/documentRequests.ts'
import { cannotInitialize, invalidParams, registerRequests } from './rpc/dispatch.ts'
import { logToClient, messageOf } from './rpc/log.ts'
import { loadSqlite } from './store/sqlite.ts'
import { version } from './version.ts'
import { type ServerEnvironment, type WiredServer, wireServer } from './wiring.ts'

export interface RunningServer {
  /** Interrupts runs so that they can be resumed, finishes what is being saved, and closes every connection. */
  stop(): Promise<void>
}

type Lifetime = { kind: 'waiting' } | { kind: 'opening' } | { kind: 'open'; server: WiredServer } | { kind: 'closed' }

/** Serves the contract on a connection. The caller makes the connection and begins listening. */
export function startServer(connection: Connection, environment: ServerEnvironment): RunningServer {
  let lifetime: Lifetime = { kind: 'waiting' }
  // Compiling SQLite takes as long as the client's first message: both at once. A failure is reported when the store opens.
  loadSqlite().catch(() => {})

  connection.onInitialize(async (params: InitializeParams): Promise<InitializeResult> => {
    if (lifetime.kind !== 'waiting') throw new ResponseError(ErrorCodes.InvalidRequest, 'initialize came before')
    const options = InitializationOptions.safeParse(params.initializationOptions)
    if (!options.success) throw invalidParams('initialize', options.error)
    lifetime = { kind: 'opening' }
    const opened = await wireServer(connection, options.data, environment)
    if (!opened.ok) {
      lifetime = { kind: 'waiting' }
      throw cannotInitialize(opened.reason.message, { reason: opened.reason })
    }
    lifetime = { kind: 'open', server: opened.value }
    const { documents } = options.data
    if (documents) opened.value.serveDocuments(params, documents)
    return {
      capabilities: { ...(documents ? documentCapabilities : {}), experimental: { llmProviders: opened.value.info() } },
      serverInfo: { name: 'llm-providers', version },
    }
  })

  connection.onInitialized(() => {
    if (lifetime.kind === 'open') lifetime.server.begin()
  })

  registerRequests(connection, {
    handlers: () => (lifetime.kind === 'open' ? lifetime.server.handlers : null),
    onBug: (method, error) => logToClient(connection.console, 'error', `${method}: ${stackOf(error)}`),
  })

  connection.onNotification('secret/changed', (params: unknown) => {
    const parsed = clientNotifications['secret/changed'].safeParse(params)
    if (parsed.success && lifetime.kind === 'open') lifetime.server.forgetKey(parsed.data.provider)
  })

  async function stop(): Promise<void> {
    const before = lifetime
    lifetime = { kind: 'closed' }
    if (before.kind === 'open') await before.server.close()
  }
  connection.onShutdown(stop)
  return { stop }
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : messageOf(error)
}

/**
 * vscode-languageserver reads `params.capabilities` of `initialize` before it asks us, and ends as a bug of its own where that is
 * missing. With something to read there the message comes as far as our own check, which answers InvalidParams.
 */
export const initializeOptions: ConnectionOptions = {
  messageStrategy: {
    handleMessage: (message, next) => void next(isInitialize(message) ? withCapabilities(message) : message),
  },
}

type InitializeMessage = Message & { method: 'initialize'; params?: unknown }

function isInitialize(message: Message): message is InitializeMessage {
  return 'method' in message && message.method === 'initialize'
}

function withCapabilities(message: InitializeMessage): Message & { params: object } {
  const params = isRecord(message.params) ? message.params : {}
  const capabilities = isRecord(params.capabilities) ? params.capabilities : {}
  return { ...message, params: { ...params, capabilities } }
}
