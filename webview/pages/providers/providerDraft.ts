import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import * as z from 'zod'
import { Instant } from '../../../protocol/names.ts'
import {
  type ConfigField,
  type KindInfo,
  ProviderConfig,
  type ProviderView,
  type SavedProvider,
} from '../../../protocol/providers.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { configOf, Draft, differingFields, draftOf, type SaveState, useFormDraft } from '../../form/draft.ts'
import type { Difference } from '../../parts/changedElsewhere.tsx'
import { usePage } from '../../state/pageContext.ts'

/** A form as it was left. */
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
  /** What it is called while it has no name of its own; absent: as its kind. */
  label?: string
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

export function useProviderDraft(initial: ProviderDraft) {
  return useFormDraft('providers.form', ProviderDraft, initial)
}

export interface Save {
  state: SaveState
  /** Problems of the last refusal, by field. */
  problems: readonly Problem[]
  /** Null: it was refused, and the state says why. */
  save(draft: ProviderDraft): Promise<SavedProvider | null>
  reset(): void
}

const noProblems: readonly Problem[] = []

export function useSave(kind: KindInfo): Save {
  const { host } = usePage()
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const isAboutFields = state.kind === 'refused' && state.reason.code === 'config_invalid'
  return {
    state,
    problems: (isAboutFields && 'problems' in state.reason && state.reason.problems) || noProblems,
    async save(draft) {
      setState({ kind: 'saving' })
      const saved = await host.request('provider/save', {
        provider: draft.name,
        kind: kind.kind,
        config: configOf(kind.fields, draft.draft, draft.before),
        // Somebody else may have saved it, too: then the save is refused, and nothing of theirs is overwritten.
        ...(draft.updatedAt === null ? { create: true } : { ifUpdatedAt: draft.updatedAt }),
      })
      setState(saved.ok ? { kind: 'idle' } : { kind: 'refused', reason: saved.reason })
      return saved.ok ? saved.value : null
    },
    reset: () => setState({ kind: 'idle' }),
  }
}

/** In what the settings that are typed differ from those that somebody else saved. */
export function settingDifferences(
  { draft }: ProviderDraft,
  theirs: ProviderView,
  fields: readonly ConfigField[],
): Difference[] {
  const saved = draftOf(fields, theirs.config)
  return differingFields(fields, draft, saved).map(({ name, title }) => ({
    title,
    here: formatSetting(draft[name]),
    there: formatSetting(saved[name]),
  }))
}

function formatSetting(value: string | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? l10n.t('yes') : l10n.t('no')
  return value === undefined || value === '' ? l10n.t('default') : value
}
