import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import * as z from 'zod'
import type { Outcome } from '../../../protocol/outcome.ts'
import { type Category, CategoryChange, type CategoryEdit, CategoryEditResult } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { seen } from './editPreview.tsx'
import { changesOf, type SharedChange, undoOf } from './severalCategories.ts'

/** As JSON: changes with the fields that they have. */
const StoredChanges = z.array(z.record(z.string(), z.union([z.string(), z.boolean(), z.null()])))

/** What was changed last, and what takes it back; stored while the panel is hidden. */
const LastChange = z.object({
  sentence: z.string(),
  undo: z.union([
    z.object({ kind: z.literal('changes'), changes: StoredChanges }),
    z.object({ kind: z.literal('edit'), edited: CategoryEditResult }),
  ]),
})
type LastChange = z.infer<typeof LastChange>

export interface CategoryChanges {
  last: LastChange | null
  reason: Reason | null
  /** Changes all of those that are chosen, or none. */
  make(chosen: readonly Category[], change: SharedChange, sentence: string): Promise<void>
  /** `of`: the categories as the person saw them. What it is refused for is for the caller to show. */
  edit(edit: CategoryEdit, of: readonly Category[], sentence: string): Promise<Outcome<CategoryEditResult>>
  /** Shows why something was refused; null: nothing was. */
  show(reason: Reason | null): void
  /** An edit was made elsewhere on the page, and can be undone here. */
  remember(sentence: string, edited: CategoryEditResult): void
  undo(): Promise<void>
  dismiss(): void
}

/** The changes of the page, and the last of them taken back. */
export function useCategoryChanges(): CategoryChanges {
  const { host, announce } = usePage()
  const [last, setLast] = usePersistedState<LastChange | null>('categories.last', LastChange.nullable(), null)
  const [reason, setReason] = useState<Reason | null>(null)

  function take<Value>(outcome: Outcome<Value>, sentence: string): Value | null {
    setReason(outcome.ok ? null : outcome.reason)
    if (!outcome.ok) return null
    announce(sentence)
    return outcome.value
  }
  const remember = (sentence: string, edited: CategoryEditResult) => {
    announce(sentence)
    setReason(null)
    setLast({ sentence, undo: { kind: 'edit', edited } })
  }
  return {
    last,
    reason,
    remember,
    show: setReason,
    async make(chosen, change, sentence) {
      const saved = take(await host.request('category/saveAll', { changes: changesOf(chosen, change) }), sentence)
      if (saved)
        setLast({ sentence, undo: { kind: 'changes', changes: StoredChanges.parse(undoOf(chosen, change, saved)) } })
    },
    async edit(edit, of, sentence) {
      const edited = await host.request('category/edit', { edit, ifCurrent: seen(of) })
      if (edited.ok) remember(sentence, edited.value)
      return edited
    },
    async undo() {
      if (!last) return
      const { undo } = last
      const undone =
        undo.kind === 'changes'
          ? await host.request('category/saveAll', { changes: z.array(CategoryChange).parse(undo.changes) })
          : await host.request('category/edit', {
              edit: { kind: 'restore', before: undo.edited.before, after: seen(undo.edited.after) },
            })
      if (take<unknown>(undone, l10n.t('Undone.')) !== null) setLast(undefined)
    },
    dismiss: () => setLast(undefined),
  }
}
