import { l10n, window } from 'vscode'
import type { Api } from '../connection/api.ts'
import type { Tell } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'

/** What counts as interesting, and what does not, in a person's own words. Saving judges nothing anew. */
export async function editInterests(api: Api, tell: Tell): Promise<void> {
  const present = await api.request('preferences/read', {})
  if (!present.ok) return tell.failure(present.reason)
  const title = l10n.t('Change interests')
  const name = await pick<'interests' | 'anti_interests'>(title, l10n.t('Used when scoring'), [
    { label: l10n.t('$(heart) Interests'), detail: present.value.interests, value: 'interests' },
    { label: l10n.t('$(circle-slash) Anti-interests'), detail: present.value.anti_interests, value: 'anti_interests' },
  ])
  if (!name) return
  const typed = await window.showInputBox({
    title: name === 'interests' ? l10n.t('Interests') : l10n.t('Anti-interests'),
    prompt: l10n.t('In your own words. Used when scoring, unless the workspace’s profile says otherwise.'),
    value: present.value[name],
    ignoreFocusOut: true,
    validateInput: (text) => (text.length > 10_000 ? l10n.t('At most 10,000 characters.') : null),
  })
  if (typed === undefined) return
  const saved = await api.request('preferences/save', { [name]: typed })
  if (!saved.ok) await tell.failure(saved.reason)
}
