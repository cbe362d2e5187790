import { useEffect, useRef, useState } from 'preact/hooks'
import type { AuditEntry, AuditFilter } from '../../../protocol/audit.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { usePage, useReading } from '../../state/pageContext.ts'

export type ChangeFilter = Omit<AuditFilter, 'cursor' | 'limit'>

export interface AuditReading {
  /** Newest first. Null: nothing was read yet. */
  entries: readonly AuditEntry[] | null
  reason: Reason | null
  hasMore: boolean
  isReading: boolean
  more(): void
}

/** A page of changes, and further ones as they are asked for. New changes come by themselves on top. */
export function useAudit(filter: ChangeFilter): AuditReading {
  const { host } = usePage()
  const first = useReading('audit/list', filter)
  const [older, setOlder] = useState<{ next: string | null } | null>(null)
  const [reason, setReason] = useState<Reason | null>(null)
  const [isReading, setReading] = useState(false)
  const key = JSON.stringify(filter)
  const asked = useRef(key)
  /** New changes push the last ones out of the first page: what was shown stays. */
  const seen = useRef(new Map<number, AuditEntry>())
  if (asked.current !== key) seen.current = new Map()
  asked.current = key
  useEffect(() => {
    setOlder(null)
    setReason(null)
    setReading(false)
  }, [key])

  async function more(cursor: string) {
    setReading(true)
    const page = await host.request('audit/list', { ...filter, cursor })
    // Another filter was chosen meanwhile.
    if (asked.current !== key) return
    setReading(false)
    if (!page.ok) return setReason(page.reason)
    setReason(null)
    for (const entry of page.value.rows) seen.current.set(entry.id, entry)
    setOlder({ next: page.value.next })
  }

  if (first.kind === 'failed') return { entries: null, reason: first.reason, hasMore: false, isReading, more() {} }
  if (first.kind === 'reading') return { entries: null, reason: null, hasMore: false, isReading: true, more() {} }
  for (const entry of first.value.rows) seen.current.set(entry.id, entry)
  const next = older ? older.next : first.value.next
  return {
    entries: [...seen.current.values()].sort((left, right) => right.id - left.id),
    reason,
    hasMore: next !== null,
    isReading,
    more: () => {
      if (next !== null && !isReading) void more(next)
    },
  }
}
