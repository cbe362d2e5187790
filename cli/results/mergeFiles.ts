import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { MergedResults } from '../../protocol/resultMerge.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { chooseRun } from './chooseRun.ts'

const formats = { '.jsonl': 'jsonl', '.json': 'json', '.csv': 'csv' } as const

/** `results merge`: one results file of several; 4 where some items or shards are missing. */
export async function mergeFiles(
  invocation: Invocation,
  host: Host,
  words: readonly string[],
  output: string,
): Promise<ExitCode> {
  const { workingFolder } = invocation.terminal
  const format = formats[path.extname(output).toLowerCase() as keyof typeof formats]
  if (format === undefined) throw new UsageError('--output has to end with .jsonl, .json or .csv')
  const inputs: string[] = []
  for (const word of words) {
    const file = await resultsOf(invocation, host, word)
    if (!file.ok) return await print(invocation, file, () => '')
    inputs.push(file.value)
  }
  const target = path.resolve(workingFolder, output)
  const merged = await host.client.request('results/merge', { inputs, output: { path: target, format } })
  const code = await print(invocation, merged, (value) => mergedText(value))
  if (!merged.ok) return code
  const { missing } = merged.value
  if (missing.shards.length === 0 && missing.items === 0) return code
  if (!invocation.json) await printNote(invocation, missingText(merged.value))
  return exitCodes.someFailed
}

/** A results file, else that of a run. */
async function resultsOf(invocation: Invocation, { client }: Host, word: string): Promise<Outcome<string>> {
  const file = path.resolve(invocation.terminal.workingFolder, word)
  if (existsSync(file)) return succeed(file)
  const chosen = await chooseRun(invocation, client, word)
  if (!chosen.ok) return chosen
  const run = await client.request('run/get', { runId: chosen.value })
  if (!run.ok) return run
  if (run.value.resultsPath !== null) return succeed(run.value.resultsPath)
  throw new UsageError(
    `The run ${oneLine(word)} has no results file; write one with "results ${oneLine(word)} --output FILE"`,
  )
}

function mergedText({ path: file, items, parts, doubled, models }: MergedResults): string {
  const failed = parts.reduce((sum, part) => sum + part.failed, 0)
  const lines = [
    `${count(items, 'result')} of ${count(parts.length, 'file')} written to ${file}${failed > 0 ? `, ${failed} of them failed or skipped` : ''}`,
  ]
  if (doubled.items > 0)
    lines.push(
      `${count(doubled.items, 'item')} came twice, ${doubled.differing} of them with another verdict; the first one counts: ${doubled.first.map((id) => oneLine(id)).join(', ')}`,
    )
  if (models.length > 1) lines.push(`judged by ${models.join(', ')}`)
  return lines.join('\n')
}

function missingText({ missing: { shards, items }, parts }: MergedResults): string {
  const of = parts.find(({ shard }) => shard)?.shard?.of
  return [
    ...(shards.length > 0 ? [`missing: shard ${shards.map((number) => `${number}/${of}`).join(', ')}`] : []),
    ...(items > 0 ? [`missing: ${count(items, 'item')} of the source`] : []),
  ].join('\n')
}
