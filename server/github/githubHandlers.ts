import { resolve } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import {
  type FetchedIssues,
  type GitHubToken,
  githubApi,
  type LabelChoice,
  type LabelPlan,
} from '../../protocol/github.ts'
import { githubHolder, maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { githubRequests } from '../../protocol/requests/githubRequests.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import type { Keys } from '../keys.ts'
import { checkBaseUrl } from '../providers/endpointRules.ts'
import type { Transport } from '../providers/transport.ts'
import type { CallContext, Handlers } from '../rpc/dispatch.ts'
import { saveSourceSettings } from '../store/sourceSettingsTable.ts'
import type { Store } from '../store/store.ts'
import { applyLabels, undoLabels, WrittenLabels } from './applyLabels.ts'
import { fetchPages, firstPage, mergeIssues } from './fetchIssues.ts'
import type { GitHubTarget } from './githubApi.ts'
import { type FileState, type IssueFile, readIssueFile, refuseStranger, writeIssueFile } from './issueFile.ts'
import { planLabels } from './labelPlan.ts'

export interface GitHubParts {
  files: RunFiles
  dataDir: string
  store: Pick<Store, 'change'>
  keys: Pick<Keys, 'read'>
  transport(): Promise<Transport>
  /** As `GitHubTarget` has it. */
  wait: GitHubTarget['wait']
  now(): string
  /** What a run was over, and what came of it. */
  runs: Pick<Handlers, 'run/request' | 'run/results'>
}

type GitHubRequest = keyof typeof githubRequests

export function githubHandlers(parts: GitHubParts): Pick<Handlers, GitHubRequest> {
  return {
    'github/fetch': (request, context) => fetchIssues(parts, request, context),
    async 'github/planLabels'(choice, context) {
      const planned = await plan(parts, choice, context)
      return planned.ok ? succeed(planned.value.plan) : planned
    },
    async 'github/applyLabels'({ digest, numbers, ...choice }, context) {
      const planned = await plan(parts, choice, context)
      if (!planned.ok) return planned
      const { plan: now, file, state } = planned.value
      if (now.digest !== digest) return fail({ code: 'conflict', what: 'labels', id: choice.runId })
      const target = await targetOf(parts, state, context)
      if (!target.ok) return target
      const changes = now.changes.filter(({ number }) => numbers.includes(number))
      return await applyLabels(target.value, changes, file.issues, logOf(parts, choice.runId))
    },
    async 'github/undoLabels'({ runId, most }, context) {
      const found = await fileOfRun(parts, runId, context)
      if (!found.ok) return found
      const target = await targetOf(parts, found.value.state, context)
      return target.ok ? await undoLabels(target.value, logOf(parts, runId), most) : target
    },
  }
}

function logOf({ files, dataDir }: GitHubParts, runId: string): WrittenLabels {
  return new WrittenLabels(files, dataDir, runId)
}

async function fetchIssues(
  parts: GitHubParts,
  request: ParsedParams<'github/fetch'>,
  context: CallContext,
): Promise<Outcome<FetchedIssues>> {
  const { files, dataDir, store, now } = parts
  const { repo, workspaceFolder } = request
  const file = await readIssueFile(files, dataDir, request.path)
  const stranger = refuseStranger(file, repo)
  if (stranger && request.overwrite !== true) return stranger
  const known = file.state?.repo === repo ? file.state : null
  const place = placeOf(request, known)
  if (!place.ok) return place
  const target = await targetOf(parts, place.value, context)
  if (!target.ok) return target
  const first = firstPage(target.value, request)
  const query = JSON.stringify([first, request.pulls])
  const isAsWritten = known !== null && known.sha256 === file.sha256 && known.query === query
  const fetched = await fetchPages(target.value, first, {
    known: { issues: file.issues, pages: isAsWritten ? known.pages : [] },
    pulls: request.pulls,
  })
  if (!fetched.ok) return fetched
  const before = known === null ? new Map<string, never>() : file.issues
  const { issues, ...counts } = mergeIssues(before, fetched.value, request.since !== undefined)
  const state = { ...place.value, query, pages: fetched.value.pages }
  const written = await writeIssueFile(files, dataDir, { path: file.path, workspaceFolder }, { issues, state })
  if (!written.ok) return written
  const remembered = await store.change((database) => {
    saveSourceSettings(database, file.path, { text: ['title', 'body'], id: 'id' }, now())
    return succeed(null)
  })
  if (!remembered.ok) return remembered
  return succeed({ path: file.path, repo, issues: issues.length, ...counts })
}

type Place = Pick<FileState, 'repo' | 'api' | 'token' | 'origin' | 'allowPlainHttp'>

/** What is not said is as it was with this file. A variable that was named for one API is not sent to another. */
function placeOf(
  { repo, api, token, allowPlainHttp }: ParsedParams<'github/fetch'>,
  known: FileState | null,
): Outcome<Place> {
  const checked = checkBaseUrl(api ?? known?.api ?? githubApi, 'inside')
  if (!checked.ok)
    return fail({
      code: 'config_invalid',
      provider: 'github',
      problems: [{ path: 'api', ...withMessage('message', checked.problem) }],
    })
  const { origin } = new URL(checked.url)
  const isNamedNow = token !== undefined
  return succeed({
    ...{ repo, api: checked.url, allowPlainHttp: allowPlainHttp || (known?.allowPlainHttp ?? false) },
    token: token ?? known?.token ?? 'none',
    origin: isNamedNow ? origin : (known?.origin ?? origin),
  })
}

async function targetOf(
  { keys, transport, wait }: GitHubParts,
  { repo, api, token, origin, allowPlainHttp }: Place,
  { signal }: CallContext,
): Promise<Outcome<GitHubTarget>> {
  const key = await keys.read({
    ...{ provider: githubHolder, origin: new URL(api).origin, boundTo: origin },
    need: token === 'none' ? 'none' : 'required',
    variable: variableOf(token),
  })
  if (!key.ok) return key
  return succeed({ repo, api, token: key.value, allowPlainHttp, transport: await transport(), signal, wait })
}

function variableOf(token: GitHubToken): string | undefined {
  return typeof token === 'object' ? token.variable : undefined
}

interface Planned {
  plan: LabelPlan
  file: IssueFile
  state: FileState
}

async function plan(parts: GitHubParts, choice: LabelChoice, context: CallContext): Promise<Outcome<Planned>> {
  const found = await fileOfRun(parts, choice.runId, context)
  if (!found.ok) return found
  const rows = await resultsOf(parts, choice.runId, context)
  if (!rows.ok) return rows
  const { state, file } = found.value
  return succeed({ plan: planLabels(rows.value, file.issues, choice, state), file, state })
}

/** The file of issues that a run was over, with what is known of where it is from. */
async function fileOfRun(
  { files, dataDir, runs }: GitHubParts,
  runId: string,
  context: CallContext,
): Promise<Outcome<{ file: IssueFile; state: FileState }>> {
  const request = await runs['run/request']({ runId }, context)
  if (!request.ok) return request
  const { source } = request.value
  const path = source.kind === 'paths' && source.paths.length === 1 ? source.paths[0] : undefined
  const file = path === undefined ? null : await readIssueFile(files, dataDir, resolve(path))
  if (file?.state && file.sha256 !== null) return succeed({ file, state: file.state })
  const sentence = localizable('it is no file of issues that was fetched from GitHub')
  const named = { code: 'source_invalid', source: path ?? runId, problem: file ? 'missing' : 'unsupported' } as const
  return fail({ ...named, ...withMessage('detail', sentence) })
}

async function resultsOf({ runs }: GitHubParts, runId: string, context: CallContext): Promise<Outcome<ResultRecord[]>> {
  const rows: ResultRecord[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<Handlers['run/results']>> = await runs['run/results'](
      { runId, cursor, limit: maxPageRows },
      context,
    )
    if (!page.ok) return page
    rows.push(...page.value.rows)
    cursor = page.value.next
    if (cursor === null) return succeed(rows)
  }
}
