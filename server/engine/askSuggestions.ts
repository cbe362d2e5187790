import type { ResolvedRoute } from '../../protocol/routing.ts'
import { parseSuggestions, suggestionPrompt } from '../domain/suggestNames.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type { Work } from '../domain/work.ts'
import type { CompletionRequest } from '../providers/adapter.ts'
import type { Asked, CallFacts, Verdicts } from './askStrategy.ts'
import type { ModelClient } from './modelClient.ts'

interface Asking {
  route: ResolvedRoute
  model: ModelClient
  mark: string
  mode: CompletionRequest['mode']
}

type Answered = Pick<Extract<Asked, { ok: true }>, 'verdicts' | 'call' | 'limits'>

/**
 * Asks for new names for the items of an answer that fit nowhere, in one small call more. That this fails is no failure of their verdicts:
 * they have no suggestions then.
 */
export async function askSuggestions(
  { route, model, mark, mode }: Asking,
  { work, places, ...answered }: Answered & { work: Work; places: ReadonlyMap<string, number> },
  signal: AbortSignal,
): Promise<Answered> {
  const { verdicts, call } = answered
  const { profile } = work
  const found = (key: string): Verdicts => verdicts.get(places.get(key) as number) ?? {}
  const items = work.items.filter(({ key }) => found(key).categorization?.categories.length === 0)
  const isWanted = profile.suggests !== false && profile.offered.length > 0
  if (items.length === 0 || !isWanted) return answered
  const { schema, schemaName, ...asked } = suggestionPrompt(items, profile, mark)
  const completed = await model.complete(
    {
      ...{ model: route.model, ...asked, mode, thinking: route.options.thinking },
      output: { name: schemaName, schema },
      work: { task: 'categorization', items, profile },
    },
    signal,
  )
  const spent = completed.ok ? completed.value : completed.spent
  const both = addCall(call, spent)
  if (!completed.ok) return { ...answered, call: both }
  const all = new Map(verdicts)
  for (const [key, suggested] of parseSuggestions(completed.value.text, items, profile)) {
    const { categorization, ...rest } = found(key)
    if (categorization)
      all.set(places.get(key) as number, { ...rest, categorization: { ...categorization, suggested } })
  }
  return { verdicts: all, call: both, limits: completed.value.limits ?? answered.limits }
}

/** Null as a price: that of one of them is not known. What never came has used nothing that anybody could tell. */
function addCall(
  call: CallFacts,
  spent: { latencyMs: number; usage: CallFacts['usage']; costUsd?: number | null | undefined } | undefined,
): CallFacts {
  if (!spent) return { ...call, calls: 2 }
  const { latencyMs, usage, costUsd = null } = spent
  return {
    ...call,
    calls: 2,
    latencyMs: (call.latencyMs ?? 0) + latencyMs,
    usage: sumUsage([call.usage, usage]),
    costUsd: call.costUsd === null || costUsd === null ? null : call.costUsd + costUsd,
  }
}
