import type { Params } from '../../protocol/contract.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Client } from '../invocation/client.ts'

export type RegistryFilter = Omit<NonNullable<Params<'model/list'>>, 'cursor' | 'limit'>

/** All registered models that fit, as one page. */
export async function listRegistered(client: Client, filter: RegistryFilter): Promise<Outcome<Page<RegisteredModel>>> {
  const rows: RegisteredModel[] = []
  let cursor: string | null = null
  do {
    const page: Outcome<Page<RegisteredModel>> = await client.request('model/list', {
      ...filter,
      cursor,
      limit: maxPageRows,
    })
    if (!page.ok) return page
    rows.push(...page.value.rows)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed({ rows, next: null })
}

/** One registered model by its exact name. */
export async function findRegistered(
  client: Client,
  provider: string,
  model: string,
): Promise<Outcome<RegisteredModel>> {
  const page = await listRegistered(client, { provider, search: model.slice(0, 200) })
  if (!page.ok) return page
  const found = page.value.rows.find((each) => each.model === model)
  return found ? succeed(found) : fail({ code: 'not_found', what: 'model', id: `${provider}/${model}` })
}
