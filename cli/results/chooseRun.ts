import path from 'node:path'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Client } from '../invocation/client.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'
import { sourceOf } from './chooseRevision.ts'

export const runHelp = 'the file or folder that was judged, a results file, or the id of a run or its beginning'

type Asking = Pick<Invocation, 'terminal'>

/** The run whose results are meant: of a file the one that is kept, else the newest. */
export async function chooseRun(invocation: Asking, client: Client, word: string): Promise<Outcome<string>> {
  const source = await sourceOf(invocation, client, word)
  if (!source.ok) return source
  if ('runId' in source.value) return succeed(source.value.runId)
  const file = source.value.path
  const kept = await keptOf(client, file)
  if (!kept.ok) return kept
  if (kept.value !== null) return succeed(kept.value)
  const written = await writtenTo(client, file)
  if (!written.ok || written.value !== null) return written as Outcome<string>
  throw new UsageError(`There are no results of "${oneLine(path.basename(file))}": no run was over it.`)
}

async function keptOf(client: Client, file: string): Promise<Outcome<string | null>> {
  let newest: string | null = null
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<Revision>> = await client.request('revision/list', {
      path: file,
      cursor,
      limit: maxPageRows,
    })
    if (!page.ok) return page
    const { rows } = page.value
    newest ??= rows[0]?.run.runId ?? null
    const kept = rows.find(({ isKept }) => isKept)
    if (kept || page.value.next === null) return succeed(kept?.run.runId ?? newest)
    cursor = page.value.next
  }
}

/** The newest run that has written this results file, the kept one before others. */
async function writtenTo(client: Client, file: string): Promise<Outcome<string | null>> {
  let newest: string | null = null
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<RunView>> = await client.request('run/list', { cursor, limit: maxPageRows })
    if (!page.ok) return page
    const { rows } = page.value
    const own = rows.filter(({ resultsPath }) => resultsPath === file)
    newest ??= own[0]?.runId ?? null
    const kept = own.find(({ revision }) => revision?.isKept)
    if (kept || page.value.next === null) return succeed(kept?.runId ?? newest)
    cursor = page.value.next
  }
}
