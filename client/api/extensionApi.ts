import { type CancellationToken, EventEmitter, l10n, workspace } from 'vscode'
import type * as Public from '../../api/llm-providers.js'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { Readiness, TaskReadiness } from '../../protocol/routing.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'
import type { DisposableStore } from '../connection/disposables.ts'
import type { RunWatch } from '../connection/runWatch.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import { describeReason } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { agreesToRun } from '../runs/agreesToRun.ts'

interface ApiParts {
  lifetime: Pick<ServerLifetime, 'connect'>
  signals: Pick<ServerSignals, 'readiness'>
  watch: Pick<RunWatch, 'untilEnd'>
  notifier: Pick<Notifier, 'showFailure'>
  store: DisposableStore
  /** Whether a run may begin. Absent: whoever pays is asked before anything that may cost. */
  agrees?(api: Api, request: RunRequest): Promise<boolean>
}

class ApiError extends Error implements Public.LlmProvidersError {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'LlmProvidersError'
    this.code = code
  }
}

/** What `activate` gives to other extensions, as `api/llm-providers.d.ts` describes it. Trust is looked at with every call. */
export function createExtensionApi(parts: ApiParts): Public.LlmProvidersApi {
  const { lifetime, signals, watch, notifier, store } = parts
  // Nobody has chosen by hand what another extension asks for.
  const agrees = parts.agrees ?? ((api, request) => agreesToRun(api, request, notifier, { whenItCosts: true }))
  const changed = store.add(new EventEmitter<Public.Readiness>())
  store.add(signals.readiness.listen((readiness) => workspace.isTrusted && changed.fire(publicReadiness(readiness))))

  const connect = () => connectIfTrusted(lifetime)

  /** Resolves with its end. */
  async function runToEnd(api: Api, request: RunRequest, token?: CancellationToken): Promise<RunView> {
    if (!(await agrees(api, request))) throw new ApiError('declined', l10n.t('It was not agreed to.'))
    const started = orThrow(await api.request('run/start', request, token))
    const { runId } = started
    const cancel = (): void => void api.request('run/cancel', { runId }).catch(() => undefined)
    const listening = token?.onCancellationRequested(cancel)
    if (token?.isCancellationRequested) cancel()
    try {
      const ended = await watch.untilEnd(started, () => {})
      if (ended === null) throw new ApiError('unavailable', l10n.t('The server of LLM Providers does not run.'))
      return ended
    } finally {
      listening?.dispose()
    }
  }

  async function judge(task: Task, text: string, { name = 'text', token }: Public.JudgeOptions = {}) {
    const api = await connect()
    const ended = await runToEnd(api, textRequest([task], name, text), token)
    if (ended.reason) throw errorOf(ended.reason)
    const [result] = orThrow(await api.request('run/results', { runId: ended.runId })).rows
    if (!result) throw new ApiError('cancelled', l10n.t('There is no result.'))
    return publicResult(result)
  }

  return {
    version: 1,
    async readiness() {
      return publicReadiness(orThrow(await (await connect()).request('readiness/read', {})))
    },
    onDidChangeReadiness: changed.event,
    categorize: (text, options) => judge('categorization', text, options),
    score: (text, options) => judge('scoring', text, options),
    async run({ paths, tasks: wanted = [...tasks], maxCostUsd }, token) {
      const request = requestOf(wanted, { kind: 'paths', paths })
      const capped = maxCostUsd === undefined ? request : { ...request, maxCostUsd }
      return publicRun(await runToEnd(await connect(), capped, token))
    },
    async results(runId, page = {}) {
      const { rows, next } = orThrow(await (await connect()).request('run/results', { runId, ...page }))
      return { rows: rows.map(publicResult), next }
    },
  }
}

async function connectIfTrusted(lifetime: ApiParts['lifetime']): Promise<Api> {
  if (!workspace.isTrusted) {
    throw new ApiError(
      'untrusted',
      l10n.t('Other extensions can use LLM Providers only in workspaces that are trusted.'),
    )
  }
  const api = await lifetime.connect()
  if (api === null) throw new ApiError('unavailable', l10n.t('The server of LLM Providers does not run.'))
  return api
}

/** Of one text, under that name. */
export function textRequest(wanted: Task[], name: string, text: string): RunRequest {
  return requestOf(wanted, { kind: 'text', name, text })
}

function requestOf(wanted: Task[], source: RunRequest['source']): RunRequest {
  const [folder] = workspace.workspaceFolders ?? []
  return {
    tasks: wanted,
    source,
    ...(folder?.uri.scheme === 'file' ? { workspaceFolder: folder.uri.fsPath } : {}),
    output: { path: null, format: 'jsonl', none: true },
  }
}

function orThrow<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value
  throw errorOf(outcome.reason)
}

function errorOf(reason: Reason): ApiError {
  return new ApiError(reason.code, describeReason(reason))
}

function publicReason(reason: Reason | null): { code: string; message: string } | null {
  return reason && { code: reason.code, message: describeReason(reason) }
}

function publicReadiness({ categorization, scoring }: Readiness): Public.Readiness {
  const ofTask = ({ ready, reason, route }: TaskReadiness): Public.TaskReadiness => ({
    ready,
    reason: publicReason(reason),
    provider: route?.provider ?? null,
    model: route?.model ?? null,
  })
  return { categorization: ofTask(categorization), scoring: ofTask(scoring) }
}

function publicRun({ runId, state, counts, reason }: RunView): Public.Run {
  const { total, ok, failed } = counts
  return { runId, state, counts: { total, ok, failed }, reason: publicReason(reason) }
}

function publicResult(result: ResultRecord): Public.Result {
  const { runId, id, status, categories = null, confidence = null, score = null, reasoning = null, error } = result
  return {
    ...{ runId, id, status, categories, confidence, score, reasoning },
    error: error && { code: error.code, message: error.message },
  }
}
