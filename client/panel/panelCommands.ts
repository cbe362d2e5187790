import { CancellationTokenSource, commands, type LogOutputChannel, l10n, Uri, window, workspace } from 'vscode'
import { keyHolderOf } from '../../protocol/names.ts'
import type { PageCommandArgs, PageCommandName, PageCommandResult } from '../../protocol/page.ts'
import type { KindInfo } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { keepsKeyHere } from '../describe/describeProvider.ts'
import { describeReason } from '../describe/language.ts'
import type { Panels } from '../forms/panels.ts'
import { askKey, typeKey } from '../keys/askKey.ts'
import { PendingKey } from '../keys/pendingKey.ts'
import { createKnowledgeCommands } from './knowledgeCommands.ts'

export interface PanelCommandParts {
  lifetime: ServerLifetime
  secrets: Secrets
  log: LogOutputChannel
  panels: Pick<Panels, 'openConversations'>
  now(): number
}

type Handlers = {
  [Name in PageCommandName]: (args: PageCommandArgs<Name>, signal: AbortSignal) => Promise<PageCommandResult<Name>>
}

/** What a page may ask of the editor, carried out; the bridge has checked the args. */
export function createPanelCommands(parts: PanelCommandParts) {
  const run = async (id: `llmProviders.${string}`, ...args: unknown[]): Promise<null> => {
    await commands.executeCommand(id, ...args)
    return null
  }
  const pending = new PendingKey()
  const handlers: Handlers = {
    evaluate: (candidate) => run('llmProviders.evaluateRoutes', candidate),
    setKey: ({ provider }) => setKey(provider, parts),
    clearKey: ({ provider }) => clearKey(provider, parts),
    setGatewayKey: ({ gateway }) => setGatewayKey(gateway, parts),
    async forgetGatewayKey({ gateway }) {
      await parts.secrets.remove(keyHolderOf(gateway))
      return null
    },
    keyEnding: ({ provider }) => parts.secrets.endingOf(provider),
    testWithKey: (values) => testWithKey(values, parts),
    pasteKey: ({ origin }) => pasteKey(origin, pending, parts),
    testDraft: (values, signal) => testDraft(values, pending, parts, signal),
    keepKey: ({ provider }) => keepKey(provider, pending, parts),
    async forgetKey() {
      pending.forget()
      return null
    },
    resumeRun: ({ runId }) => run('llmProviders.resumeRun', runId),
    openResults: ({ runId }) => run('llmProviders.openResults', runId),
    exportAudit: () => run('llmProviders.exportAudit'),
    workspaceProfile: () => findWorkspaceProfile(parts.lifetime),
    openWorkspaceProfile: () => openWorkspaceProfile(parts.lifetime),
    ...createKnowledgeCommands(parts),
    restartServer: () => run('llmProviders.restartServer'),
    showLog: () => run('llmProviders.showLog'),
    async showHelp() {
      await commands.executeCommand('extension.open', 'llm-providers.llm-providers')
      return null
    },
  }
  return (name: PageCommandName, args: unknown, signal: AbortSignal): Promise<unknown> =>
    // One name, one schema, one handler: the table's type says so, and the bridge has parsed by it.
    handlers[name](args as never, signal)
}

/** The server's own word on a provider: the page's may be old. */
async function findProvider(api: Api, provider: string) {
  const [view, kinds] = await Promise.all([
    api.request('provider/get', { provider }),
    api.request('provider/kinds', {}),
  ])
  if (!view.ok || !kinds.ok) return null
  const kind = kinds.value.find((candidate) => candidate.kind === view.value.kind)
  return kind && { view: view.value, kind }
}

async function setKey(provider: string, { lifetime, secrets }: PanelCommandParts): Promise<boolean> {
  const api = await lifetime.connect()
  const found = api && (await findProvider(api, provider))
  if (!api || !found || !keepsKeyHere(found.view, found.kind)) return false
  return await askKey(api, found.view, found.kind, secrets)
}

/** The origin is the server's own word: the page's may be old. */
async function setGatewayKey(gateway: string, { lifetime, secrets }: PanelCommandParts): Promise<boolean> {
  const api = await lifetime.connect()
  const gateways = await api?.request('gateway/list', {})
  const row = gateways?.ok ? gateways.value.find((each) => each.gateway === gateway) : undefined
  if (!api || !row) return false
  const { origin } = new URL(row.url)
  const key = await typeKey({
    title: l10n.t('Admin key of the gateway "{0}"', gateway),
    prompt: l10n.t('Kept in the editor’s secret store and sent to {0} only.', origin),
  })
  if (key === undefined) return false
  await secrets.store(keyHolderOf(gateway), key, origin)
  await api.notify('secret/changed', { provider: keyHolderOf(gateway) })
  return true
}

