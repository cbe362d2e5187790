import { open } from 'node:fs/promises'
import path from 'node:path'
import type { Params } from '../../protocol/contract.ts'

import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count } from '../terminal/format.ts'
import { printLost } from './readResults.ts'

type Query = Pick<Params<'run/export'>, 'runId' | 'filter'>

/**
 * `--with-source`: a copy of the table that was judged, with its results as columns. Without a file it goes beside the results of the
 * run, but only over an earlier one of ours. `isNote`: what the command prints is something else.
 */
export async function writeSourceCopy(
  invocation: Invocation,
  client: Client,
  query: Query,
  { output, isNote = false }: { output?: string | undefined; isNote?: boolean },
): Promise<ExitCode> {
  const { workingFolder } = invocation.terminal
  const target = output === undefined ? await besideResults(client, query.runId) : path.resolve(workingFolder, output)
  const written = await client.request('run/export', { ...query, path: target, format: 'csv', withSource: true })
  const told = ({ path: file, items }: { path: string; items: number }): string =>
    `a copy of the source with ${count(items, 'result')} written to ${file}`
  if (isNote) {
    await printNote(invocation, written.ok ? told(written.value) : written.reason.message)
    return written.ok ? exitCodes.done : exitCodeOf(written.reason.code)
  }
  const code = await print(invocation, written, told)
  if (written.ok && !invocation.json) await printLost(invocation, query.runId, written.value)
  return code
}

async function besideResults(client: Client, runId: string): Promise<string> {
  const run = await client.request('run/get', { runId })
  const results = run.ok ? run.value.resultsPath : null
  if (results === null)
    throw new UsageError('--with-source needs --output FILE: the run has no results file to go beside')
  const name = path.basename(results).replace(/(?:\.results)?\.[a-z]+$/, '')
  const target = path.join(path.dirname(results), `${name}.with-results.csv`)
  if (await mayReplace(target)) return target
  throw new UsageError(`${target} is there and is none of ours; say where the copy goes: --output FILE`)
}

const headerBytes = 64 * 1024

/** Nothing is there, or its first line ends with the columns that a copy has. */
async function mayReplace(target: string): Promise<boolean> {
  const handle = await open(target).catch(() => null)
  if (handle === null) return true
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    const [header = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1)
    // Between them are interest and quality, or the criteria of the profile.
    return /,confidence(?: \(result\))?,.+,score(?: \(result\))?,reasoning(?: \(result\))?,review(?: \(result\))?$/.test(
      header,
    )
  } finally {
    await handle.close()
  }
}
