import * as z from 'zod'
import { Instant } from '../../../protocol/names.ts'
import { type ConfigField, ProviderConfig } from '../../../protocol/providers.ts'
import { Draft, draftOf } from '../../form/draft.ts'
import { usePersistedState } from '../../state/persistedState.ts'

/** A form as it was left: half-filled, it survives hiding, reloading and restoring. */
export const ProviderDraft = z.object({
  /** Which form it is, so that another one begins anew. */
  of: z.string(),
  name: z.string(),
  draft: Draft,
  /** The settings that it began with, and when they had been saved; null: it is a new provider. */
  before: ProviderConfig,
  updatedAt: Instant.nullable(),
})
export type ProviderDraft = z.infer<typeof ProviderDraft>

export interface FormStart {
  name: string
  config: ProviderConfig
}

export function beginDraft(
  of: string,
  fields: readonly ConfigField[],
  start: FormStart,
  updatedAt: string | null,
): ProviderDraft {
  // A ready-made start is what a person might have typed: nothing was saved before it.
  const before = updatedAt === null ? {} : start.config
  return { of, name: start.name, draft: draftOf(fields, start.config), before, updatedAt }
}

/** The draft of this form. Until somebody types, it is what is saved, and follows it; undefined makes it that again. */
export function useKeptDraft(initial: ProviderDraft) {
  const [kept, keep] = usePersistedState<ProviderDraft | null>('providers.form', ProviderDraft.nullable(), null)
  const own = kept?.of === initial.of ? kept : null
  return { draft: own ?? initial, isTouched: own !== null, keep }
}
