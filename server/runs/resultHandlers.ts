import type { Handlers } from '../rpc/dispatch.ts'
import type { FindInEditor } from '../sources/openedFile.ts'
import type { Runs } from './runs.ts'

type ResultRequest =
  | 'run/results'
  | 'run/summary'
  | 'run/export'
  | 'run/item'
  | 'run/locate'
  | 'revision/diff'
  | 'revision/compare'

export function resultHandlers(runs: () => Promise<Runs>, findInEditor: FindInEditor): Pick<Handlers, ResultRequest> {
  return {
    'run/results': async ({ runId, ...page }, { signal }) => (await runs()).results(runId, page, signal),
    'run/summary': async ({ runId, filter }, { signal }) => (await runs()).summary(runId, filter, signal),
    'run/export': async (request, { signal }) => (await runs()).exportResults(request, signal),
    'run/item': async ({ runId, ...wanted }, { signal }) => (await runs()).item(runId, wanted, signal),
    'run/locate': async (item, { signal }) => (await runs()).locate(item, findInEditor, signal),
    'revision/diff': async (request, { signal }) => (await runs()).diff(request, signal),
    'revision/compare': async (pair, { signal }) => (await runs()).compare(pair, signal),
  }
}
