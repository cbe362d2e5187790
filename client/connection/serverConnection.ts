import type { ChildProcess } from 'node:child_process'
import type { CancellationToken, Disposable, LogOutputChannel, TextDocument } from 'vscode'
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type Middleware,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node'
import * as z from 'zod'
import {
  type InitializationOptions,
  notifications,
  requests,
  ServerInfo,
  serverRequests,
} from '../../protocol/contract.ts'
import type { EditorModel, EditorModelAnswer, EditorModelCall } from '../../protocol/languageModels.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Api, ServerProcess } from './api.ts'
import { networkVariables } from './networkSettings.ts'
import { serverArguments, serverVariables } from './serverProcess.ts'
import type { ServerSignals } from './serverSignals.ts'
import { userSetting } from './settings.ts'
import { silentTrace } from './silentTrace.ts'

const startDeadlineMs = 20_000
/** Both together stay under two seconds. */
const stopDeadlineMs = 1_500
const exitDeadlineMs = 400

/** What a running server takes of documents. */
export interface DocumentServer {
  api: Pick<Api, 'request'>
  open(document: TextDocument): void
  close(document: TextDocument): void
  /** Hints and lenses are asked for again, of all documents by way of any. */
  refresh(document: TextDocument): void
}

/** Decides which documents the server gets to see. */
export interface DocumentFilter {
  middleware: Middleware
  /** A server runs from now on; the last one has forgotten everything. */
  begin(server: DocumentServer): void
  end(): void
}

/** What the editor answers about the models that it has. */
export interface EditorModelAnswers {
  list(question: { provider: string }): Promise<Outcome<{ models: EditorModel[] }>>
  complete(call: EditorModelCall, token: CancellationToken): Promise<Outcome<EditorModelAnswer>>
}

export interface ConnectionOptions {
  /** Absolute path of dist/server.js. */
  module: string
  /** Not the workspace: its files must not decide what a child process finds in its folder. */
  workingFolder: string
  /** What was compiled of the server, for the Node of this editor alone. */
  cacheFolder: string
  initializationOptions: z.input<typeof InitializationOptions>
  log: LogOutputChannel
  documents: DocumentFilter
  signals: ServerSignals
  readSecret(question: { provider: string; origin: string }): Promise<Outcome<{ key: string }>>
  editorModels: EditorModelAnswers
}

/** The library's own pop-ups would show the same failure a second time; ours name an action. */
class QuietLanguageClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false)
  }
}

/** Starts the server as a child process and answers when `initialize` was answered. Rejects when that fails. */
export async function connectServer(options: ConnectionOptions, onClosed: () => void): Promise<ServerProcess> {
  const { documents } = options
  let isExpected = false
  const client = createClient(options, () => {
    documents.end()
    if (!isExpected) onClosed()
  })
  registerHandlers(client, options)
  const info = await startInTime(client)
  const child = client.serverProcess
  const api = createApi(client)
  documents.begin(documentServer(client, api))
  return {
    api,
    info,
    pid: child?.pid ?? null,
    async stop() {
      isExpected = true
      documents.end()
      await client.dispose(stopDeadlineMs).catch(() => undefined)
      await exited(child, exitDeadlineMs)
      endProcess(child)
    },
  }
}

function createClient(options: ConnectionOptions, onClosed: () => void): LanguageClient {
  const { module, workingFolder, cacheFolder, initializationOptions, log, documents } = options
  const env = {
    ...networkVariables(process.env, { get: userSetting }),
    ...serverVariables,
    // Compiled once, read from then on: a third of the start.
    NODE_COMPILE_CACHE: cacheFolder,
  }
  return new QuietLanguageClient(
    'llmProviders',
    'LLM Providers',
    { module, transport: TransportKind.ipc, options: { cwd: workingFolder, execArgv: serverArguments, env } },
    {
      documentSelector: [{ scheme: 'file' }],
      middleware: documents.middleware,
      // What models wrote is in it: nothing of it may act.
      markdown: { isTrusted: false, supportHtml: false },
      outputChannel: log,
      traceOutputChannel: silentTrace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      // Declared so that a failed start is reported by us.
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        // One client object lives as long as one process: restarting is the lifetime's business, with its own budget.
        closed: () => {
          onClosed()
          return { action: CloseAction.DoNotRestart, handled: true }
        },
      },
    },
  )
}

