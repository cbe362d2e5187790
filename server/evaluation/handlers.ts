import type { evaluationRequests } from '../../protocol/requests/evaluationRequests.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Evaluations } from './evaluations.ts'

export function evaluationHandlers(
  evaluations: () => Promise<Evaluations>,
): Pick<Handlers, keyof typeof evaluationRequests> {
  return {
    'evaluation/estimate': async (request, { signal }) => (await evaluations()).estimate(request, signal),
    'evaluation/start': async (request) => (await evaluations()).start(request),
    'evaluation/cancel': async ({ id }) => (await evaluations()).cancel(id),
    'evaluation/read': async ({ id }) => (await evaluations()).read(id),
    'evaluation/list': async (page) => (await evaluations()).list(page),
    'evaluation/remove': async ({ id }) => (await evaluations()).remove(id),
  }
}
