import * as z from 'zod'
import { DocumentItem, DocumentPaths, DocumentPlace, DocumentResults, FileOffer } from '../documents.ts'
import { type RequestRow, request } from './request.ts'

/** Results where the items stand. What is shown goes through the language server's own requests. */
export const documentRequests = {
  /** A client asks before it sends a document: what is in no row has nothing to show. */
  'document/results': request(DocumentPaths, DocumentResults),
  /** Whether a person could mean to judge the file, and how many rows it has. Null: code, settings, figures, or more than 5 MB. */
  'document/offer': request(z.object({ path: z.string().min(1).max(4096) }), FileOffer.nullable()),
  /** Null: there is no record with a result at that place. */
  'document/item': request(DocumentPlace, DocumentItem.nullable()),
} as const satisfies Record<string, RequestRow>
