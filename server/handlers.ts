import { providerHandlers } from './directory/providerHandlers.ts'
import { routeHandlers } from './directory/routeHandlers.ts'
import type { DocumentResults } from './documents/documentResults.ts'
import { documentHandlers } from './documents/handlers.ts'
import type { Evaluations } from './evaluation/evaluations.ts'
import { evaluationHandlers } from './evaluation/handlers.ts'
import { labelHandlers } from './labels/handlers.ts'
import type { Labels } from './labels/labels.ts'
import { connectionHandlers } from './models/connectionHandlers.ts'
import { modelHandlers } from './models/handlers.ts'
import { categoryHandlers } from './profiles/categoryHandlers.ts'
import { profileHandlers } from './profiles/handlers.ts'
import { promptHandlers } from './profiles/promptHandlers.ts'
import { revisionHandlers } from './revisions/handlers.ts'
import type { Revisions } from './revisions/revisions.ts'
import type { Handlers } from './rpc/dispatch.ts'
import { runHandlers } from './runs/handlers.ts'
import { resultHandlers } from './runs/resultHandlers.ts'
import { sourceHandlers } from './runs/sourceHandlers.ts'
import { auditHandlers, usageHandlers } from './usage/recordHandlers.ts'

type Taken<Make extends (parts: never) => unknown> = Parameters<Make>[0]

/** What the handlers take, all together; each of them sees only what it declares itself. */
type HandlersParts = Taken<typeof providerHandlers> &
  Taken<typeof connectionHandlers> &
  Taken<typeof modelHandlers> &
  Taken<typeof routeHandlers> &
  Taken<typeof promptHandlers> &
  Taken<typeof runHandlers> &
  Taken<typeof sourceHandlers> &
  Taken<typeof usageHandlers> & {
    labels(): Promise<Labels>
    evaluations(): Promise<Evaluations>
    revisions: Revisions
    documents: DocumentResults
  }

/** One handler for each request of the contract: a message without one does not compile. */
export function createHandlers(parts: HandlersParts): Handlers {
  const { store, runs, labels, evaluations, revisions, documents } = parts
  return {
    ...providerHandlers(parts),
    ...connectionHandlers(parts),
    ...modelHandlers(parts),
    ...routeHandlers(parts),
    ...profileHandlers(parts),
    ...categoryHandlers(parts),
    ...promptHandlers(parts),
    ...runHandlers(parts),
    ...resultHandlers(runs, (path) => documents.findOpen(path)),
    ...revisionHandlers(revisions),
    ...sourceHandlers(parts),
    ...labelHandlers(labels),
    ...evaluationHandlers(evaluations),
    ...documentHandlers(documents),
    ...usageHandlers(parts),
    ...auditHandlers(store),
  }
}
