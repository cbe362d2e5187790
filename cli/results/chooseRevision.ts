import { access } from 'node:fs/promises'
import path from 'node:path'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Client } from '../invocation/client.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'

export const revisionHelp = "a revision's number, latest, previous, or the id of a run or its beginning"

/** As the server draws them. */
const drawnRunId = /^\d{8}t\d{9}z-[0-9a-z]{6,}$/
/** A day is no number of a revision: `20261121` begins an id. */
const revisionNumber = /^[1-9]\d{0,5}$/
/** How an id may begin: a day at least. */
const idBeginning = /^\d{8}[0-9a-z-]*$/

type Source = { runId: string } | { path: string }

/** What is meant by words such as `2`, `latest`, `previous`, `20261121t0930`: the ids of runs, in the same order. */
export async function chooseRevisions(
  invocation: Pick<Invocation, 'terminal'>,
  client: Client,
  words: readonly string[],
  of: string | undefined,
): Promise<Outcome<string[]>> {
  const ids: (string | null)[] = []
  for (const word of words) {
    const id = await idOf(client, word)
    if (!id.ok) return id
    ids.push(id.value)
  }
  const named = ids.find((id) => id !== null)
  if (ids.every((id) => id !== null)) return succeed(ids.filter((id) => id !== null))
  const source = of === undefined ? await sourceWithout(client, named, words) : await sourceOf(invocation, client, of)
  if (!source.ok) return source
  const chosen: string[] = []
  for (const [at, word] of words.entries()) {
    const id = ids[at] ?? null
    const found = id === null ? await inSource(client, source.value, word) : succeed(id)
    if (!found.ok) return found
    chosen.push(found.value)
  }
  return succeed(chosen)
}

/** The file or folder, or the run, whose revisions are meant. */
export async function sourceOf(
  { terminal }: Pick<Invocation, 'terminal'>,
  client: Client,
  word: string,
): Promise<Outcome<Source>> {
  const file = path.resolve(terminal.workingFolder, word)
  if (drawnRunId.test(word)) return succeed({ runId: word })
  if ((await isThere(file)) || !isWordOfRevision(word)) return succeed({ path: file })
  const id = await chooseRevisions({ terminal }, client, [word], undefined)
  return id.ok ? succeed({ runId: id.value[0] as string }) : id
}

function isWordOfRevision(word: string): boolean {
  return revisionNumber.test(word) || idBeginning.test(word) || word === 'latest' || word === 'previous'
}

/** Null: it is no id and the beginning of none. */
async function idOf(client: Client, word: string): Promise<Outcome<string | null>> {
  if (drawnRunId.test(word)) return succeed(word)
  if (word === 'latest' || word === 'previous' || revisionNumber.test(word)) return succeed(null)
  if (!idBeginning.test(word)) throw new UsageError(`"${oneLine(word)}" is not a revision. It can be ${revisionHelp}.`)
  const found: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<RunView>> = await client.request('run/list', { cursor, limit: maxPageRows })
    if (!page.ok) return page
    found.push(...page.value.rows.map(({ runId }) => runId).filter((runId) => runId.startsWith(word)))
    cursor = page.value.next
    if (cursor === null) break
  }
  const [only] = found
  if (only !== undefined && found.length === 1) return succeed(only)
  if (only === undefined) throw new UsageError(`No run's id begins with "${word}". "run list" has them.`)
  const told = found.slice(0, 5).join(', ')
  throw new UsageError(
    `"${word}" begins the ids of ${found.length} runs: ${told}${found.length > 5 ? ', …' : ''}. Type more of it.`,
  )
}

/** Of the run that is named beside it, else of the only source that there is. A guess among several would be a wrong one. */
async function sourceWithout(
  client: Client,
  named: string | undefined,
  words: readonly string[],
): Promise<Outcome<Source>> {
  if (named !== undefined) return succeed({ runId: named })
  const sources = new Map<string, RunView>()
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<RunView>> = await client.request('run/list', { cursor, limit: maxPageRows })
    if (!page.ok) return page
    for (const run of page.value.rows) {
      if (run.revision && !sources.has(run.revision.source)) sources.set(run.revision.source, run)
    }
    cursor = page.value.next
    if (cursor === null) break
  }
  const [only] = sources.values()
  if (only === undefined) throw new UsageError('There is no revision yet: nothing was run over a file.')
  if (sources.size === 1) return succeed({ runId: only.runId })
  const told = [...sources.values()].slice(0, 5).map(({ source }) => oneLine(source))
  throw new UsageError(
    `"${words.join(' ')}" may be of ${sources.size} inputs (${told.join(', ')}${sources.size > 5 ? ', …' : ''}): say which with --of FILE.`,
  )
}

/** `latest`, `previous` or a number, among the revisions of one source. */
async function inSource(client: Client, source: Source, word: string): Promise<Outcome<string>> {
  const isNumber = revisionNumber.test(word)
  const request = isNumber ? { ...source, search: word, limit: maxPageRows } : { ...source, limit: 2 }
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<Revision>> = await client.request('revision/list', { ...request, cursor })
    if (!page.ok) return page
    const { rows } = page.value
    const found = isNumber ? rows.find(({ number }) => number === Number(word)) : rows[word === 'previous' ? 1 : 0]
    if (found) return succeed(found.run.runId)
    cursor = page.value.next
    if (cursor === null || !isNumber) break
  }
  const which = 'path' in source ? oneLine(path.basename(source.path)) : 'this input'
  if (word === 'latest') throw new UsageError(`There is no revision of ${which} yet.`)
  if (word === 'previous') throw new UsageError(`There is no revision of ${which} before the latest one.`)
  throw new UsageError(`There is no revision ${word} of ${which}. "revision list" has them.`)
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}
