import * as l10n from '@vscode/l10n'
import type { Profile } from '../../protocol/profile.ts'
import { describeProblem, describeReason } from '../parts/language.ts'
import { useAsked, useSetup } from './setupContext.ts'

const restMs = 250

export interface WrittenList {
  /** Null: there is none, or it cannot be used. */
  profile: Profile | null
  /** With their lines, in words. */
  problems: readonly string[]
  /** What was typed last has not been read yet. */
  isReading: boolean
}

const nothing: WrittenList = { profile: null, problems: [], isReading: false }

/** A list that somebody writes, read by the server's own reader whenever it stands still. Null: nothing is written. */
export function useWrittenList(text: string | null): WrittenList {
  const { host } = useSetup()
  const isThere = text !== null && text.trim() !== ''
  const { answer, isCurrent } = useAsked(
    isThere ? text : null,
    (signal) => host.request('profile/check', { text: text ?? '', name: l10n.t('the list') }, signal),
    restMs,
  )
  if (!isThere) return nothing
  if (!isCurrent || answer.kind === 'reading') return { ...nothing, isReading: true }
  if (answer.kind === 'there') return { ...nothing, profile: answer.value.profile }
  const { reason } = answer
  if (reason.code !== 'profile_invalid') return { ...nothing, problems: [describeReason(reason)] }
  return {
    ...nothing,
    problems: reason.problems.map((problem) =>
      problem.line === undefined
        ? describeProblem(problem)
        : l10n.t('Line {0}: {1}', problem.line, describeProblem(problem)),
    ),
  }
}
