import * as l10n from '@vscode/l10n'
import type { ConfigField, ProviderView } from '../../../protocol/providers.ts'
import { differingFields, draftOf } from '../../form/draft.ts'
import type { Difference } from '../../parts/changedElsewhere.tsx'
import type { ProviderDraft } from './keptForm.ts'

/** In what the settings that are typed differ from those that somebody else saved. */
export function settingDifferences(
  { draft }: ProviderDraft,
  theirs: ProviderView,
  fields: readonly ConfigField[],
): Difference[] {
  const saved = draftOf(fields, theirs.config)
  return differingFields(fields, draft, saved).map(({ name, title }) => ({
    title,
    here: tell(draft[name]),
    there: tell(saved[name]),
  }))
}

function tell(value: string | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? l10n.t('yes') : l10n.t('no')
  return value === undefined || value === '' ? l10n.t('default') : value
}
