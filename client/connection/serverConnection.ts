import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import type { LogOutputChannel } from 'vscode'
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node'
import * as z from 'zod'
import {
  type InitializationOptions,
  type Notification,
  notifications,
  requests,
  ServerInfo,
  serverRequests,
} from '../../protocol/contract.ts'
import type { EvaluationProgress } from '../../protocol/evaluation.ts'
import type { PullProgress } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Readiness } from '../../protocol/routing.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { DocumentServer, InFile } from '../inFile/inFile.ts'
import type { Api, ServerProcess } from './api.ts'
import { serverArguments, serverVariables } from './serverProcess.ts'
import { silentTrace } from './silentTrace.ts'

const startDeadlineMs = 20_000
/** Both together stay under two seconds. */
const stopDeadlineMs = 1_500
const exitDeadlineMs = 400

export interface ConnectionOptions {
  /** Absolute path of dist/server.js. */
  module: string
  /** Not the workspace: its files must not decide what a child process finds in its folder. */
  workingFolder: string
  initializationOptions: z.input<typeof InitializationOptions>
  log: LogOutputChannel
  /** Which documents the server gets to see. */
  inFile: Pick<InFile, 'middleware' | 'begin' | 'end'>
  handlers: {
    readSecret(question: { provider: string; origin: string }): Promise<Outcome<{ key: string }>>
    statusChanged(readiness: Readiness): void
    dataChanged(changed: Notification<'data/changed'>): void
    runProgress(run: RunView): void
    pullProgress(progress: PullProgress): void
    evaluationProgress(progress: EvaluationProgress): void
  }
}

/** The library's own pop-ups would tell the same failure a second time; ours name an action. */
class QuietLanguageClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false)
  }
}

/** Starts the server as a child process and answers when `initialize` was answered. Rejects when that fails. */
export async function connectServer(options: ConnectionOptions, onClosed: () => void): Promise<ServerProcess> {
  let isExpected = false
  const client = new QuietLanguageClient(
    'llmProviders',
    'LLM Providers',
    {
      module: options.module,
      transport: TransportKind.ipc,
      options: {
        cwd: options.workingFolder,
        execArgv: serverArguments,
        env: {
          ...serverVariables,
          // Compiled once, read from then on: a third of the start.
          NODE_COMPILE_CACHE: path.join(options.initializationOptions.dataDir, 'compiled'),
        },
      },
    },
    {
      documentSelector: [{ scheme: 'file' }],
      middleware: options.inFile.middleware,
      // What models wrote is in it: nothing of it may act.
      markdown: { isTrusted: false, supportHtml: false },
      outputChannel: options.log,
      traceOutputChannel: silentTrace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: options.initializationOptions,
      // Declared so that a failed start is ours to tell.
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        // One client object lives as long as one process: restarting is the lifetime's business, with its own budget.
        closed: () => {
          options.inFile.end()
          if (!isExpected) onClosed()
          return { action: CloseAction.DoNotRestart, handled: true }
        },
      },
    },
  )
  registerHandlers(client, options.handlers)
  const info = await startInTime(client)
  const child = client.serverProcess
  const api = createApi(client)
  options.inFile.begin(documentServer(client, api))
  return {
    api,
    info,
    pid: child?.pid ?? null,
    async stop() {
      isExpected = true
      options.inFile.end()
      await client.dispose(stopDeadlineMs).catch(() => undefined)
      await exited(child, exitDeadlineMs)
      endProcess(child)
    },
  }
}

/** What the server told of itself in its answer to `initialize`. A process that does not come up properly is ended. */
async function startInTime(client: LanguageClient): Promise<ServerInfo> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not answer in time')), startDeadlineMs)
  })
  try {
    await Promise.race([client.start(), tooLate])
    const told = InitializeAnswer.safeParse(client.initializeResult)
    if (!told.success) throw new Error('it is not the server that belongs to this version')
    return told.data.capabilities.experimental.llmProviders
  } catch (error) {
    endProcess(client.serverProcess)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const InitializeAnswer = z.object({
  capabilities: z.object({ experimental: z.object({ llmProviders: ServerInfo }) }),
})

/** It was told to exit; how it does that is its own business, within the deadline. */
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

function registerHandlers(client: LanguageClient, handlers: ConnectionOptions['handlers']): void {
  client.onRequest<Outcome<{ key: string }>, void>('secret/read', (raw: unknown) =>
    handlers.readSecret(serverRequests['secret/read'].params.parse(raw)),
  )
  client.onNotification('status/changed', (raw) => handlers.statusChanged(notifications['status/changed'].parse(raw)))
  client.onNotification('data/changed', (raw) => handlers.dataChanged(notifications['data/changed'].parse(raw)))
  client.onNotification('run/progress', (raw) => handlers.runProgress(notifications['run/progress'].parse(raw)))
  client.onNotification('model/pullProgress', (raw) =>
    handlers.pullProgress(notifications['model/pullProgress'].parse(raw)),
  )
  client.onNotification('evaluation/progress', (raw) =>
    handlers.evaluationProgress(notifications['evaluation/progress'].parse(raw)),
  )
}
