import type { Page } from '../../protocol/names.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { Client } from '../invocation/client.ts'

/** Results of a run, some at a time and in the order of the source, so that memory stays flat. */
export type ResultPages = AsyncIterable<readonly ResultRecord[]>

/** Reads the first page before anything is printed: whether there are results at all is known by then. */
export async function readResults(client: Client, runId: string): Promise<Outcome<ResultPages>> {
  const first = await client.request('run/results', { runId, cursor: null, limit: maxPageRows })
  return first.ok ? succeed(pagesFrom(client, runId, first.value)) : first
}

async function* pagesFrom(client: Client, runId: string, first: Page<ResultRecord>): ResultPages {
  yield first.rows
  for (let cursor = first.next; cursor !== null; ) {
    const page = await client.request('run/results', { runId, cursor, limit: maxPageRows })
    if (!page.ok) throw new Error(`The results of ${runId} went away while they were read. ${page.reason.message}`)
    yield page.value.rows
    cursor = page.value.next
  }
}
