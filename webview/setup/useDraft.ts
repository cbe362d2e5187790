import { useRef } from 'preact/hooks'
import * as z from 'zod'
import { usePersistedState } from '../state/persistedState.ts'
import { SetupDraft } from './setupDraft.ts'

export interface Editing {
  draft: SetupDraft
  change(part: Partial<SetupDraft>): void
}

/** What was said so far of this question; one of an earlier question is forgotten. */
export function useDraft(first: SetupDraft): Editing {
  // As text: a value that was taken back is one that is not there, which the editor's state has no word for.
  const [stored, persist] = usePersistedState('draft', z.string(), '')
  const read = SetupDraft.safeParse(parse(stored)).data
  const draft = read?.id === first.id ? read : first
  // What comes late, such as a proposal, is laid over what was said meanwhile.
  const latest = useRef(draft)
  latest.current = draft
  return {
    draft,
    change(part) {
      latest.current = { ...latest.current, ...part }
      persist(JSON.stringify(latest.current))
    },
  }
}

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text)
}
