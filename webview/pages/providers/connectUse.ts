import { useState } from 'preact/hooks'
import { tasks } from '../../../protocol/names.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import { succeed } from '../../../protocol/outcome.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Host } from '../../host/host.ts'
import { usePage } from '../../state/pageContext.ts'
import type { Choice } from './modelChoice.tsx'

export interface UseModels {
  isBusy: boolean
  /** Why the last step was refused; null: it was not. */
  refusal: Reason | null
  /** Routes the tasks to the chosen model, and marks the one beside it; false: it was refused. */
  begin(provider: string, choice: Choice): Promise<boolean>
}

/** What is left to do once a provider is saved: its test, so that readiness knows it, then routes and the model for text. */
export function useModels(): UseModels {
  const { host } = usePage()
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Reason | null>(null)
  return {
    isBusy,
    refusal,
    async begin(provider, choice) {
      setBusy(true)
      const done = await route(host, provider, choice)
      setBusy(false)
      setRefusal(done.ok ? null : done.reason)
      return done.ok
    },
  }
}

async function route(host: Host, provider: string, { model, text, use }: Choice): Promise<Outcome<null>> {
  const tested = await host.request('provider/test', { provider })
  if (!tested.ok) return tested
  if (model === null || use === 'none') return succeed(null)
  const routed = await host.request('route/saveAll', {
    routes: tasks.filter((task) => use === 'both' || use === task).map((task) => ({ task, provider, model })),
  })
  if (!routed.ok || text === null || text === model) return routed.ok ? succeed(null) : routed
  return await makeDefault(host, provider, text)
}

/** Proposals and explanations ask the default model for generation where the task's own model only decides. */
async function makeDefault(host: Host, provider: string, model: string): Promise<Outcome<null>> {
  const saved = await host.request('model/save', { provider, model, type: 'generation', create: true })
  if (!saved.ok && saved.reason.code !== 'already_exists') return saved
  const marked = await host.request('model/setDefault', { provider, model })
  return marked.ok ? succeed(null) : marked
}

/** What a finished form leads to. */
export interface Connected {
  view: ProviderView
  choice: Choice
}
