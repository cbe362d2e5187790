import type { Gateway, GatewayStep, GatewaySync } from '../../protocol/gateways.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import type { EntryRow, GatewayRow } from '../store/gatewayTable.ts'
import { entryName } from './desiredEntries.ts'
import type { Step } from './reconcile.ts'
import type { DoneStep } from './recordSync.ts'

/** As the contract tells a gateway: without the mark, and with sentences. */
export function viewOf(row: GatewayRow, entries: readonly EntryRow[]): Gateway {
  const { mark: _, reason, ...shown } = row
  return {
    ...shown,
    reason: reason && explainReason(reason),
    entries: entries.map(({ gateway: __, uuid, reason: why, ...entry }) => ({
      ...entry,
      name: entryName(uuid),
      reason: why && explainReason(why),
    })),
  }
}

/** `known`: ids that are stored; a name that was only drawn for the plan is not told, because the sync draws another. */
export function stepOf(step: Step, reason: ReasonFacts | null, known?: ReadonlySet<string>): GatewayStep {
  const why = reason && explainReason(reason)
  const nothing = { differences: [], key: null, reason: why }
  if (step.action === 'remove') {
    const { provider = null, model = null } = step.row ?? {}
    return { ...nothing, action: 'remove', provider, model, name: step.name }
  }
  if (step.action === 'refuse') {
    const { provider, model, uuid } = step
    return { ...nothing, action: 'refuse', provider, model, name: uuid && entryName(uuid) }
  }
  const { provider, model, uuid, key } = step.desired
  const differences = step.action === 'replace' ? step.differences : []
  const name = known && !known.has(uuid) ? null : entryName(uuid)
  return { action: step.action, provider, model, name, differences, key, reason: why }
}

export function doneStepOf({ step, isDone, reason }: DoneStep): GatewaySync['steps'][number] {
  return { ...stepOf(step, reason), isDone }
}
