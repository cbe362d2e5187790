import { DocumentItem, DocumentPaths, DocumentPlace, DocumentResults } from '../documents.ts'
import { type RequestRow, request } from './request.ts'

/** Results where the items stand. What is shown goes through the language server's own requests. */
export const documentRequests = {
  /** A client asks before it sends a document: what is in no row has nothing to show. */
  'document/results': request(DocumentPaths, DocumentResults),
  /** Null: there is no record with a result at that place. */
  'document/item': request(DocumentPlace, DocumentItem.nullable()),
} as const satisfies Record<string, RequestRow>
