import { commands, type LogOutputChannel, l10n, Uri, window, workspace } from 'vscode'
import type { PageCommandArgs, PageCommandName, PageCommandResult } from '../../protocol/page.ts'
import { fail } from '../../shared/fail.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { keepsKeyHere } from '../describe/describeProvider.ts'
import { describeReason } from '../describe/language.ts'
import { askKey, describeKeyProblem } from '../keys/askKey.ts'

export interface PanelCommandParts {
  lifetime: ServerLifetime
  secrets: Secrets
  log: LogOutputChannel
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
  const handlers: Handlers = {
    setKey: ({ provider }) => setKey(provider, parts),
    clearKey: ({ provider }) => clearKey(provider, parts),
    keyEnding: ({ provider }) => parts.secrets.endingOf(provider),
    testWithKey: (values) => testWithKey(values, parts),
    resumeRun: ({ runId }) => run('llmProviders.resumeRun', runId),
    openResults: ({ runId }) => run('llmProviders.openResults', runId),
    exportAudit: () => run('llmProviders.exportAudit'),
    workspaceProfile: () => findWorkspaceProfile(parts.lifetime),
    openWorkspaceProfile: () => openWorkspaceProfile(parts.lifetime),
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

async function clearKey(provider: string, { lifetime, secrets }: PanelCommandParts): Promise<boolean> {
  if ((await secrets.boundTo(provider)) === null) return false
  await secrets.remove(provider)
  const api = await lifetime.connect()
  await api?.notify('secret/changed', { provider })
  return true
}

async function testWithKey(
  values: PageCommandArgs<'testWithKey'>,
  { lifetime }: PanelCommandParts,
): Promise<PageCommandResult<'testWithKey'>> {
  const key = await window.showInputBox({
    title: l10n.t('Key for this test'),
    prompt: l10n.t('Used for this one test and kept nowhere.'),
    password: true,
    ignoreFocusOut: true,
    validateInput: (typed) => describeKeyProblem(typed),
  })
  if (key === undefined) return null
  const api = await lifetime.connect()
  if (!api) return fail({ code: 'internal_error', detail: l10n.t('the background server is not running') })
  return await api.request('provider/test', { ...values, key: key.trim() })
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
