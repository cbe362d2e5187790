import { type Memento, workspace } from 'vscode'
import type { RequestName } from '../../protocol/contract.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from './api.ts'
import { createSignal, type Signal } from './signal.ts'

const key = 'llmProviders.usedHere'

/** What nobody does by merely looking: a run that begins or wants to, a route or provider that is set up, what a person says of items. */
const uses: ReadonlySet<RequestName> = new Set<RequestName>([
  'run/estimate',
  'run/estimateAgain',
  'run/start',
  'run/startAgain',
  'run/resume',
  'route/save',
  'route/saveAll',
  'provider/save',
  'label/save',
  'evaluation/start',
  'profile/choose',
])

export interface UsedHere {
  /** Whether this folder, or this window without one, has used the product. `runs`: those that are known. */
  isUsed(runs: readonly Pick<RunView, 'folder'>[]): boolean
  /** The same api; what is asked by it counts. */
  watch(api: Api): Api
  readonly changes: Signal<void>
}

/**
 * Whether somebody works with the product here: only then is it worth a colour that something is missing. It is remembered for the
 * folder, and runs over files in it count, whoever started them.
 */
export function createUsedHere(state: Memento): UsedHere {
  const changes = createSignal<void>()
  let isNoted = state.get(key) === true
  function note(name: RequestName) {
    if (isNoted || !uses.has(name)) return
    isNoted = true
    void state.update(key, true)
    changes.fire()
  }
  return {
    changes,
    isUsed: (runs) => isNoted || runs.some(isRunHere),
    watch: (api) => ({
      notify: api.notify,
      request(name, params, token) {
        note(name)
        return api.request(name, params, token)
      },
    }),
  }
}

/** Whether what was judged is in a folder that is open in this window. */
export function isRunHere({ folder }: Pick<RunView, 'folder'>): boolean {
  const folders = workspace.workspaceFolders ?? []
  return typeof folder === 'string' && folders.some(({ uri }) => isWithin(folder, uri.fsPath))
}

function isWithin(path: string, folder: string): boolean {
  const separator = folder.includes('\\') ? '\\' : '/'
  return path === folder || path.startsWith(folder.endsWith(separator) ? folder : folder + separator)
}
