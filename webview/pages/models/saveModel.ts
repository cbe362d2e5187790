import { useState } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { type ParameterShape, parametersOfForm } from '../../../protocol/parameterShapes.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import type { Dependent, Problem, Reason } from '../../../protocol/reasons.ts'
import { configOf } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'
import { usePage } from '../../state/pageContext.ts'
import type { ModelDraft } from './keptModelForm.ts'

/** How far a save is. `asking`: it would switch off what something uses, and the person has not agreed yet. */
export type ModelSaveState =
  | { kind: 'still' }
  | { kind: 'saving' }
  | { kind: 'asking'; dependents: readonly Dependent[] }
  | { kind: 'refused'; reason: Reason }

export interface ModelSave {
  state: ModelSaveState
  /** Problems of the last refusal, by field. */
  problems: readonly Problem[]
  /** Null: it was not saved, and the state says why. */
  save(draft: ModelDraft, isConfirmed?: boolean): Promise<RegisteredModel | null>
  forget(): void
}

/** The parameters as the draft says them, in the contract's shape. */
export function parametersOf(fields: readonly FormField[], { draft, before }: ModelDraft): ProviderConfig {
  const shapes = fields.map(({ name, type }): ParameterShape => {
    return { name, type: type === 'enum' ? 'choice' : 'number', values: [] }
  })
  return parametersOfForm(shapes, configOf(fields, draft, before))
}

const noProblems: readonly Problem[] = []

export function useModelSave(named: { provider: string; model: string }, fields: readonly FormField[]): ModelSave {
  const { host } = usePage()
  const [state, setState] = useState<ModelSaveState>({ kind: 'still' })
  const [problems, setProblems] = useState(noProblems)
  return {
    state,
    problems,
    async save(draft, isConfirmed) {
      setState({ kind: 'saving' })
      const saved = await host.request('model/save', {
        ...named,
        status: draft.status,
        parameters: parametersOf(fields, draft),
        // Somebody else may have changed it, too: that is told, and nothing of theirs is overwritten.
        ...(draft.updatedAt === null ? { type: draft.type, create: true } : { ifUpdatedAt: draft.updatedAt }),
        ...(isConfirmed ? { confirm: true } : {}),
      })
      setProblems(saved.ok ? noProblems : problemsOf(saved.reason))
      setState(saved.ok ? { kind: 'still' } : stateAfter(saved.reason))
      return saved.ok ? saved.value : null
    },
    forget() {
      setState({ kind: 'still' })
      setProblems(noProblems)
    },
  }
}

function stateAfter(reason: Reason): ModelSaveState {
  return reason.code === 'has_dependents'
    ? { kind: 'asking', dependents: reason.dependents }
    : { kind: 'refused', reason }
}

/** The server calls a field `parameters.dimensions`, the form `dimensions`. */
function problemsOf(reason: Reason): readonly Problem[] {
  if (reason.code !== 'config_invalid') return noProblems
  return reason.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^parameters\./, '') }))
}
