import { useEffect, useState } from 'preact/hooks'
import type { ResultQuery, RunItem } from '../../protocol/resultQueries.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import { useAnswer } from './resultsContext.ts'

interface HeldItemParts {
  runId: string
  query: ResultQuery
  version: number
  /** An item that somebody wants to see, until it is seen. */
  target: ShownItem | null
  onSeen(): void
  /** Where it stands in what the query finds, each time it stands elsewhere. */
  onPlace(offset: number): void
}

export interface HeldItem {
  /** Null: nothing is held, it was not read yet, or it is gone. */
  found: RunItem | null
  isGone: boolean
  hold(item: ShownItem | null): void
}

/** An item that stays in sight wherever the table has it: one that was asked for, or that is being corrected. */
export function useHeldItem({ runId, query, version, target, onSeen, onPlace }: HeldItemParts): HeldItem {
  const [held, setHeld] = useState<ShownItem | null>(target)
  useEffect(() => {
    if (!target) return
    setHeld(target)
    onSeen()
  }, [target])
  const answer = useAnswer('run/item', held && { runId, ...held, ...query }, version)
  const found = answer.kind === 'there' ? answer.value : null
  const offset = found?.offset ?? null
  useEffect(() => {
    if (offset !== null) onPlace(offset)
  }, [offset])
  return {
    found,
    isGone: answer.kind === 'there' && answer.value === null && held !== null,
    hold(item) {
      if (item === null || item.id !== held?.id || item.inputHash !== held.inputHash) setHeld(item)
    },
  }
}
