import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import { instant } from '../files/clock.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { ItemIndex } from '../journal/itemIndex.ts'
import { type JournalHeader, nothingUsed, type ResolvedFallback } from '../journal/journalLines.ts'
import { journalFailure, writeWhole } from '../journal/journalWriter.ts'
import { sealedLine } from '../journal/seal.ts'
import { chooseOutput } from '../results/outputPath.ts'
import { openSource, type Source } from '../sources/openSource.ts'
import { surveyShard } from '../sources/selectShard.ts'
import { drawOwner } from './ownership.ts'
import {
  connectTasks,
  openEntries,
  openReuse,
  type PreparedRun,
  profileHashOf,
  resolveFallbacks,
  resolveProxy,
  resolveRoutes,
} from './prepareRun.ts'
import { newRunId, type RunContext } from './runContext.ts'
import type { LoadedProfile } from './runOptions.ts'
import type { MadeFor } from './runs.ts'
import { runView } from './runView.ts'

/** Everything that can be found wrong is found here, before the run exists. */
export async function prepareStart(
  context: RunContext,
  request: RunRequest,
  madeFor: MadeFor,
): Promise<Outcome<PreparedRun>> {
  const routes = await resolveRoutes(context, request)
  if (!routes.ok) return routes
  const loaded = await context.loadProfile(request)
  if (!loaded.ok) return loaded
  const { profile, examples } = loaded.value
  const spending = new JournaledSpending(0, nothingUsed)
  const fallbacks = await resolveFallbacks(context, request, routes.value)
  const proxy = await resolveProxy(context, request)
  if (!proxy.ok) return proxy
  const run = { request, routes: routes.value, fallbacks, proxy: proxy.value?.value, profile, examples }
  const connected = await connectTasks(context, run, spending)
  if (!connected.ok) return connected
  const opened = await openEntries(context, request)
  if (!opened.ok) return opened
  const { source } = opened.value
  const beginning = {
    request: await withShard(context, request),
    routes: routes.value,
    fallbacks,
    proxy: proxy.value?.value ?? null,
    loaded: loaded.value,
    madeFor,
    source,
  }
  const created = await createRun(context, beginning, profileHashOf(connected.value))
  if (!created.ok) {
    await opened.value.close()
    return created
  }
  return succeed({
    ...created.value,
    reuse: await openReuse(context, created.value.header, connected.value),
    opened: opened.value,
    total: null,
    connected: connected.value,
    index: new ItemIndex(),
    retriesFailed: false,
    spending,
    workedMs: 0,
  })
}

/** What the shards of one source have in common is known by reading all of it. */
async function withShard({ files, limits }: RunContext, request: RunRequest): Promise<RunRequest> {
  if (request.source.kind !== 'paths' || !request.source.shard) return request
  const { shard, ...source } = request.source
  const whole = await openSource({ ...request, source }, files, limits)
  if (!whole.ok) return request
  return { ...request, source: { ...source, shard: await surveyShard(whole.value.read(), shard) } }
}

interface Beginning {
  request: RunRequest
  routes: ResolvedRoute[]
  fallbacks: ResolvedFallback[]
  proxy: ResolvedRoute | null
  loaded: LoadedProfile
  madeFor: MadeFor
  source: Source
}

/** From here on the run exists: it has a journal and a row in the ledger. */
async function createRun(
  context: RunContext,
  { request, routes, fallbacks, proxy, loaded, madeFor: { evaluation, secondOf }, source }: Beginning,
  profileHash: string,
): Promise<Outcome<NewJournal>> {
  const { profile, examples, from } = loaded
  const isOfAnother = async (path: string): Promise<boolean> =>
    (await context.isResultsOfAnother?.(path, request.source)) ?? false
  const rules = { isOfAnother, workspaceFolder: request.workspaceFolder, written: context.written }
  const output = await chooseOutput(context.files, request.output, source.inputs, rules)
  if (!output.ok) return output
  const header: JournalHeader = {
    kind: 'run',
    version: 3,
    runId: newRunId(context),
    request,
    routes,
    ...(fallbacks.length > 0 ? { fallbacks } : {}),
    ...(proxy ? { proxy } : {}),
    profile,
    ...(examples ? { examples } : {}),
    profileFrom: { ...from, hash: profileHash },
    inputs: source.inputs.map(({ path, size, modifiedAtMs }) => ({ path, size, modifiedAtMs })),
    resultsPath: output.value,
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(secondOf === undefined ? {} : { secondOf }),
    startedAt: instant(context.clock.now()),
  }
  return await createJournal(context, header, source.label)
}

type NewJournal = Pick<PreparedRun, 'header' | 'owner' | 'journal' | 'revision'>

async function createJournal(context: RunContext, header: JournalHeader, label: string): Promise<Outcome<NewJournal>> {
  const path = context.journalPath(header.runId)
  const owner = drawOwner()
  let handle: FileHandle | null = null
  try {
    await context.files.makeFolder(context.folder)
    handle = await context.files.open(path, 'wx', 0o600)
    // Twice: without its header nothing of a journal can be read.
    const line = sealedLine(JSON.stringify(header))
    const bytes = Buffer.concat([line, line])
    await writeWhole(handle, bytes, 0)
    await handle.sync()
    const listed = await context.ledger.create({ view: firstView(header, label), request: header.request, owner })
    if (listed.ok) {
      const { revision } = listed.value.view
      return succeed({ header, owner, revision, journal: { handle, position: bytes.length } })
    }
    await discard(context, handle, path)
    return listed
  } catch (error) {
    const reason = journalFailure(fileErrorCode(error))
    if (handle) await discard(context, handle, path)
    return { ok: false, reason }
  }
}

async function discard(context: RunContext, handle: FileHandle, path: string): Promise<void> {
  await handle.close().catch(ignoreFileErrors)
  await context.files.unlink(path).catch(ignoreFileErrors)
}

function firstView(header: JournalHeader, label: string): RunView {
  return runView(header, label, {
    state: 'running',
    counts: { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 },
    reason: null,
    spent: nothingUsed,
    revision: null,
    finishedAt: null,
    parkedUntil: null,
  })
}
