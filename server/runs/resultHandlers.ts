import type { resultRequests } from '../../protocol/requests/resultRequests.ts'
import type { ServerDocuments } from '../documents/documentResults.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Services } from '../store/change.ts'

export function resultHandlers(
  { runs, revisions }: Pick<Services, 'runs' | 'revisions'>,
  documents: Pick<ServerDocuments, 'findOpen'>,
): Pick<Handlers, keyof typeof resultRequests> {
  return {
    'run/results': ({ runId, ...page }, { signal }) => runs.results(runId, page, signal),
    'run/summary': ({ runId, filter }, { signal }) => runs.summary(runId, filter, signal),
    'run/export': (request, { signal }) => runs.exportResults(request, signal),
    'run/item': ({ runId, ...wanted }, { signal }) => runs.item(runId, wanted, signal),
    'run/locate': (item, { signal }) => runs.locate(item, documents.findOpen, signal),
    'run/remove': ({ runId }) => revisions.remove(runId),
    'revision/list': (request) => revisions.list(request),
    'revision/diff': (request, { signal }) => runs.diff(request, signal),
    'revision/compare': (pair, { signal }) => runs.compare(pair, signal),
    'revision/keep': ({ runId }) => revisions.keep(runId),
    'revision/undo': ({ runId }) => revisions.undo(runId),
  }
}
