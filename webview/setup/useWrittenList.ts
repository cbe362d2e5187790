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
}

const nothing: WrittenList = { profile: null, problems: [] }

/** A list that somebody writes, read by the server's own reader whenever it stands still. Null: nothing is written. */
export function useWrittenList(text: string | null): WrittenList {
  const { host } = useSetup()
  const isThere = text !== null && text.trim() !== ''
  const { answer, isCurrent } = useAsked(
    isThere ? text : null,
    (signal) => host.request('profile/check', { text: text ?? '', name: l10n.t('the list') }, signal),
    restMs,
  )
  if (!isThere || !isCurrent || answer.kind === 'reading') return nothing
  if (answer.kind === 'there') return { profile: answer.value.profile, problems: [] }
  const { reason } = answer
  if (reason.code !== 'profile_invalid') return { profile: null, problems: [describeReason(reason)] }
  return {
    profile: null,
    problems: reason.problems.map((problem) =>
      problem.line === undefined
        ? describeProblem(problem)
        : l10n.t('Line {0}: {1}', problem.line, describeProblem(problem)),
    ),
  }
}
