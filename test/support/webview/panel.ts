import type { Browser, Page } from 'playwright-core'
import { CancellationTokenSource } from 'vscode-jsonrpc'
import { Bridge, type BridgeParts } from '../../../client/panel/bridge.ts'
import { requests } from '../../../protocol/contract.ts'
import type { TestPlan } from '../../../protocol/models.ts'
import { succeed } from '../../../protocol/outcome.ts'
import {
  type PageCommandArgs,
  type PageCommandName,
  type PageEvent,
  type Place,
  type ServerCondition,
  settingsTalk,
  type Words,
} from '../../../protocol/page.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import { type ResultsPlace, resultsTalk } from '../../../protocol/resultsPage.ts'
import { type SetupPlace, setupTalk } from '../../../protocol/setupPage.ts'
import { type ThreadsPlace, threadsTalk } from '../../../protocol/threadsPage.ts'
import { fail } from '../../../shared/fail.ts'
import { startTestServer, type TestServer } from '../protocol/testServer.ts'
import type { BuiltPage } from './builtPage.ts'
import { type ThemeName, themeScript } from './themes.ts'
import { takeWindow, type WindowOptions } from './windows.ts'

/** What the editor would do when the page asks for it. Absent: `null`, as if it had been done. */
export type EditorCommands = {
  [Name in PageCommandName]?: (args: PageCommandArgs<Name>) => Promise<unknown> | unknown
}

type AnyCommands = Record<string, ((args: never) => Promise<unknown> | unknown) | undefined>

/** A panel that is not the settings panel, and where it is to be; null: where it was. */
interface PanelOptionsAt<At> extends Omit<PanelOptions, 'commands' | 'place'> {
  commands?: AnyCommands
  at: At | null
}

/** The results panel, at a run. */
export type ResultsOptions = PanelOptionsAt<ResultsPlace>

export interface PanelOptions {
  theme?: ThemeName
  width?: number
  height?: number
  commands?: EditorCommands
  place?: Place
  /** Kinds that the server does not have, as it would tell them. */
  inventedKinds?: readonly KindInfo[]
  /** Of the editor. Absent: English. */
  language?: string
  words?: Words
  /** Of the browser: forced colours, zoom. A window with any of them is the panel's own. */
  browser?: WindowOptions
  /** What a server elsewhere would answer: a loopback one costs nothing, so nothing is asked before it is used. */
  inventedPlan?: TestPlan
  /** Awaited before an answer reaches the page: a server that takes its time. */
  beforeAnswer?: (method: string) => Promise<void> | void
  /** The bridge's clock, in milliseconds. Absent: the machine's. */
  monotonicNow?: () => number
  /** Its own server begins with the categories of a news reader. */
  newsCategories?: boolean
  /** A server with what is in it already; absent: a fresh one of its own. */
  server?: TestServer
}

