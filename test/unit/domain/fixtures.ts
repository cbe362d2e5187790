import { Profile } from '../../../protocol/profile.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import type { CompiledProfile } from '../../../server/domain/work.ts'

/** A small tree with every weight, a hidden child and a hidden root. */
export const treeProfile = Profile.parse({
  categories: [
    {
      name: 'Bug',
      description: 'Something is broken',
      weight: 'boost',
      children: [{ name: 'Crash', weight: 'max' }, { name: 'Flaky test' }, { name: 'Internal', hidden: true }],
    },
    { name: 'Question', weight: 'reduce' },
    { name: 'Spam', weight: 'block', children: [{ name: 'Giveaway' }, { name: 'Not spam', weight: 'normal' }] },
    { name: 'Docs' },
    { name: 'Secret', hidden: true, children: [{ name: 'Classified' }] },
  ],
  interests: 'Crashes and data loss.',
  anti_interests: 'Advertising.',
})

export function compiled(profile: Profile = treeProfile): CompiledProfile {
  const outcome = compileProfile(profile)
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return outcome.value
}
