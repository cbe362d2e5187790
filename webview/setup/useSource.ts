import * as l10n from '@vscode/l10n'
import type { Reason } from '../../protocol/reasons.ts'
import type { SetupFacts } from '../../protocol/setupPage.ts'
import type { SourceDescription } from '../../protocol/sources.ts'
import { useAsked, useSetup } from './setupContext.ts'
import type { SetupDraft } from './setupDraft.ts'

export interface ReadSource {
  /** As it is read now; null: not known, or it cannot be read so. */
  description: SourceDescription | null
  /** Why it cannot be read; null: it can, or it is not known yet. */
  reason: Reason | null
  /** What has to be said before it can be judged, in words. */
  problem: string | null
}

/** What the source looks like, read as somebody said. */
export function useSource(id: string, facts: SetupFacts, { reading }: Pick<SetupDraft, 'reading'>): ReadSource {
  const { host } = useSetup()
  const isThere = facts.source !== null
  const { answer } = useAsked(isThere ? JSON.stringify(reading) : null, (signal) =>
    host.command('describe', { id, reading }, signal),
  )
  const description = answer.kind === 'there' ? answer.value : null
  const reason = answer.kind === 'failed' ? answer.reason : null
  const isUnclear = description !== null && description.text === null && description.fields.length > 0
  const problem =
    reason !== null
      ? l10n.t('It cannot be read this way.')
      : isUnclear
        ? l10n.t('Select the columns that hold the text.')
        : null
  return { description, reason, problem }
}
