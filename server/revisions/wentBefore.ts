import { dirname, sep } from 'node:path'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { isInOwnNetwork } from '../providers/endpointRules.ts'
import { listSentBefore } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'

/**
 * Whether a run of the request's folder, or of one that it is in, was started with this provider at this address: whoever did so has agreed
 * to it. What a server next door passes on goes elsewhere by the model, so there it has to be the same one.
 */
export function createWentBefore(
  store: Pick<Store, 'read'>,
): (request: RunRequest, route: ResolvedRoute) => Promise<boolean> {
  return async (request, { provider, model, endpoint }) => {
    if (endpoint === null) return true
    const isNextDoor = isInOwnNetwork(endpoint)
    const folder = folderOf(
      request.workspaceFolder,
      request.source.kind === 'paths' ? request.source.paths[0] : undefined,
    )
    return store
      .read((database) => listSentBefore(database, provider))
      .some(
        (sent) =>
          sent.endpoint !== null &&
          new URL(sent.endpoint).host === new URL(endpoint).host &&
          (!isNextDoor || sent.model === model) &&
          isWithin(folder, folderOf(sent.workspaceFolder ?? undefined, sent.path ?? undefined)),
      )
  }
}

/** Empty: of a text that no folder is around. */
function folderOf(workspaceFolder: string | undefined, path: string | undefined): string {
  return workspaceFolder ?? (path === undefined ? '' : dirname(path))
}

function isWithin(folder: string, above: string): boolean {
  if (folder === above) return true
  return above !== '' && folder.startsWith(above.endsWith(sep) ? above : above + sep)
}
