import { CancellationTokenSource } from 'vscode'
import type { RequestName } from '../../protocol/contract.ts'
import type { ServerCondition } from '../../protocol/page.ts'
import type { ServerLifetime, ServerState } from '../connection/serverLifetime.ts'
import type { Asked } from './bridge.ts'

/** Passes a page's request on. A server that went away meanwhile is `lost`, whatever the connection threw. */
export async function askServer(
  lifetime: ServerLifetime,
  method: RequestName,
  params: unknown,
  signal: AbortSignal,
): Promise<Asked> {
  const settled = await lifetime.settle()
  if (settled.kind !== 'running') return { kind: 'down' }
  const source = new CancellationTokenSource()
  const cancel = () => source.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    // The bridge has parsed them by the schema of this very method; the compiler cannot see it.
    const result = await settled.process.api.request(method, params as never, source.token)
    return { kind: 'answered', result }
  } catch (error) {
    if (lifetime.state !== settled) return { kind: 'lost' }
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    source.dispose()
  }
}

export function toCondition(state: ServerState): ServerCondition {
  return state.kind === 'failed' ? { kind: 'failed', detail: state.detail } : { kind: state.kind }
}
