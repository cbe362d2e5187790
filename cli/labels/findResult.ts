import path from 'node:path'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import type { Host } from '../invocation/invocation.ts'

type Client = Pick<Host['client'], 'request'>

/** Shorter ones are the ids of many things. */
const hashBeginning = /^[0-9a-f]{6,64}$/
const shownDigits = 8
const mostCandidates = 5

/** The one result that a person means by its id, or by the beginning of its text's hash where several items have the id. */
export async function findResult(
  client: Client,
  { run, item, folder }: { run: string; item: string; folder: string },
): Promise<Outcome<ResultRecord>> {
  const named = await findAll(client, run, { search: item.slice(0, 200) }, ({ id }) => id === item)
  if (!named.ok) return named
  const isHash = named.value.length === 0 && hashBeginning.test(item)
  const hashed = isHash ? await findAll(client, run, {}, ({ inputHash }) => inputHash.startsWith(item)) : named
  if (!hashed.ok) return hashed
  const [only, ...others] = hashed.value
  if (only && others.length === 0) return succeed(only)
  if (!only) return refused(`the run has no result of an item "${item}"`)
  const candidates = await listCandidates(client, hashed.value, folder)
  const share = isHash
    ? `the hashes of ${hashed.value.length} items begin with`
    : `${hashed.value.length} items have the id`
  return refused(`${share} "${item}": ${candidates}; name the one by the beginning of its hash instead`)
}

/** A label belongs to a text: items with the same one are one here. */
async function findAll(
  client: Client,
  runId: string,
  filter: ResultFilter,
  isWanted: (result: ResultRecord) => boolean,
): Promise<Outcome<ResultRecord[]>> {
  const found = new Map<string, ResultRecord>()
  let cursor: string | null = null
  do {
    const page: Outcome<{ rows: ResultRecord[]; next: string | null }> = await client.request('run/results', {
      ...{ runId, filter, cursor, limit: maxPageRows },
    })
    if (!page.ok) return page
    for (const result of page.value.rows) if (isWanted(result)) found.set(result.inputHash, result)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed([...found.values()])
}

async function listCandidates(client: Client, results: readonly ResultRecord[], folder: string): Promise<string> {
  const told: string[] = []
  for (const { runId, id, inputHash } of results.slice(0, mostCandidates)) {
    const located = await client.request('run/locate', { runId, id, inputHash })
    const hash = inputHash.slice(0, shownDigits)
    if (!located.ok) told.push(`${hash} (${id})`)
    else {
      const { path: file, line } = located.value
      told.push(`${hash} (${path.relative(folder, file)}${line === null ? '' : `, line ${line}`})`)
    }
  }
  const rest = results.length - told.length
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ')
}

function refused(message: string): Outcome<never> {
  return fail({ code: 'label_invalid', problems: [{ path: 'id', message }] })
}
