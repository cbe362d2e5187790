import { l10n, window } from 'vscode'
import { tasks } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import { type Choice, pick, providerChoice } from '../forms/pick.ts'
import { taskTitle } from '../reasonWords.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Tell } from '../tell.ts'
import { taskIcon, taskState } from '../views/readinessWords.ts'
import type { CommandId } from './commandIds.ts'

type Run = (id: CommandId, ...args: unknown[]) => Promise<void>

/** All that can be set, as one list, until there is a panel for it. */
export async function openSettings(api: Api, snapshot: Snapshot, now: number, parts: { run: Run; tell: Tell }) {
  const { run } = parts
  const chosen = await pick<() => Promise<void>>(
    l10n.t('Settings (as a list; a settings page comes later)'),
    l10n.t('What would you like to change?'),
    [
      l10n.t('Providers'),
      ...snapshot.providers.map((view) => ({
        ...providerChoice(view, now),
        value: () => run('llmProviders.editProvider', view.provider),
      })),
      { label: l10n.t('$(add) Add provider'), value: () => run('llmProviders.addProvider') },
      { label: l10n.t('$(key) Set key'), value: () => run('llmProviders.setKey') },
      l10n.t('Task routes'),
      ...tasks.map(
        (task): Choice<() => Promise<void>> => ({
          label: `$(${taskIcon(snapshot.readiness[task])}) ${taskTitle(task)}`,
          description: taskState(snapshot.readiness[task]),
          value: () => run('llmProviders.setRoute', task),
        }),
      ),
      l10n.t('What counts as interesting'),
      { label: l10n.t('$(heart) Interests'), value: () => askPreference(api, 'interests', parts.tell) },
      {
        label: l10n.t('$(circle-slash) Anti-interests'),
        value: () => askPreference(api, 'anti_interests', parts.tell),
      },
    ],
  )
  if (chosen) await chosen()
}

async function askPreference(api: Api, name: 'interests' | 'anti_interests', tell: Tell): Promise<void> {
  const present = await api.request('preferences/read', {})
  if (!present.ok) return tell.failure(present.reason)
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
