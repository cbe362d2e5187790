import path from 'node:path'
import { commands, l10n, type Memento, Uri, window, workspace } from 'vscode'
import type * as z from 'zod'
import type { Params } from '../../protocol/contract.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ItemRequest } from '../../protocol/resultQueries.ts'
import { ResultsLayout, type resultsCommands } from '../../protocol/resultsPage.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { hintCommand } from '../describe/describeRun.ts'
import { describeReason } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { mayCorrect } from '../inFile/middleware.ts'
import { rewrite } from '../runs/resultsFile.ts'
import { askAbout } from '../threads/askAbout.ts'
import { buildSimilar } from './buildSimilar.ts'
import { openAtLine } from './openAtLine.ts'

export interface ResultsCommandParts {
  lifetime: ServerLifetime
  /** Of the workspace. */
  workspaceState: Memento
  panels: Pick<Panels, 'openConversations'>
  notifier: Pick<Notifier, 'runAction'>
}

const layoutKey = 'llmProviders.resultsLayout'

type Table = typeof resultsCommands
type Name = keyof Table
type Handlers = {
  [Each in Name]: (args: z.output<Table[Each]['args']>) => Promise<z.output<Table[Each]['result']>>
}

/** What the results' page may ask of the editor, carried out; the bridge has checked the args. */
export function createResultsCommands({ lifetime, workspaceState, panels, notifier }: ResultsCommandParts) {
  const run = async (id: `llmProviders.${string}`, ...args: unknown[]): Promise<null> => {
    await commands.executeCommand(id, ...args)
    return null
  }
  /** Null: the server is not there, which the page shows by itself. */
  const withServer = async <Value>(act: (api: Api) => Promise<Value>): Promise<Value | null> => {
    const api = await lifetime.connect()
    return api ? await act(api) : null
  }
  const handlers: Handlers = {
    openItem: (item) => withServer((api) => openItem(api, item)),
    whyNotCorrected: (item) => withServer((api) => whyNotCorrected(api, item)),
    saveCorrection: ({ runId, id, inputHash, ...said }) =>
      withServer((api) => saveCorrection(api, { runId, id, inputHash }, said)),
    removeCorrection: (item) => withServer((api) => removeCorrection(api, item)),
    exportResults: (wanted) => withServer((api) => exportResults(api, wanted)),
    askAbout: (about) => withServer((api) => askAboutResults(api, about, panels)),
    actOnHint: ({ runId, action }) => run(...hintCommand(action, runId)),
    changeCategories: ({ runId }) => run('llmProviders.changeCategories', runId),
    learnModel: ({ runId }) => run('llmProviders.learnModel', runId),
    openResultsFile: ({ runId }) => run('llmProviders.openResultsFile', runId),
    readLayout: async () => ResultsLayout.safeParse(workspaceState.get(layoutKey)).data ?? null,
    async keepLayout(layout) {
      await workspaceState.update(layoutKey, layout)
      return null
    },
    writeResultsFile: ({ runId }) => withServer((api) => writeResultsFile(api, runId)),
    showFrontMatter: ({ runId }) => run('llmProviders.showFrontMatter', runId),
    buildSimilar: ({ runId }) => withServer((api) => buildSimilar(api, runId)),
    pauseRun: ({ runId }) => run('llmProviders.pauseRun', runId),
    cancelRun: ({ runId }) => run('llmProviders.cancelRun', runId),
    resumeRun: ({ runId }) => run('llmProviders.resumeRun', runId),
    removeRun: ({ runId }) => run('llmProviders.removeRun', runId),
    actOn: async ({ reason }) => {
      await notifier.runAction(reason)
      return null
    },
    restartServer: () => run('llmProviders.restartServer'),
    showLog: () => run('llmProviders.showLog'),
  }
  return (name: Name, args: unknown): Promise<unknown> =>
    // One name, one schema, one handler: the table's type says so, and the bridge has parsed by it.
    handlers[name](args as never)
}

async function openItem(api: Api, item: z.output<Table['openItem']['args']>): Promise<string | null> {
  const place = await api.request('run/locate', item)
  return place.ok ? await openAtLine(place.value.path, place.value.line) : describeReason(place.reason)
}

