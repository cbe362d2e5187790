import { AuditEntry, AuditFilter } from '../audit.ts'
import { pageOf } from '../names.ts'
import { UsageRequest, UsageRow } from '../usage.ts'
import { type RequestRow, request } from './request.ts'

/** What was used and what was changed. */
export const recordRequests = {
  /** Sums of tokens and money, newest day first; calls of a moment ago are in them. */
  'usage/read': request(UsageRequest.nullish(), pageOf(UsageRow)),
  /** Newest first. */
  'audit/list': request(AuditFilter.nullish(), pageOf(AuditEntry)),
} as const satisfies Record<string, RequestRow>
