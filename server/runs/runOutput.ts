import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { openLabels } from '../results/humanLabels.ts'
import { confinedOutput } from '../results/outputPath.ts'
import { openTrust } from '../results/trust.ts'
import { isStillThere, writeResults } from '../results/writeResults.ts'
import type { RunContext } from './runContext.ts'

/** The results file of a run. */
export class RunOutput {
  readonly #context: RunContext
  readonly #header: JournalHeader
  #writtenFile: string | null = null

  constructor(context: RunContext, header: JournalHeader) {
    this.#context = context
    this.#header = header
  }

  /** Why it could not be written; null when it was, or there is nothing to write. `completed`: as `RunsOptions.mayWriteResults` has it. */
  async write(index: ItemIndex, completed: number | null): Promise<Reason | null> {
    const { files, clock, journalPath, labelsOf, calibrations, mayWriteResults, written } = this.#context
    const { runId, resultsPath: path, request } = this.#header
    if (path === null) return null
    if (mayWriteResults?.(runId, completed) === false) return null
    // The folder may have become a link to elsewhere since the run began.
    const confined = await confinedOutput(files, request.workspaceFolder, path)
    if (!confined.ok) return confined.reason
    // Somebody may have worked in the file while the run went on.
    const unedited = request.output.path === null ? await written.check(path) : null
    if (unedited?.ok === false) return unedited.reason
    const labels = await openLabels(labelsOf, this.#header)
    const trust = await openTrust(calibrations, this.#header)
    const output = { path, format: request.output.format, runId }
    try {
      const done = await writeResults(files, journalPath(runId), index, output, clock, {
        labels,
        trust,
        header: this.#header,
        written,
      })
      if (!done.ok) return done.reason
      this.#writtenFile = done.value
      return null
    } catch (error) {
      const sentence = localizable("the run's journal cannot be read, {0}", describeFileError(fileErrorCode(error)))
      return fail({ code: 'output_invalid', path, ...withMessage('detail', sentence) }).reason
    }
  }

  /** Whether the file holds this run's results. */
  isWritten(): boolean {
    return this.#writtenFile !== null
  }

  /**
   * Another run over the same source may have ended at the same moment, in another process: both were allowed to write the file, and
   * the store has decided since which of them is kept.
   */
  async settle(revision: RunView['revision']): Promise<void> {
    const { resultsPath: path } = this.#header
    if (this.#writtenFile === null || path === null || revision === null) return
    if (revision.isKept && (await isStillThere(this.#context.files, path, this.#writtenFile))) return
    await this.#context.settleResults?.(revision.source, path)
  }
}
