import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { say, worded } from '../../shared/message.ts'
import { feedbackProfile } from './feedbackProfile.ts'
import { issuesProfile } from './issuesProfile.ts'
import { logsProfile } from './logsProfile.ts'
import { readProfile } from './readProfile.ts'

/** The ready-made profiles as YAML, by name: what `--profile NAME` takes, and a start for somebody's own file. */
export const presetProfiles: Readonly<Record<string, string>> = {
  issues: issuesProfile,
  logs: logsProfile,
  feedback: feedbackProfile,
}

export const presetNames: readonly string[] = Object.keys(presetProfiles)

/** Fails with `profile_invalid` when there is no profile of that name. */
export function findPreset(name: string): Outcome<Profile> {
  const text = Object.hasOwn(presetProfiles, name) ? presetProfiles[name] : undefined
  if (text !== undefined) return readProfile(text, name)
  const told = say('there is no ready-made profile "{0}"; there are {1}', name, presetNames.join(', '))
  return fail({ code: 'profile_invalid', file: name, problems: [{ path: '', ...worded('message', told) }] })
}
