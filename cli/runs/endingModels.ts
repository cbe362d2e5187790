import type { ResolvedRoute } from '../../protocol/routing.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'
import { oneLine } from '../terminal/plainText.ts'

/** Tells once for each model of these routes that it ends soon: what is judged later needs another. */
export async function noteEndingModels(
  invocation: Invocation,
  routes: readonly Pick<ResolvedRoute, 'provider' | 'model' | 'ends'>[],
): Promise<void> {
  if (invocation.json) return
  const notes = routes.flatMap(({ provider, model, ends }) => {
    if (!ends) return []
    const instead = ends.replacement ? `; its replacement is "${ends.replacement}"` : ''
    return [oneLine(`"${model}" of ${provider} ends on ${ends.at.slice(0, 10)}${instead}.`)]
  })
  for (const note of new Set(notes)) await printNote(invocation, note)
}