async function askAboutResults(
  api: Api,
  about: z.output<Table['askAbout']['args']>,
  panels: ResultsCommandParts['panels'],
): Promise<string | null> {
  const begun = await askAbout(api, { kind: 'run', ...about }, panels)
  return begun.ok ? null : describeReason(begun.reason)
}

async function exportResults(
  api: Api,
  { runId, format, withSource, filter, sort }: z.output<Table['exportResults']['args']>,
): Promise<string | null> {
  const view = await api.request('run/get', { runId })
  if (!view.ok) return describeReason(view.reason)
  const proposed = proposedTarget(view.value, withSource ? 'with-results.csv' : `export.${endingOf(format)}`)
  const target = await window.showSaveDialog({
    title: l10n.t('Export results'),
    ...(proposed && { defaultUri: proposed }),
    filters: { [formatTitle(format)]: [endingOf(format)] },
  })
  if (!target) return null
  const written = await api.request('run/export', { runId, path: target.fsPath, format, withSource, filter, sort })
  if (!written.ok) return describeReason(written.reason)
  await commands.executeCommand('vscode.open', target)
  return null
}

/** Beside the results file of the run, else in the folder that is open. */
function proposedTarget(run: { source: string; resultsPath: string | null }, ending: string): Uri | undefined {
  const folder = run.resultsPath ? path.dirname(run.resultsPath) : workspace.workspaceFolders?.[0]?.uri.fsPath
  if (folder === undefined) return undefined
  const name = path.basename(run.source).replace(/\.[^.]*$/, '') || 'results'
  return Uri.file(path.join(folder, `${name}.${ending}`))
}

async function writeResultsFile(api: Api, runId: string): Promise<string | null> {
  const view = await api.request('run/get', { runId })
  if (!view.ok) return describeReason(view.reason)
  const written = await rewrite(api, view.value)
  return written === null || written.ok ? null : describeReason(written.reason)
}

function endingOf(format: ResultFormat): string {
  return format === 'markdown' ? 'md' : format
}

function formatTitle(format: ResultFormat): string {
  switch (format) {
    case 'jsonl':
      return 'JSON Lines'
    case 'csv':
      return 'CSV'
    case 'json':
      return 'JSON'
    case 'sarif':
      return 'SARIF'
    case 'markdown':
      return 'Markdown'
    default:
      return assertNever(format)
  }
}

type Said = Pick<Params<'label/save'>['label'], 'categories' | 'interest' | 'quality' | 'criteria'>

/** Null: what a person says of the result can be kept; else why not, in a sentence. */
async function whyNotCorrected(api: Api, item: ItemRequest): Promise<string | null> {
  const found = await folderOf(api, item)
  return 'why' in found ? found.why : null
}

/** Keeps what a person says of a result, exactly as the correction in the file does. Null: it is kept. */
async function saveCorrection(api: Api, item: ItemRequest, said: Said): Promise<string | null> {
  const found = await folderOf(api, item)
  if ('why' in found) return found.why
  const label = { ...item, ...said }
  const saved = await api.request('label/save', { workspaceFolder: found.folder, label })
  return saved.ok ? null : describeReason(saved.reason)
}

async function removeCorrection(api: Api, item: ItemRequest): Promise<string | null> {
  const found = await folderOf(api, item)
  if ('why' in found) return found.why
  const { inputHash } = item
  const removed = await api.request('label/remove', { workspaceFolder: found.folder, inputHash })
  return removed.ok ? null : describeReason(removed.reason)
}

/** Results show what is said in the folder that their run was started in: only there a correction would be seen. */
async function folderOf(api: Api, item: ItemRequest): Promise<{ folder: string } | { why: string }> {
  const found = await api.request('run/item', item)
  if (!found.ok) return { why: describeReason(found.reason) }
  if (found.value === null) return { why: l10n.t('The run has no such result.') }
  const folder = found.value.workspaceFolder
  if (folder !== null && mayCorrect(Uri.file(folder))) return { folder }
  return {
    why: l10n.t('Corrections are kept in the folder that the run was started in: open it here, and trust it.'),
  }
}
