import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { ItemIndex } from './journal/itemIndex.ts'
import type { JournalHeader } from './journal/journalLines.ts'
import { openLabels } from './queries/humanLabels.ts'
import { isStillThere, writeResults } from './results/writeResults.ts'
import type { RunContext } from './runContext.ts'

/** The results file of a run. */
export interface RunOutput {
  /** Why it could not be written; null when it was, or there is nothing to write. */
  write(index: ItemIndex, isCompleted: boolean): Promise<Reason | null>
  /**
   * Another run over the same source may have ended at the same moment, in another process: both were allowed to write the file, and
   * the store has told since which of them is kept.
   */
  settle(revision: RunView['revision']): Promise<void>
}

export function createRunOutput(context: RunContext, header: JournalHeader): RunOutput {
  const { runId, resultsPath: path, request } = header
  const { files, clock } = context
  let writtenFile: string | null = null

  return {
    async write(index, isCompleted) {
      if (path === null) return null
      if (context.mayWriteResults?.(runId, isCompleted) === false) return null
      const labels = await openLabels(context.labelsOf, header)
      const output = { path, format: request.output.format, runId }
      const written = await writeResults(files, context.journalPath(runId), index, output, clock, { labels })
      if (!written.ok) return written.reason
      writtenFile = written.value
      return null
    },
    async settle(revision) {
      if (writtenFile === null || path === null || revision === null) return
      if (revision.isKept && (await isStillThere(files, path, writtenFile))) return
      await context.settleResults?.(revision.source, path)
    },
  }
}
