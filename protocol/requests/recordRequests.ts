import * as z from 'zod'
import { AuditEntry, AuditFilter } from '../audit.ts'
import { Places } from '../home.ts'
import { pageOf } from '../names.ts'
import { UsageRequest, UsageRow } from '../usage.ts'
import { type RequestRow, request } from './request.ts'

/** What was used, what was changed, and where it is kept. */
export const recordRequests = {
  /** Sums of tokens and money, newest day first; calls of a moment ago are in them. */
  'usage/read': request(UsageRequest.nullish(), pageOf(UsageRow)),
  /** Newest first. */
  'audit/list': request(AuditFilter.nullish(), pageOf(AuditEntry)),
  /** Where editors and terminals of this machine keep data and keys. */
  'places/read': request(z.object({}).nullish(), Places),
} as const satisfies Record<string, RequestRow>
