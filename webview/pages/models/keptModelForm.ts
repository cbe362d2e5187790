import * as z from 'zod'
import { ModelStatus, ModelType, type RegisteredModel } from '../../../protocol/models.ts'
import { Instant } from '../../../protocol/names.ts'
import { ProviderConfig } from '../../../protocol/providers.ts'
import { Draft, draftOf } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'
import { usePersistedState } from '../../state/persistedState.ts'

/** A model's form as it was left: half-filled, it survives hiding, reloading and restoring. */
export const ModelDraft = z.object({
  /** Which form it is, so that another one begins anew. */
  of: z.string(),
  type: ModelType,
  status: ModelStatus,
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
    ...{ of, type, before, draft: draftOf(fields, before) },
    status: registered?.status ?? 'active',
    updatedAt: registered?.updatedAt ?? null,
  }
}

/** As a form takes them: parameters are JSON, whatever their type. */
export function storedParameters(registered: RegisteredModel | null): ProviderConfig {
  return ProviderConfig.parse(registered?.parameters ?? {})
}

/** Until somebody types, it is what is saved, and follows it; undefined makes it that again. */
export function useKeptModelDraft(initial: ModelDraft) {
  const [kept, keep] = usePersistedState<ModelDraft | null>('models.form', ModelDraft.nullable(), null)
  const own = kept?.of === initial.of ? kept : null
  return { draft: own ?? initial, isTouched: own !== null, keep }
}
