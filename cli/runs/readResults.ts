import type { Page } from '../../protocol/names.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { LostResults } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { describeLost, describeUnsearched } from '../../shared/describe/run.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, printNextStep, printNote } from '../invocation/invocation.ts'

/** Results of a run, some at a time and in the order of the source, so that memory stays flat. */
export type ResultPages = AsyncIterable<readonly ResultRecord[]>

/**
 * Reads the first page before anything is printed: whether there are results at all is known by then, and what the run has lost (null:
 * nothing).
 */
export async function readResults(
  client: Client,
  runId: string,
): Promise<Outcome<{ pages: ResultPages; lost: LostResults | null }>> {
  const first = await client.request('run/results', { runId, cursor: null, limit: maxPageRows })
  if (!first.ok) return first
  return succeed({ pages: pagesFrom(client, runId, first.value), lost: first.value.lost ?? null })
}

/** Where something was changed, damaged or deleted since: a sentence for what, and the line that mends what can be mended. */
export async function printLost(
  invocation: Invocation,
  runId: string,
  { lost, unsearched }: { lost?: LostResults | null | undefined; unsearched?: number | undefined },
): Promise<void> {
  if (unsearched !== undefined) await printNote(invocation, describeUnsearched(english, unsearched))
  if (!lost) return
  const damage = describeLost(english, lost)
  if (damage !== null) await printNote(invocation, damage)
  if (lost.file) await printNote(invocation, 'The results file no longer exists.')
  await printNextStep(invocation, commandToType(invocation.call, 'run', 'resume', runId))
}

async function* pagesFrom(client: Client, runId: string, first: Page<ResultRecord>): ResultPages {
  yield first.rows
  for (let cursor = first.next; cursor !== null; ) {
    const page = await client.request('run/results', { runId, cursor, limit: maxPageRows })
    if (!page.ok)
      throw new Error(`The results of ${runId} were removed while they were being read. ${page.reason.message}`)
    yield page.value.rows
    cursor = page.value.next
  }
}
