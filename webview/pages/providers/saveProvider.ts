import { useState } from 'preact/hooks'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Problem, Reason } from '../../../protocol/reasons.ts'
import { configOf } from '../../form/draft.ts'
import { usePage } from '../../state/pageContext.ts'
import type { ProviderDraft } from './keptForm.ts'

/** How far a save is. `refused`: what was wrong stands in its reason, problems of fields at their fields. */
export type SaveState = { kind: 'still' } | { kind: 'saving' } | { kind: 'refused'; reason: Reason }

export interface Save {
  state: SaveState
  /** Problems of the last refusal, by field. */
  problems: readonly Problem[]
  /** Null: it was refused, and the state says why. */
  save(draft: ProviderDraft): Promise<ProviderView | null>
  forget(): void
}

const noProblems: readonly Problem[] = []

export function useSave(kind: KindInfo): Save {
  const { host } = usePage()
  const [state, setState] = useState<SaveState>({ kind: 'still' })
  const isAboutFields = state.kind === 'refused' && state.reason.code === 'config_invalid'
  return {
    state,
    problems: isAboutFields && 'problems' in state.reason ? state.reason.problems : noProblems,
    async save(draft) {
      setState({ kind: 'saving' })
      const saved = await host.request('provider/save', {
        provider: draft.name,
        kind: kind.kind,
        config: configOf(kind.fields, draft.draft, draft.before),
        // Somebody else may have saved it, too: that is told, and nothing of theirs is overwritten.
        ...(draft.updatedAt === null ? { create: true } : { ifUpdatedAt: draft.updatedAt }),
      })
      setState(saved.ok ? { kind: 'still' } : { kind: 'refused', reason: saved.reason })
      return saved.ok ? saved.value : null
    },
    forget: () => setState({ kind: 'still' }),
  }
}
