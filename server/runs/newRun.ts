import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { instant } from './clock.ts'
import { JournaledSpending } from './engine/runSpending.ts'
import { fileErrorCode } from './files.ts'
import { createItemIndex } from './journal/itemIndex.ts'
import { type JournalHeader, nothingUsed } from './journal/journalLines.ts'
import { journalFailure, writeWhole } from './journal/journalWriter.ts'
import { drawOwner } from './ownership.ts'
import { connectTasks, openEntries, openReuse, type PreparedRun, profileHashOf, resolveRoutes } from './prepareRun.ts'
import { chooseOutput } from './results/outputPath.ts'
import { newRunId, type RunContext } from './runContext.ts'
import type { MadeFor } from './runs.ts'
import { runView } from './runView.ts'

/** Everything that can be found wrong is found here, before the run exists. */
export async function prepareNewRun(
  context: RunContext,
  request: RunRequest,
  { evaluation }: MadeFor,
): Promise<Outcome<PreparedRun>> {
  const routes = await resolveRoutes(context, request)
  if (!routes.ok) return routes
  const profile = await context.loadProfile(request)
  if (!profile.ok) return profile
  const spending = new JournaledSpending(0, nothingUsed)
  const { examples } = profile.value
  const run = { request, routes: routes.value, profile: profile.value.profile, examples }
  const connected = await connectTasks(context, run, spending)
  if (!connected.ok) return connected
  const opened = await openEntries(context, request)
  if (!opened.ok) return opened
  const { inputs } = opened.value.source
  const isOfAnother = async (path: string): Promise<boolean> =>
    (await context.isResultsOfAnother?.(path, request.source)) ?? false
  const created = await chooseOutput(context.files, request.output, inputs, isOfAnother).then((output) =>
    output.ok
      ? createJournal(
          context,
          {
            kind: 'run',
            version: 1,
            runId: newRunId(context),
            request,
            routes: routes.value,
            profile: profile.value.profile,
            ...(examples ? { examples } : {}),
            profileFrom: { ...profile.value.from, hash: profileHashOf(connected.value) },
            inputs: inputs.map(({ path, size, modifiedAtMs }) => ({ path, size, modifiedAtMs })),
            resultsPath: output.value,
            ...(evaluation === undefined ? {} : { evaluation }),
            startedAt: instant(context.clock.now()),
          },
          opened.value.source.label,
        )
      : output,
  )
  if (!created.ok) {
    await opened.value.close()
    return created
  }
  return succeed({
    ...created.value,
    reuse: await openReuse(context, created.value.header, connected.value),
    opened: opened.value,
    connected: connected.value,
    index: createItemIndex(),
    retriesFailed: false,
    spending,
    workedMs: 0,
  })
}

type NewJournal = Pick<PreparedRun, 'header' | 'owner' | 'journal' | 'revision'>

async function createJournal(context: RunContext, header: JournalHeader, label: string): Promise<Outcome<NewJournal>> {
  const path = context.journalPath(header.runId)
  const owner = drawOwner()
  let handle: FileHandle | null = null
  try {
    await context.files.makeFolder(context.folder)
    handle = await context.files.open(path, 'wx', 0o600)
    const bytes = Buffer.from(`${JSON.stringify(header)}\n`)
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
  await handle.close().catch(fileErrorCode)
  await context.files.unlink(path).catch(fileErrorCode)
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
