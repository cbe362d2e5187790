import { type Disposable, EventEmitter, l10n, Uri, ViewColumn, window, workspace } from 'vscode'
import type { Result } from '../../protocol/contract.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { SnapshotStore } from '../connection/snapshot.ts'
import { knownModel } from '../describe/describeModel.ts'
import { reasonSentence, taskTitle, tellInstant } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { evaluationText } from '../evaluation/evaluationText.ts'
import type { NamedModel } from '../models/namedModel.ts'
import { findRun } from '../runs/findRun.ts'
import { modelText } from './modelText.ts'
import { resultsText } from './resultsText.ts'
import { routeText } from './routeText.ts'
import { linkRuns } from './runLinks.ts'
import { type UsageGroup, type UsageTable, usageText } from './usageText.ts'

export const resultsScheme = 'llm-providers-results'
export const routeScheme = 'llm-providers-route'
export const modelScheme = 'llm-providers-model'
export const usageScheme = 'llm-providers-usage'
export const evaluationScheme = 'llm-providers-evaluation'
const shownResults = 500
const usageDays = 30
const usageGroups: readonly UsageGroup[] = ['day', 'provider', 'model', 'task']

export interface Documents extends Disposable {
  showResults(run: RunView): Promise<void>
  showRoute(task: Task): Promise<void>
  showModel(named: NamedModel): Promise<void>
  showUsage(): Promise<void>
  showEvaluation(id: string): Promise<void>
}

/** Read-only pages. Their address says what they show, so that they are there again after the window was reloaded. */
export function createDocuments(lifetime: ServerLifetime, snapshots: SnapshotStore, now: () => number): Documents {
  const store = createDisposableStore()
  const changed = store.add(new EventEmitter<Uri>())
  const provide = (scheme: string, read: (api: Api, uri: Uri) => Promise<string>) =>
    store.add(
      workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: changed.event,
        async provideTextDocumentContent(uri) {
          const api = await lifetime.connect()
          return api ? read(api, uri) : l10n.t('The background server is not running.')
        },
      }),
    )
  provide(resultsScheme, (api, uri) => readResults(api, uri.query))
  provide(modelScheme, (_, uri) => readModel(snapshots, uri.query, now()))
  provide(usageScheme, (api) => readUsage(api, now()))
  provide(evaluationScheme, (api, uri) => readEvaluation(api, uri.query))
  store.add(linkRuns(evaluationScheme))
  provide(routeScheme, (api, uri) => readRoute(api, uri.query, now()))

  async function show(uri: Uri): Promise<void> {
    // The page may be open from before: then it is read again.
    changed.fire(uri)
    const document = await workspace.openTextDocument(uri)
    await window.showTextDocument(document, { preview: false, viewColumn: ViewColumn.Active })
  }

  return {
    showResults: (run) => show(resultsAddress(run)),
    showRoute: (task) =>
      show(Uri.from({ scheme: routeScheme, path: `/${l10n.t('Route')} (${taskTitle(task)})`, query: task })),
    showModel: ({ provider, model }) =>
      show(
        Uri.from({
          scheme: modelScheme,
          path: `/${l10n.t('Model')} (${onOneLine(model).replaceAll('/', '_')})`,
          query: `${provider}/${model}`,
        }),
      ),
    showUsage: () => show(Uri.from({ scheme: usageScheme, path: `/${l10n.t('Usage')}` })),
    showEvaluation: (id) =>
      show(Uri.from({ scheme: evaluationScheme, path: `/${l10n.t('Comparison of models')}`, query: id })),
    dispose: () => store.dispose(),
  }
}

/** The brackets keep the editor from taking the source's ending for that of the page. */
function resultsAddress(run: RunView): Uri {
  const name = onOneLine(run.source).split(/[/\\]/).at(-1) ?? ''
  return Uri.from({ scheme: resultsScheme, path: `/${l10n.t('Results')} (${name})`, query: run.runId })
}

async function readResults(api: Api, runId: string): Promise<string> {
  const run = await findRun(api, runId)
  if (!run) return l10n.t('This run is no longer known.')
  const records: ResultRecord[] = []
  let cursor: string | null = null
  do {
    const page: Result<'run/results'> = await api.request('run/results', { runId, cursor })
    if (!page.ok) return reasonSentence(page.reason)
    records.push(...page.value.rows)
    cursor = page.value.next
  } while (cursor !== null && records.length < shownResults)
  return resultsText(run, records, cursor !== null)
}

/** The slug of a provider has no slash, so that the first one ends it. */
async function readModel(snapshots: SnapshotStore, query: string, now: number): Promise<string> {
  await snapshots.reload()
  const [provider = '', ...rest] = query.split('/')
  const model = rest.join('/')
  const view = snapshots.current?.providers.find((candidate) => candidate.provider === provider)
  if (!snapshots.current || !view) return l10n.t('There is no provider "{0}".', provider)
  const info = view.models.models.find((candidate) => candidate.model === model) ?? { model }
  return modelText(provider, knownModel(snapshots.current, provider, info), now)
}

/** One reading a table; of a table as long as a page the rest is told as missing. */
async function readUsage(api: Api, now: number): Promise<string> {
  const tables: UsageTable[] = []
  for (const group of usageGroups) {
    const page = await api.request('usage/read', { days: usageDays, groupBy: [group] })
    if (!page.ok) return reasonSentence(page.reason)
    tables.push({ group, rows: page.value.rows, isCut: page.value.next !== null })
  }
  return usageText(usageDays, tables, tellInstant(new Date(now).toISOString()))
}

async function readEvaluation(api: Api, id: string): Promise<string> {
  const report = await api.request('evaluation/read', { id })
  return report.ok ? evaluationText(report.value) : reasonSentence(report.reason)
}

async function readRoute(api: Api, query: string, now: number): Promise<string> {
  const task = tasks.find((candidate) => candidate === query)
  if (!task) return l10n.t('There is no task "{0}".', query)
  const resolution = await api.request('route/resolve', { task })
  return routeText(task, resolution, tellInstant(new Date(now).toISOString()))
}
