import { AliasName, ProviderId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Client } from '../invocation/client.ts'

/** What a run, a route or a candidate goes to. */
export interface NamedModel {
  provider: string
  model?: string
  /** The name that it was called by. */
  alias?: string
}

/**
 * What `--provider` and `--model` name together. Without a provider the model is an alias, or `PROVIDER/MODEL`. Null: nothing is named.
 * `not_found`: there is no such alias.
 */
export async function namedModel(
  client: Client,
  { provider, model }: { provider?: string | undefined; model?: string | undefined },
): Promise<Outcome<NamedModel | null>> {
  if (provider !== undefined) return succeed({ provider, ...(model === undefined ? {} : { model }) })
  if (model === undefined) return succeed(null)
  const alias = AliasName.safeParse(model).success ? await findAlias(client, model) : succeed(null)
  if (!alias.ok || alias.value !== null) return alias
  const [first = '', ...rest] = model.split('/')
  if (rest.length > 0 && ProviderId.safeParse(first).success) {
    return succeed({ provider: first, model: rest.join('/') })
  }
  return fail({ code: 'not_found', what: 'alias', id: model })
}

/** Null: there is none of that name. */
export async function findAlias(client: Client, name: string): Promise<Outcome<NamedModel | null>> {
  const aliases = await client.request('alias/list', {})
  if (!aliases.ok) return aliases
  const found = aliases.value.find(({ alias }) => alias === name)
  return succeed(found ? { provider: found.provider, model: found.model, alias: found.alias } : null)
}
