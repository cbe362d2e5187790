import { useEffect, useRef, useState } from 'preact/hooks'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { PageResult } from '../../protocol/page.ts'
import type { Answer } from './answer.ts'
import { usePage, useReading } from './pageContext.ts'

export type AllModels = Answer<readonly RegisteredModel[]>

const none: readonly RegisteredModel[] = []

/** Every registered model, a page of a hundred after the other. The first page is read again with each change, and then the rest. */
export function useAllModels(): AllModels {
  const { host } = usePage()
  const first = useReading('model/list', {})
  const [all, setAll] = useState<AllModels>({ kind: 'reading' })
  const latest = useRef<unknown>(null)
  useEffect(() => {
    latest.current = first
    if (first.kind === 'failed') return setAll(first)
    if (first.kind === 'reading') return
    const { rows, next } = first.value
    if (next === null) return setAll({ kind: 'there', value: rows })
    void readOn(rows, next)

    async function readOn(before: readonly RegisteredModel[], cursor: string) {
      const models = [...before]
      for (let at: string | null = cursor; at !== null; ) {
        const page: PageResult<'model/list'> = await host.request('model/list', { cursor: at })
        // Something has changed meanwhile, and all is being read again.
        if (latest.current !== first) return
        if (!page.ok) return setAll({ kind: 'failed', reason: page.reason })
        models.push(...page.value.rows)
        at = page.value.next
      }
      setAll({ kind: 'there', value: models })
    }
  }, [first, host])
  return all
}

/** The registered models that are there so far. */
export function modelsSoFar(all: AllModels): readonly RegisteredModel[] {
  return all.kind === 'there' ? all.value : none
}
