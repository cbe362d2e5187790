import { useState } from 'preact/hooks'
import type { Category, CategoryChange } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { usePage } from '../../state/pageContext.ts'
import { changesOf, type SharedChange, undoOf } from './severalCategories.ts'

/** What was changed last, and what takes it back. */
export interface LastChange {
  sentence: string
  undo: CategoryChange[]
}

/** Changes categories, all of those that are chosen or none, and takes the last change back. */
export function useCategoryChanges() {
  const { host, announce } = usePage()
  const [last, setLast] = useState<LastChange | null>(null)
  const [reason, setReason] = useState<Reason | null>(null)

  async function save(changes: CategoryChange[], sentence: string): Promise<Category[] | null> {
    const saved = await host.request('category/saveAll', { changes })
    setReason(saved.ok ? null : saved.reason)
    if (!saved.ok) return null
    announce(sentence)
    return saved.value
  }
  return {
    last,
    reason,
    async make(chosen: readonly Category[], change: SharedChange, sentence: string): Promise<void> {
      const saved = await save(changesOf(chosen, change), sentence)
      if (saved) setLast({ sentence, undo: undoOf(chosen, change, saved) })
    },
    async takeBack({ undo }: LastChange, sentence: string): Promise<void> {
      if (await save(undo, sentence)) setLast(null)
    },
  }
}
