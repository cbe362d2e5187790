import type { KindInfo } from '../../protocol/providers.ts'
import type { Client } from '../invocation/client.ts'
import { UsageError } from '../invocation/usageError.ts'

/** The kind of that name; if there is none, that is wrong use, and the error lists those that exist. */
export async function findKind(client: Client, name: string): Promise<KindInfo> {
  const kinds = await client.request('provider/kinds', {})
  if (!kinds.ok) throw new Error(kinds.reason.message)
  const kind = kinds.value.find((each) => each.kind === name)
  if (kind) return kind
  throw new UsageError(`There is no kind "${name}"; the kinds are ${kinds.value.map((each) => each.kind).join(', ')}`)
}
