import type { Resolution } from '../../protocol/routing.ts'
import type { RunEstimate, RunRequest } from '../../protocol/runs.ts'
import { isInOwnNetwork } from '../providers/endpointRules.ts'
import type { RunContext } from './runContext.ts'

type Resolved = Extract<Resolution, { ok: true }>

/** Where items of the request would go over the internet for the first time from its folder; each destination once. */
export async function findNewDestinations(
  { wentBefore }: Pick<RunContext, 'wentBefore'>,
  request: RunRequest,
  resolutions: readonly Resolved[],
): Promise<Pick<RunEstimate, 'newDestinations'>> {
  const found = new Map<string, NonNullable<RunEstimate['newDestinations']>[number]>()
  for (const resolution of resolutions) {
    const { provider, model, endpoint } = resolution.value
    if (endpoint === null || !leavesNetwork(resolution) || (await wentBefore?.(request, resolution.value))) continue
    found.set(`${provider} ${model}`, { provider, model, host: new URL(endpoint).host })
  }
  return wentBefore && found.size > 0 ? { newDestinations: [...found.values()] } : {}
}

/** A server next door may pass on what it is sent: where it says so, that counts. */
function leavesNetwork({ value: { endpoint }, warnings }: Resolved): boolean {
  return (endpoint !== null && !isInOwnNetwork(endpoint)) || warnings.some(({ code }) => code === 'leaves_machine')
}
