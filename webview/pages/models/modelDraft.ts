import { useState } from 'preact/hooks'
import * as z from 'zod'
import { ModelStatus, ModelType, type RegisteredModel } from '../../../protocol/models.ts'
import { Instant } from '../../../protocol/names.ts'
import { parameterShapes, parametersOfForm } from '../../../protocol/parameterShapes.ts'
import { ProviderConfig } from '../../../protocol/providers.ts'
import type { Dependent, Problem, Reason } from '../../../protocol/reasons.ts'
import { configOf, Draft, draftOf, type SaveState, useFormDraft } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'
import { usePage } from '../../state/pageContext.ts'

/** A model's form as it was left: half-filled, it survives hiding, reloading and restoring. */
export const ModelDraft = z.object({
  /** Which form it is, so that another one begins anew. */
  of: z.string(),
  type: ModelType,
  status: ModelStatus,
  /** Gateways have it. */
  sync: z.boolean(),
  draft: Draft,
  /** The parameters that it began with, and when they had been saved; null: it is not registered yet. */
  before: ProviderConfig,
  updatedAt: Instant.nullable(),
})
export type ModelDraft = z.infer<typeof ModelDraft>

export function beginModelDraft(
  of: string,
  fields: readonly FormField[],
  { type, registered }: { type: ModelType; registered: RegisteredModel | null },
): ModelDraft {
  const before = storedParameters(registered)
  return {
    of,
    type,
    before,
    draft: draftOf(fields, before),
    status: registered?.status ?? 'active',
    sync: registered?.sync ?? false,
    updatedAt: registered?.updatedAt ?? null,
  }
}

/** As a form takes them: parameters are JSON, whatever their type, and the price is one of them. */
export function storedParameters(registered: RegisteredModel | null): ProviderConfig {
  const { parameters = {}, price = null } = registered ?? {}
  return ProviderConfig.parse({ ...parameters, ...(price === null ? {} : { price }) })
}

export function useModelDraft(initial: ModelDraft) {
  return useFormDraft('models.form', ModelDraft, initial)
}

/** How far a save is. `asking`: it would switch off what something uses, and the person has not agreed yet. */
type ModelSaveState =
  | Exclude<SaveState, { kind: 'refused' }>
  | { kind: 'asking'; dependents: readonly Dependent[] }
  /** With its problems by field. */
  | { kind: 'refused'; reason: Reason; problems: readonly Problem[] }

interface ModelSave {
  state: ModelSaveState
  /** Problems of the last refusal, by field. */
  problems: readonly Problem[]
  /** Null: it was not saved, and the state says why. */
  save(draft: ModelDraft, isConfirmed?: boolean): Promise<RegisteredModel | null>
  reset(): void
}

/** The parameters as the draft says them, in the contract's shape. */
export function parametersOf(fields: readonly FormField[], draft: ModelDraft): ProviderConfig {
  return saidIn(fields, draft).parameters
}

/** What is absent of a price was not said: null takes the whole price back. */
function saidIn(fields: readonly FormField[], { type, draft, before }: ModelDraft) {
  const { price = null, ...parameters } = configOf(fields, draft, before)
  const names = fields.map(({ name }) => name)
  return {
    parameters: parametersOfForm(parameterShapes(type, names), parameters),
    price: price as Record<string, z.core.util.JSONType> | null,
  }
}

const noProblems: readonly Problem[] = []

export function useModelSave(named: { provider: string; model: string }, fields: readonly FormField[]): ModelSave {
  const { host } = usePage()
  const [state, setState] = useState<ModelSaveState>({ kind: 'idle' })
  return {
    state,
    problems: state.kind === 'refused' ? state.problems : noProblems,
    async save(draft, isConfirmed) {
      setState({ kind: 'saving' })
      const saved = await host.request('model/save', {
        ...named,
        status: draft.status,
        sync: draft.sync,
        ...saidIn(fields, draft),
        // Somebody else may have changed it, too: then the save is refused, and nothing of theirs is overwritten.
        ...(draft.updatedAt === null ? { type: draft.type, create: true } : { ifUpdatedAt: draft.updatedAt }),
        ...(isConfirmed ? { confirm: true } : {}),
      })
      setState(saved.ok ? { kind: 'idle' } : stateAfter(saved.reason))
      return saved.ok ? saved.value : null
    },
    reset: () => setState({ kind: 'idle' }),
  }
}

function stateAfter(reason: Reason): ModelSaveState {
  return reason.code === 'has_dependents'
    ? { kind: 'asking', dependents: reason.dependents }
    : { kind: 'refused', reason, problems: problemsOf(reason) }
}

/** The server calls a field `parameters.dimensions`, the form `dimensions`. */
function problemsOf(reason: Reason): readonly Problem[] {
  if (reason.code !== 'config_invalid') return noProblems
  return reason.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^parameters\./, '') }))
}
