import type { Handlers } from '../rpc/dispatch.ts'
import type { Revisions } from './revisions.ts'

export function revisionHandlers(
  revisions: Revisions,
): Pick<Handlers, 'run/remove' | 'revision/list' | 'revision/keep' | 'revision/undo'> {
  return {
    'run/remove': ({ runId }) => revisions.remove(runId),
    'revision/list': (request) => revisions.list(request),
    'revision/keep': ({ runId }) => revisions.keep(runId),
    'revision/undo': ({ runId }) => revisions.undo(runId),
  }
}
