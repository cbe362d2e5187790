import { randomUUID } from 'node:crypto'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultExport } from '../../protocol/resultQueries.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import type { SourceInput } from '../sources/sourceInput.ts'
import { differs } from './doubt.ts'
import type { OpenedResults } from './openedResults.ts'
import { chooseOutput, confinedOutput, isResultsFile } from './outputPath.ts'
import { isFile } from './resultPage.ts'
import type { ResultsContext } from './resultsContext.ts'
import { isCorrected } from './trust.ts'
import { type CopiedTable, writeResults } from './writeResults.ts'

/** Writes what the query finds, in its order: all of it or nothing. */
export async function exportResults(
  context: ResultsContext,
  opened: OpenedResults,
  { filter, sort, path, format, withSource }: Omit<ResultExport, 'runId'>,
  signal?: AbortSignal,
): Promise<Outcome<{ path: string; items: number }>> {
  const inputs = await inputsOf(context, opened.header)
  const { workspaceFolder } = opened.header.request
  const output = await chooseOutput(context.files, { path, format, none: false }, inputs, { workspaceFolder })
  if (!output.ok) return output
  const table = withSource ? await openTable(context, opened, { path, format }) : succeed(null)
  if (!table.ok) return table
  const items = await opened.find({ filter, sort: withSource ? undefined : sort }, signal)
  if (items === null) return fail({ code: 'cancelled' })
  const copied = table.value && { ...table.value, isFiltered: filter !== undefined }
  const written = await write(context, opened, { path: output.value ?? path, format, table: copied }, items)
  return written.ok ? succeed({ path: output.value ?? path, items: items.length }) : written
}

async function openTable(
  { files }: ResultsContext,
  { header, relied }: OpenedResults,
  { path, format }: Pick<ResultExport, 'path' | 'format'>,
) {
  const detail = 'a copy of the source with its results is written as CSV'
  if (format !== 'csv') return fail({ code: 'output_invalid', path, detail })
  const { openSourceTable } = await import('./sourceTable.ts')
  return await openSourceTable(files, header, isCorrected(relied))
}

/** Writes a run's results file again, where the run wrote it. Null: it was to have none. `overwrite`: whatever stands there. */
export async function rewriteResults(
  context: ResultsContext,
  opened: OpenedResults,
  overwrite = false,
): Promise<Outcome<string | null>> {
  const { resultsPath: path, request } = opened.header
  const { format } = request.output
  if (path === null) return succeed(null)
  const confined = await confinedOutput(context.files, request.workspaceFolder, path)
  if (!confined.ok) return confined
  const isNamed = overwrite || request.output.path !== null
  const isThere = await isFile(context.files, path)
  if (!isNamed && isThere && !(await isResultsFile(context.files, path, format))) {
    const detail = 'a file of that name is there and is not a results file'
    return fail({ code: 'output_invalid', path, detail })
  }
  const unedited = isNamed ? succeed(null) : await context.written.check(path)
  if (!unedited.ok) return unedited
  const written = await write(context, opened, { path, format }, opened.columns.index.inOrder())
  return written.ok ? succeed(path) : written
}

/** Two processes may write the same file at once: each has a temporary one of its own. */
function write(
  { files, journalPath, clock, written }: ResultsContext,
  { runId, header, columns, labels, trust, second }: OpenedResults,
  output: { path: string; format: ResultFormat; table?: CopiedTable | null },
  items: Uint32Array,
): Promise<Outcome<string>> {
  const { table = null, ...rest } = output
  const own = { ...rest, runId: `${runId}.${randomUUID().slice(0, 8)}` }
  return writeResults(files, journalPath(runId), columns.index, own, clock, {
    ...{ items, labels, trust, header, table, written },
    second: second && { opinion: second, isDifferent: (item) => differs(columns, item) },
  })
}

/** What is left of the source: the journal does not say what is a folder. */
async function inputsOf({ files }: ResultsContext, { inputs }: JournalHeader): Promise<SourceInput[]> {
  const left: SourceInput[] = []
  for (const input of inputs) {
    try {
      const stats = await files.stat(input.path)
      left.push({ ...input, kind: stats.isDirectory() ? 'folder' : 'file' })
    } catch (error) {
      ignoreFileErrors(error)
    }
  }
  return left
}