/** What the server says of itself in its answer to `initialize`. A process that does not come up properly is ended. */
async function startInTime(client: LanguageClient): Promise<ServerInfo> {
  let timer: NodeJS.Timeout | undefined
  let moving: Disposable | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not answer in time')), startDeadlineMs)
    // A large store takes minutes to move: as long as it says so, it is not late.
    moving = client.onNotification('store/moving', () => void timer?.refresh())
  })
  try {
    await Promise.race([client.start(), tooLate])
    const answer = InitializeAnswer.safeParse(client.initializeResult)
    if (!answer.success) throw new Error('it is not the server that belongs to this version')
    return answer.data.capabilities.experimental.llmProviders
  } catch (error) {
    endProcess(client.serverProcess)
    throw error
  } finally {
    clearTimeout(timer)
    moving?.dispose()
  }
}

const InitializeAnswer = z.object({
  capabilities: z.object({ experimental: z.object({ llmProviders: ServerInfo }) }),
})

/** It was asked to exit; how it does that is its own business, within the deadline. */
async function exited(child: ChildProcess | undefined, deadlineMs: number): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, deadlineMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function endProcess(child: ChildProcess | undefined): void {
  if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

function createApi(client: LanguageClient): Api {
  return {
    async request(name, params, token) {
      // A token that is undefined would be sent as a second parameter.
      const raw: unknown = await client.sendRequest(name, params ?? {}, ...(token ? [token] : []))
      // The edge: what came over the wire is checked once, here.
      return requests[name].result.parse(raw) as never
    },
    notify: (name, params) => client.sendNotification(name, params),
  }
}

function documentServer(client: LanguageClient, api: Api): DocumentServer {
  const { code2ProtocolConverter: convert } = client
  const send = (method: string, params: object) => void client.sendNotification(method, params).catch(() => undefined)
  return {
    api,
    open: (document) => send('textDocument/didOpen', convert.asOpenTextDocumentParams(document)),
    close: (document) => send('textDocument/didClose', convert.asCloseTextDocumentParams(document)),
    refresh(document) {
      client.getFeature('textDocument/inlayHint').getProvider(document)?.onDidChangeInlayHints.fire()
      client.getFeature('textDocument/codeLens').getProvider(document)?.onDidChangeCodeLensEmitter.fire()
    },
  }
}

function registerHandlers(client: LanguageClient, { readSecret, editorModels, signals }: ConnectionOptions): void {
  client.onRequest<Outcome<{ key: string }>, void>('secret/read', (raw: unknown) =>
    readSecret(serverRequests['secret/read'].params.parse(raw)),
  )
  const { 'lm/list': listing, 'lm/complete': completing } = serverRequests
  client.onRequest<Outcome<{ models: EditorModel[] }>, void>('lm/list', (raw: unknown) =>
    editorModels.list(listing.params.parse(raw)),
  )
  client.onRequest<Outcome<EditorModelAnswer>, void>('lm/complete', (raw: unknown, token) =>
    editorModels.complete(completing.params.parse(raw), token),
  )
  client.onNotification('status/changed', (raw) => signals.readiness.fire(notifications['status/changed'].parse(raw)))
  client.onNotification('data/changed', (raw) => signals.data.fire(notifications['data/changed'].parse(raw)))
  client.onNotification('run/progress', (raw) => signals.runs.fire(notifications['run/progress'].parse(raw)))
  client.onNotification('thread/delta', (raw) => signals.deltas.fire(notifications['thread/delta'].parse(raw)))
  client.onNotification('chat/delta', (raw) => signals.chats.fire(notifications['chat/delta'].parse(raw)))
  client.onNotification('model/pullProgress', (raw) =>
    signals.pulls.fire(notifications['model/pullProgress'].parse(raw)),
  )
  client.onNotification('kb/progress', (raw) => signals.knowledge.fire(notifications['kb/progress'].parse(raw)))
  client.onNotification('evaluation/progress', (raw) =>
    signals.evaluations.fire(notifications['evaluation/progress'].parse(raw)),
  )
}
