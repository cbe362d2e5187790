import * as z from 'zod'
import { FetchedIssues, IssueFetch, LabelChoice, LabelledIssues, LabelPlan, mostLabelled } from '../github.ts'
import { RunId } from '../names.ts'
import { type RequestRow, request } from './request.ts'

/** Issues of GitHub as a source, and verdicts back as labels. */
export const githubRequests = {
  /**
   * Writes the issues into a JSONL file, and remembers how it is read: title and body are the text, the number is the id. Nothing is
   * written unless all pages came. `github_failed`, `secret_missing`, `policy_denied`; `output_invalid`: the file is another one.
   */
  'github/fetch': request(IssueFetch, FetchedIssues),
  /** What labels would change, by the file and the results as they are. Asks nobody. `source_invalid`: the run's file was not fetched. */
  'github/planLabels': request(LabelChoice, LabelPlan),
  /**
   * Writes labels of these issues of the plan, one after the other, each after its labels, title and text were read once more. What was
   * written is noted for `github/undoLabels` before the next one. `conflict`: the plan is another one by now.
   */
  'github/applyLabels': request(
    LabelChoice.extend({
      digest: LabelPlan.shape.digest,
      numbers: z.array(z.int().positive()).min(1).max(mostLabelled),
    }),
    LabelledIssues,
  ),
  /** Takes back what was written for a run, newest first, at most so many issues; `left`: how many are still to be looked at. */
  'github/undoLabels': request(
    z.object({ runId: RunId, most: z.int().min(1).max(mostLabelled).default(mostLabelled) }),
    LabelledIssues.extend({ left: z.int().nonnegative() }),
  ),
} as const satisfies Record<string, RequestRow>
