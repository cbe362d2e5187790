import { commands, env, l10n, Range, Uri, window, workspace } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { baseOfReason, fieldOfReason } from '../../shared/describe/reasonField.ts'
import type { SnapshotStore } from '../connection/snapshot.ts'
import type { CommandId } from './commandTable.ts'

/** Does what the button under a failure says: the reason's one action, as the command that carries it out. */
export function createRunAction(snapshots: SnapshotStore, dataFolder: () => Uri): (reason: Reason) => Promise<void> {
  const run = (id: CommandId, ...args: unknown[]) => commands.executeCommand<void>(id, ...args)
  return async (reason) => {
    const provider = 'provider' in reason ? reason.provider : undefined
    const task = 'task' in reason ? reason.task : undefined
    switch (reason.action.id) {
      case 'setRoute':
        return run('llmProviders.setRoute', task)
      case 'chooseModel':
        return run('llmProviders.setRoute', task, provider)
      case 'addProvider':
        return run('llmProviders.addProvider', provider)
      case 'enableProvider':
        return run('llmProviders.enableProvider', provider)
      case 'editProvider':
        return run('llmProviders.editProvider', provider, fieldOfReason(reason))
      case 'setKey':
        return run('llmProviders.setKey', provider)
      case 'buildKnowledge':
        return run('llmProviders.openSettings', 'knowledge', baseOfReason(reason))
      case 'waitAndRetry':
        return provider === undefined ? showPlaceOf(reason, run) : run('llmProviders.testConnection', provider)
      case 'measureModel':
        return run('llmProviders.evaluateRoutes', reason.code === 'gate_unmet' ? reason : undefined)
      case 'fixConnection':
        return openConnectionSettings(reason)
      case 'checkAccount':
        return openAccountPage(snapshots, provider)
      case 'resumeRun':
        return run('llmProviders.resumeRun')
      case 'widenContext':
        return run('llmProviders.editProvider', provider)
      case 'shortenContent':
      case 'changeContent':
      case 'fixFile':
        return openFileOf(reason)
      case 'chooseSource':
        return chooseOther(run)
      case 'fixGateway':
      case 'list':
        return showPlaceOf(reason, run)
      case 'reload':
      case 'confirm':
        if (reason.code === 'store_read_only') return run('llmProviders.restartServer')
        return snapshots.reload()
      // The sentence says which version is needed; its own update is the server's business.
      case 'updateServer':
      case 'testConnection':
        return run('llmProviders.testConnection', provider)
      case 'updateProduct':
      case 'showHelp':
        return commands.executeCommand('extension.open', 'llm-providers.llm-providers')
      case 'fixFolder':
        return revealFolder(dataFolder())
      // Which place it was, and what is in the way there, stands in the log.
      case 'chooseOutput':
      case 'showLog':
        return run('llmProviders.showLog')
      default:
        return assertNever(reason.action.id)
    }
  }
}

/** Where the things stand that a reason speaks of. */
async function showPlaceOf(reason: Reason, run: (id: CommandId, ...args: unknown[]) => Thenable<void>): Promise<void> {
  switch (subjectOf(reason)) {
    case 'model':
    case 'gateway':
      return run('llmProviders.openSettings', 'models')
    case 'knowledge_base':
      return run('llmProviders.openSettings', 'knowledge', baseOfReason(reason))
    case 'category':
      return run('llmProviders.openSettings', 'categories')
    case 'thread':
    case 'message':
      return run('llmProviders.openConversations')
    case 'route':
      return run('llmProviders.openSettings', 'routes')
    case 'run':
      return commands.executeCommand('llmProviders.runs.focus')
    default:
      return commands.executeCommand('llmProviders.providers.focus')
  }
}

function subjectOf(reason: Reason): string | null {
  switch (reason.code) {
    case 'no_default_model':
      return 'model'
    case 'kb_busy':
      return 'knowledge_base'
    case 'gateway_busy':
    case 'gateway_entry':
    case 'gateway_unusable':
      return 'gateway'
    case 'thread_busy':
      return 'thread'
    default:
      return 'what' in reason ? reason.what : null
  }
}

/** A file that holds nothing is no file to correct: another one is judged. */
async function chooseOther(run: (id: CommandId, ...args: unknown[]) => Thenable<void>): Promise<void> {
  const files = await window.showOpenDialog({ canSelectMany: true, openLabel: l10n.t('Categorize and score') })
  if (files?.[0]) await run('llmProviders.categorizeAndScore', files[0], files)
}

/** Where a key is obtained is where its account is looked after. A kind without such a page shows its provider. */
async function openAccountPage(snapshots: SnapshotStore, provider: string | undefined): Promise<void> {
  const view = snapshots.current?.providers.find((candidate) => candidate.provider === provider)
  const page = snapshots.current?.kinds.find((kind) => kind.kind === view?.kind)?.key.obtainAt
  if (page) await env.openExternal(Uri.parse(page))
  else await commands.executeCommand('llmProviders.providers.focus')
}

/** The editor's own settings of proxies and certificates: calls use them, too. */
async function openConnectionSettings(reason: Reason): Promise<void> {
  const isProxy = reason.code === 'provider_unreachable' && reason.obstacle?.startsWith('proxy_') === true
  await commands.executeCommand('workbench.action.openSettings', isProxy ? 'http.proxy' : 'http.systemCertificates')
}

/** The file manager is where a folder is made writable, and where room is made. An editor in a browser has none: the log names the folder. */
async function revealFolder(folder: Uri): Promise<void> {
  const known = await commands.getCommands(true)
  await (known.includes('revealFileInOS')
    ? commands.executeCommand('revealFileInOS', folder)
    : commands.executeCommand<void>('llmProviders.showLog' satisfies CommandId))
}

/** Opens the file that a reason is about, at its line. */
async function openFileOf(reason: Reason): Promise<void> {
  if (reason.code === 'context_too_long' && reason.remedy === 'shorter_question')
    return commands.executeCommand('llmProviders.openConversations' satisfies CommandId)
  const file = fileOf(reason)
  if (!file) {
    void window.showInformationMessage(l10n.t('See the results: they name the item and what is wrong with it.'))
    return
  }
  const line = Math.max(0, file.line - 1)
  try {
    const document = await workspace.openTextDocument(Uri.file(file.path))
    await window.showTextDocument(document, { selection: new Range(line, 0, line, 0) })
  } catch {
    // A spreadsheet or a database is no text: whatever shows it here, or says that nothing does.
    await commands.executeCommand('vscode.open', Uri.file(file.path))
  }
}

function fileOf(reason: Reason): { path: string; line: number } | null {
  if (reason.code === 'profile_invalid') return { path: reason.file, line: reason.problems[0]?.line ?? 1 }
  if (reason.code === 'policy_denied' && reason.file !== undefined)
    return { path: reason.file, line: reason.problems?.[0]?.line ?? 1 }
  if (reason.code === 'labels_failed') return { path: reason.file, line: 1 }
  if (reason.code === 'source_invalid') return { path: reason.source, line: reason.line ?? 1 }
  return null
}