export interface Panel {
  page: Page
  server: TestServer
  bridge: Bridge<Place> | Bridge<ResultsPlace> | Bridge<SetupPlace> | Bridge<ThreadsPlace>
  /** Keys of the editor's secret store, by provider: each with the origin it was entered for. */
  keys: Map<string, { key: string; origin: string }>
  /** Every message from page to host, and from host to page, as it was. */
  sent: unknown[]
  received: unknown[]
  /** What the host wrote into its log, and what the browser wrote into its console. */
  log: string[]
  /** What the page may not do and tried to do, errors that nobody caught. */
  troubles: string[]
  sendServerState(condition: ServerCondition): void
  /** As when the panel was hidden and is shown again: only what the editor keeps is left. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** The panel's page in a real browser, on the real bridge, on a real server in this process. */
export function openPanel(browser: Browser, built: BuiltPage, options: PanelOptions = {}): Promise<Panel> {
  const panel = { name: 'The settings panel', allowed: settingsTalk, address: built.address }
  return openIn<Place>(browser, panel, options, options.place ?? null)
}

export function openResults(browser: Browser, built: BuiltPage, { at, ...options }: ResultsOptions): Promise<Panel> {
  const panel = { name: 'The results panel', allowed: resultsTalk, address: `${built.address}results` }
  return openIn<ResultsPlace>(browser, panel, options, at)
}

/** The page "What are these?", at a question that the commands answer. */
export function openSetup(
  browser: Browser,
  built: BuiltPage,
  { id, ...options }: Omit<PanelOptions, 'commands' | 'place'> & { id: string; commands: AnyCommands },
): Promise<Panel> {
  const panel = { name: 'The page "What are these?"', allowed: setupTalk, address: `${built.address}setup` }
  return openIn<SetupPlace>(browser, panel, options, { id })
}

/** The page for conversations. What it asks of the editor is answered by `commands`; questions go to the real server. */
export async function openThreads(
  browser: Browser,
  built: BuiltPage,
  { at, commands, ...options }: PanelOptionsAt<ThreadsPlace> & { server: TestServer },
): Promise<Panel> {
  const panel = {
    name: 'The page for conversations',
    allowed: threadsTalk,
    address: `${built.address}threads`,
  }
  const send = (question: never) => options.server.request('thread/send', question)
  return await openIn<ThreadsPlace>(browser, panel, { ...options, commands: { send, ...commands } }, at)
}

async function openIn<At>(
  browser: Browser,
  { name: panelName, allowed, address }: Pick<BridgeParts<At>, 'name' | 'allowed'> & { address: string },
  options: Omit<PanelOptions, 'commands' | 'place'> & { commands?: AnyCommands | EditorCommands },
  firstPlace: At | null,
): Promise<Panel> {
  const server = options.server ?? (await startTestServer({ newsCategories: options.newsCategories ?? false }))
  const keys: Panel['keys'] = new Map()
  const [sent, received, log, troubles]: [unknown[], unknown[], string[], string[]] = [[], [], [], []]
  const { theme = 'dark', width = 900, height = 900 } = options
  const window = await takeWindow(browser, { width, height }, options.browser)
  const { page } = window
  window.listen({
    onError: (error) => troubles.push(String(error)),
    onConsole(text) {
      if (/Content Security Policy/i.test(text)) troubles.push(text)
      else log.push(text)
    },
    onMessage(message) {
      sent.push(message)
      bridge.receive(message)
    },
  })
  let place = firstPlace
  const commands = options.commands as AnyCommands | undefined
  let condition: ServerCondition = { kind: 'running' }
  const bridge = new Bridge({
    name: panelName,
    allowed,
    post(message) {
      received.push(message)
      window.post(message)
    },
    async ask(method, params, signal) {
      if (condition.kind !== 'running') return { kind: 'down' }
      const source = new CancellationTokenSource()
      signal.addEventListener('abort', () => source.cancel(), { once: true })
      const raw: unknown = await server.connection.sendRequest<unknown>(method, params ?? {}, source.token)
      const result = requests[method].result.parse(raw)
      await options.beforeAnswer?.(method)
      const { inventedKinds, inventedPlan } = options
      if (method === 'model/describeTest' && inventedPlan) return { kind: 'answered', result: succeed(inventedPlan) }
      if (method !== 'provider/kinds' || !inventedKinds || !result.ok) return { kind: 'answered', result }
      return { kind: 'answered', result: { ok: true, value: [...(result.value as KindInfo[]), ...inventedKinds] } }
    },
    run: async (name, args) => (await commands?.[name]?.(args as never)) ?? null,
    language: options.language ?? 'en',
    words: options.words ?? null,
    server: () => condition,
    takePlace() {
      const taken = place
      place = null
      return taken
    },
    monotonicNow: options.monotonicNow ?? (() => performance.now()),
    log: (line) => log.push(line),
  })
  for (const name of [
    'data/changed',
    'status/changed',
    'run/progress',
    'model/pullProgress',
    'thread/delta',
    'kb/progress',
  ] as const) {
    server.connection.onNotification(name as string, (params: unknown) => bridge.event({ name, params } as PageEvent))
  }
  server.connection.onRequest('secret/read', (question: { provider: string; origin: string }) =>
    answerSecret(keys, question),
  )
  await window.dress(themeScript(theme))
  const load = async () => void (await page.goto(address))
  await load()
  return {
    ...{ page, server, keys, sent, received, log, troubles },
    bridge: bridge as Panel['bridge'],
    sendServerState(next) {
      condition = next
      bridge.server(next)
    },
    reload: load,
    async close() {
      bridge.dispose()
      await window.release()
      if (!options.server) await server.stop()
    },
  }
}

/** As the editor's secret store answers: only with a key that was entered for this origin. */
function answerSecret(keys: Panel['keys'], { provider, origin }: { provider: string; origin: string }): object {
  const stored = keys.get(provider)
  if (stored?.origin === origin) return succeed({ key: stored.key })
  return fail({ code: 'secret_missing', provider, source: 'secret_store', origin })
}
