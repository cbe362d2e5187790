import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'

/** An end that is nearer than this is told with each run and estimate. */
const soonMs = 30 * 24 * 3_600_000

/** Tells once for each model of these routes that it ends soon: what is judged later needs another. */
export async function noteEndingModels(
  invocation: Invocation,
  client: Pick<Client, 'request'>,
  routes: readonly Pick<ResolvedRoute, 'provider' | 'model'>[],
): Promise<void> {
  if (invocation.json) return
  const now = invocation.terminal.now().getTime()
  const named = new Map(routes.map(({ provider, model }) => [JSON.stringify([provider, model]), { provider, model }]))
  for (const { provider, model } of named.values()) {
    const view = await client.request('provider/get', { provider })
    const lifecycle = view.ok ? view.value.models.models.find((each) => each.model === model)?.lifecycle : undefined
    if (lifecycle?.shutdownAt == null || Date.parse(lifecycle.shutdownAt) - now > soonMs) continue
    const instead = lifecycle.replacement ? `; its replacement is "${lifecycle.replacement}"` : ''
    await printNote(invocation, `"${model}" of ${provider} ends on ${lifecycle.shutdownAt.slice(0, 10)}${instead}.`)
  }
}
