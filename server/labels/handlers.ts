import type { labelRequests } from '../../protocol/requests/labelRequests.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Labels } from './labels.ts'

export function labelHandlers(labels: () => Promise<Labels>): Pick<Handlers, keyof typeof labelRequests> {
  return {
    'label/list': async (request) => (await labels()).list(request),
    'label/save': async ({ label, ...place }) => (await labels()).save(place, label),
    'label/remove': async ({ inputHash, ...place }) => (await labels()).remove(place, inputHash),
    'label/import': async ({ path, ...place }) => (await labels()).import(place, path),
  }
}
