import * as z from 'zod'
import { ImportPlan, ImportResult, ImportSource } from '../imports.ts'
import { type RequestRow, request } from './request.ts'

const asked = {
  sources: z.array(ImportSource).min(1).max(20),
  /** A trusted folder for profiles. Absent: files that hold one are told as left. */
  workspaceFolder: z.string().min(1).max(4096).optional(),
}

/** Taking over what other programs know of providers, and question packs as profiles. */
export const importRequests = {
  /**
   * What would be made; changes nothing and sends nothing. `source_invalid`, with the line where there is one: a file that cannot be read,
   * is broken, or is none of the known forms.
   */
  'import/plan': request(z.object(asked), ImportPlan),
  /**
   * Makes the entries of these ids, and whatever of the plan they need: a model needs its provider. Nothing that exists is changed.
   * `conflict`: files or data are no longer as `digest` says. No key is read: whoever has a secret store moves them afterwards.
   */
  'import/apply': request(
    z.object({
      ...asked,
      digest: ImportPlan.shape.digest,
      ids: z.array(z.string().min(1).max(1000)).min(1).max(2000),
    }),
    ImportResult,
  ),
} as const satisfies Record<string, RequestRow>
