import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Thread, ThreadAbout } from '../../protocol/threads.ts'
import type { Api } from '../connection/api.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { findItem, type RecordPlace } from '../inFile/recordPlace.ts'

/** Begins a conversation about something and shows it, with the box for the question in front. */
export async function askAbout(
  api: Api,
  about: ThreadAbout,
  panels: Pick<Panels, 'openConversations'>,
): Promise<Outcome<null>> {
  const begun = await api.request('thread/create', { about })
  if (!begun.ok) return begun
  if (begun.value.answersNext === null) await bindToJudge(api, begun.value)
  panels.openConversations({ threadId: begun.value.id })
  return succeed(null)
}

/**
 * Where no default can answer, the model that judged the results is bound to the conversation, which shows it. One that only decides, or
 * none at all, cannot answer: then a person chooses.
 */
async function bindToJudge(api: Api, { id: threadId, about }: Thread): Promise<void> {
  if (about?.kind !== 'run') return
  const run = await api.request('run/get', { runId: about.runId })
  const judge = run.ok
    ? run.value.routes.find(({ kind, options }) => kind !== 'builtin' && options.ask !== 'decisions')
    : undefined
  if (judge) await api.request('thread/setModel', { threadId, provider: judge.provider, model: judge.model })
}

/** The same about the record that a place in a file means; without a place, the one at the cursor. */
export async function askAboutRecord(
  api: Api,
  place: RecordPlace | null,
  { notifier, panels }: { notifier: Notifier; panels: Pick<Panels, 'openConversations'> },
): Promise<void> {
  const found = await findItem(api, place, notifier)
  if (!found) return
  const { runId, result } = found.item
  const only = [{ id: result.id, inputHash: result.inputHash }]
  const begun = await askAbout(api, { kind: 'run', runId, filter: { only } }, panels)
  if (!begun.ok) await notifier.showFailure(begun.reason)
}
