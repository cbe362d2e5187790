import * as z from 'zod'
import { InputHash, LabelImport, LabelPage, LabelPageRequest, LabelToSave, LabelView, labelPlace } from '../labels.ts'
import { none, type RequestRow, request } from './request.ts'

/** What people say of items. The client passes a folder only where its user trusts it. */
export const labelRequests = {
  /** In the order of the file. */
  'label/list': request(LabelPageRequest, LabelPage),
  /** Answers when it is in the file. `label_invalid`: a category that the run's profile does not have, or no text for it. */
  'label/save': request(z.object({ ...labelPlace, label: LabelToSave }), LabelView),
  'label/remove': request(z.object({ ...labelPlace, inputHash: InputHash }), none),
  /** Takes over what a person has corrected in a results file, or a file of texts with their categories: JSONL, CSV or JSON. */
  'label/import': request(z.object({ ...labelPlace, path: z.string().min(1).max(4096) }), LabelImport),
} as const satisfies Record<string, RequestRow>
