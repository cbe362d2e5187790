import { useEffect, useRef, useState } from 'preact/hooks'
import type { Profile } from '../../protocol/profile.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import type { SetupFacts } from '../../protocol/setupPage.ts'
import { plural } from '../parts/language.ts'
import { useAsked, useSetup } from './setupContext.ts'
import { type Preview, previewOf, type SetupDraft } from './setupDraft.ts'
import type { Models } from './useModels.ts'

/** Typing is over; a large file is not counted anew with each letter. */
const restMs = 400
export const previewItems = 10

/** What the choices of now would take. */
export interface Taking {
  /** Null: not known yet. */
  estimate: RunEstimate | null
  reason: Reason | null
  /** It is being counted. */
  isCounting: boolean
  /** Of the source; null: not known. */
  items: number | null
  /** Nobody is called. */
  isFree: boolean
  /** What a preview of now would be judged by. */
  basis: string
  /** Where nobody is called, some are judged at once. Null: none. */
  preview: Preview | null
  judging: 'idle' | 'judging' | Reason
  judge(keep: (preview: Preview) => void): void
}

interface Choices {
  facts: SetupFacts
  draft: SetupDraft
  /** Null: no list is chosen yet; the figures are those of the list that would count. */
  profile: Profile | null
  models: Models
  isReadable: boolean
}

export function useEstimate(id: string, { facts, draft, profile, models, isReadable }: Choices): Taking {
  const { host, announce } = useSetup()
  const { reading, model } = draft
  const byLane = draft.lane && !models.isFree(model, facts.tasks) ? { lane: draft.lane } : {}
  const how = { ...byLane, ...(draft.cascade ? { cascade: draft.cascade } : {}) }
  const isFree = models.isFree(model, facts.tasks)
  const basis = JSON.stringify([reading, model, profile])
  const isReady = models.readiness !== null && models.problemOf(model, facts.tasks) === null
  const asksNow = facts.source !== null && isReadable && isReady
  const sample = isFree && profile !== null ? { sample: previewItems } : {}
  // What a preview has judged is not judged again.
  const question = JSON.stringify([basis, sample, how, draft.preview?.basis === basis, models.readiness])
  const { answer, isCurrent } = useAsked(
    asksNow ? question : null,
    (signal) => host.command('estimate', { id, reading, model, draft: profile, ...how, ...sample }, signal),
    restMs,
  )
  const estimate = answer.kind === 'there' ? answer.value : null
  const [judging, setJudging] = useState<Taking['judging']>('idle')
  const ending = useRef<AbortController | null>(null)
  // An answer about other choices is not shown as one about these.
  useEffect(() => {
    setJudging('idle')
    return () => ending.current?.abort()
  }, [basis])
  const judge = async (keep: (preview: Preview) => void) => {
    const mine = new AbortController()
    ending.current = mine
    setJudging('judging')
    const judged = await host.command(
      'estimate',
      { id, reading, model, draft: profile, sample: previewItems },
      mine.signal,
    )
    if (mine.signal.aborted) return
    setJudging(judged === null || judged.ok ? 'idle' : judged.reason)
    if (!judged?.ok) return
    keep(previewOf(basis, judged.value))
    announce(plural(judged.value.sample?.items ?? 0, '{0} item was judged.', '{0} items were judged.'))
  }
  return {
    estimate,
    reason: answer.kind === 'failed' && isCurrent ? answer.reason : null,
    isCounting: asksNow && !isCurrent,
    items: estimate === null ? null : estimate.items,
    isFree,
    basis,
    preview: isFree && isCurrent && estimate?.sample ? previewOf(basis, estimate) : null,
    judging,
    judge: (keep) => void judge(keep),
  }
}