async function clearKey(provider: string, { lifetime, secrets }: PanelCommandParts): Promise<boolean> {
  if ((await secrets.boundTo(provider)) === null) return false
  await secrets.remove(provider)
  const api = await lifetime.connect()
  await api?.notify('secret/changed', { provider })
  return true
}

type Tested = PageCommandResult<'testDraft'>

async function testWithKey(
  values: PageCommandArgs<'testWithKey'>,
  { lifetime }: PanelCommandParts,
): Promise<PageCommandResult<'testWithKey'>> {
  const key = await typeKey({
    title: l10n.t('Key for this test'),
    prompt: l10n.t('Used for this one test and kept nowhere.'),
  })
  if (key === undefined) return null
  const api = await lifetime.connect()
  return api ? await api.request('provider/test', { ...values, key }) : serverDown()
}

function serverDown(): { ok: false; reason: Reason } {
  return fail({ code: 'internal_error', detail: l10n.t('the background server is not running') })
}

async function pasteKey(
  origin: string | null,
  pending: PendingKey,
  { lifetime }: PanelCommandParts,
): Promise<PageCommandResult<'pasteKey'>> {
  const api = await lifetime.connect()
  const kinds = await api?.request('provider/kinds', {})
  return kinds?.ok ? await pending.ask(kinds.value, origin) : null
}

/** With the pending key where it may go there; where it may not, that is said as of a stored one. */
async function testDraft(
  values: PageCommandArgs<'testDraft'>,
  pending: PendingKey,
  { lifetime }: PanelCommandParts,
  signal: AbortSignal,
): Promise<Tested> {
  const api = await lifetime.connect()
  if (!api) return serverDown()
  const kinds = await api.request('provider/kinds', {})
  if (!kinds.ok) return kinds
  const origin = originOfDraft(values, kinds.value)
  const key = origin === null ? null : pending.for(origin, kinds.value)
  if (key !== null && typeof key !== 'string' && origin !== null) {
    const { elsewhere: boundTo } = key
    return fail({ code: 'secret_missing', provider: 'unsaved', source: 'secret_store', boundTo, origin })
  }
  const source = new CancellationTokenSource()
  signal.addEventListener('abort', () => source.cancel(), { once: true })
  const draft = typeof key === 'string' ? { ...values, key } : values
  return await api.request('provider/test', draft, source.token).finally(() => source.dispose())
}

/** Where the values lead, as far as a key is concerned: kinds with a port of its own take none. */
function originOfDraft({ kind, config }: PageCommandArgs<'testDraft'>, kinds: readonly KindInfo[]): string | null {
  const written = config.base_url ?? kinds.find((each) => each.kind === kind)?.defaultEndpoint
  return typeof written === 'string' && URL.canParse(written) ? new URL(written).origin : null
}

async function keepKey(
  provider: string,
  pending: PendingKey,
  { lifetime, secrets }: PanelCommandParts,
): Promise<boolean> {
  const api = await lifetime.connect()
  const kinds = await api?.request('provider/kinds', {})
  const view = await api?.request('provider/get', { provider })
  if (!api || !kinds?.ok || !view?.ok || view.value.endpoint === null) return false
  const { origin } = new URL(view.value.endpoint)
  if (!(await pending.keep(secrets, provider, origin, kinds.value))) return false
  await api.notify('secret/changed', { provider })
  return true
}

/** The first folder's profile file; in Restricted Mode it has no say, and so there is none. */
async function findWorkspaceProfile(lifetime: ServerLifetime): Promise<PageCommandResult<'workspaceProfile'>> {
  const api = workspace.isTrusted ? await lifetime.connect() : null
  if (!api) return null
  for (const { uri } of workspace.workspaceFolders ?? []) {
    if (uri.scheme !== 'file') continue
    const read = await api.request('profile/read', { workspaceFolder: uri.fsPath })
    if (!read.ok && read.reason.code === 'profile_invalid')
      return { path: read.reason.file, problem: describeReason(read.reason) }
    if (read.ok && read.value.from.origin === 'workspace') return { path: read.value.from.name ?? '', problem: null }
  }
  return null
}

async function openWorkspaceProfile(lifetime: ServerLifetime): Promise<null> {
  const found = await findWorkspaceProfile(lifetime)
  if (found) await window.showTextDocument(Uri.file(found.path))
  return null
}
