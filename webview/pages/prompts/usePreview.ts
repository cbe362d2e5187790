import { useEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Task } from '../../../protocol/names.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { PromptDraft, PromptPreview } from '../../../protocol/prompts.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'

/** Between two keys of somebody who types, nobody is asked. */
const restMs = 250

export interface Preview {
  /** Null: not asked yet. */
  shown: Outcome<PromptPreview> | null
  sample: string
  keepSample(text: string): void
}

/** What a call would send, asked again whenever a draft, the sample or what is stored (`mark`) changes. */
export function usePreview(task: Task, draft: PromptDraft, mark: string): Preview {
  const { host, server } = usePage()
  const [sample, keepSample] = usePersistedState('prompts.sample', z.string(), '')
  const [shown, setShown] = useState<Outcome<PromptPreview> | null>(null)
  const key = JSON.stringify([task, draft, sample, mark, server.kind])
  useEffect(() => {
    const ending = new AbortController()
    const timer = setTimeout(async () => {
      const item = sample.trim() === '' ? {} : { item: { text: sample } }
      const answer = await host.request('prompt/preview', { task, draft, ...item }, ending.signal)
      if (!ending.signal.aborted) setShown(answer)
    }, restMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [host, key])
  return { shown, sample, keepSample: (text) => keepSample(text === '' ? undefined : text) }
}

/** What is wrong with the drafts; nothing while it is not known. */
export function problemsOf(shown: Preview['shown']): readonly Problem[] {
  return shown && !shown.ok && shown.reason.code === 'prompt_invalid' ? shown.reason.problems : []
}
