import { useEffect, useState } from 'preact/hooks'
import type { PageResult } from '../../../protocol/page.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { UsageRequest, UsageRow } from '../../../protocol/usage.ts'
import { usePage, useReading } from '../../state/pageContext.ts'

export type UsageReading =
  | { kind: 'reading' }
  /** `isCut`: there are more rows than anybody could look at. */
  | { kind: 'there'; rows: UsageRow[]; isCut: boolean }
  | { kind: 'failed'; reason: Reason }

/** A year of a dozen models; the sums of more than these would take seconds to bring. */
const mostPages = 60

/** All rows of one grouping, read again when something was used. */
export function useUsage(days: number, groupBy: UsageRequest['groupBy']): UsageReading {
  const { host } = usePage()
  const [reading, setReading] = useState<UsageReading>({ kind: 'reading' })
  // The sum of everything changes whenever anything does.
  const sum = useReading('usage/read', { days, groupBy: [] })
  const key = JSON.stringify([days, groupBy, sum])
  useEffect(() => {
    const ending = new AbortController()
    const read = async () => {
      const rows: UsageRow[] = []
      let cursor: string | null = null
      for (let pages = 0; pages === 0 || (cursor !== null && pages < mostPages); pages += 1) {
        const page: PageResult<'usage/read'> = await host.request(
          'usage/read',
          { days, groupBy, cursor },
          ending.signal,
        )
        if (ending.signal.aborted) return
        if (!page.ok) return setReading({ kind: 'failed', reason: page.reason })
        rows.push(...page.value.rows)
        cursor = page.value.next
      }
      setReading({ kind: 'there', rows, isCut: cursor !== null })
    }
    void read()
    return () => ending.abort()
  }, [host, key])
  return reading
}
