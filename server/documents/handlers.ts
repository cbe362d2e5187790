import { succeed } from '../../protocol/outcome.ts'
import type { documentRequests } from '../../protocol/requests/documentRequests.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { DocumentResults } from './documentResults.ts'

export function documentHandlers(
  documents: Pick<DocumentResults, 'find' | 'item'>,
): Pick<Handlers, keyof typeof documentRequests> {
  return {
    'document/results': async ({ paths }) => {
      const found = await Promise.all(paths.map(async (path) => ({ path, kept: await documents.find(path) })))
      return succeed({ rows: found.flatMap(({ path, kept }) => (kept ? [{ path, runId: kept.runId }] : [])) })
    },
    'document/item': (place) => documents.item(place),
  }
}
