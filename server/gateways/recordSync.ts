import type { EntryIntent } from '../../protocol/gateways.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import {
  type EntryRow,
  findGateway,
  type GatewayRow,
  listEntries,
  removeEntry,
  saveEntry,
  saveGateway,
} from '../store/gatewayTable.ts'
import { listModelsOf } from '../store/modelTable.ts'
import { type DesiredEntry, entryName } from './desiredEntries.ts'
import type { Step } from './reconcile.ts'

/** A step, and what came of it: `reason` is null where all went well. */
export interface DoneStep {
  step: Step
  isDone: boolean
  reason: ReasonFacts | null
}

export type Doing = Extract<Step, { action: EntryIntent }>

export function isDoing(step: Step): step is Doing {
  return step.action === 'make' || step.action === 'replace' || step.action === 'remove'
}

type RecordParts = Pick<StoredData, 'change' | 'now'>

/** Before anything is called: names, and what is about to happen to them. */
export async function storeIntents(
  parts: RecordParts,
  { gateway }: GatewayRow,
  steps: readonly Step[],
): Promise<Outcome<null>> {
  const doing = steps.filter(isDoing)
  if (doing.length === 0) return succeed(null)
  return await parts.change(['gateways'], (database) => {
    // Removed meanwhile.
    if (!findGateway(database, gateway)) return fail({ code: 'not_found', what: 'gateway', id: gateway })
    const rows = new Map(listEntries(database, gateway).map((entry) => [entry.uuid, entry]))
    for (const step of doing) {
      if (step.action !== 'remove') {
        const { provider, model, uuid } = step.desired
        const before = rows.get(uuid) ?? { gateway, provider, model, uuid, isThere: false, reason: null, seenAt: null }
        saveEntry(database, { ...before, intent: step.action })
      } else if (step.row) saveEntry(database, { ...step.row, intent: 'remove' })
    }
    return succeed(null)
  })
}

/** What is known now, and in the audit log what has happened, also where another process had begun it. */
export async function storeDone(
  parts: RecordParts,
  row: GatewayRow,
  done: readonly DoneStep[],
): Promise<Outcome<null>> {
  const { gateway } = row
  return await parts.change(['gateways', 'audit'], (database) => {
    const now = findGateway(database, gateway)
    if (!now) return fail({ code: 'not_found', what: 'gateway', id: gateway })
    const at = parts.now()
    const rows = new Map(listEntries(database, gateway).map((entry) => [entry.uuid, entry]))
    for (const each of done) storeStep(database, { at, gateway, rows }, each)
    forgetGone(database, { at, gateway }, done)
    const failed = done.find(({ isDone, reason }) => !isDone && reason !== null)
    saveGateway(database, { ...now, checkedAt: at, reason: failed ? factsOf(failed.reason) : null })
    return succeed(null)
  })
}

function storeStep(
  database: Database,
  { at, gateway, rows }: { at: string; gateway: string; rows: ReadonlyMap<string, EntryRow> },
  { step, isDone, reason: why }: DoneStep,
): void {
  const reason = factsOf(why)
  if (step.action === 'remove') {
    const { provider, model } = step.row ?? {}
    if (isDone) auditRemoval(database, { at, gateway, entry: step.name, provider, model })
    if (step.row) saveEntry(database, { ...step.row, isThere: !isDone, intent: isDone ? null : 'remove', reason })
    return
  }
  if (step.action === 'refuse') {
    // As it is by now: what cannot be there any more was removed by a step before.
    const before = listEntries(database, gateway).find(({ uuid }) => uuid === step.uuid)
    if (before) saveEntry(database, { ...before, reason })
    return
  }
  const { provider, model, uuid } = step.desired
  const before = rows.get(uuid)
  const base = before ?? { gateway, provider, model, uuid, isThere: false, intent: null, seenAt: null }
  if (!isDone)
    return saveEntry(database, { ...base, reason, intent: step.action === 'keep' ? base.intent : step.action })
  saveEntry(database, { ...base, isThere: true, intent: null, reason, seenAt: at })
  const happened = step.action === 'keep' ? base.intent : step.action
  if (happened === null || happened === 'remove') return
  recordAudit(database, { at, what: 'gateway', target: gateway, action: happened, before: null, after: auditOf(step) })
}

function auditRemoval(
  database: Database,
  {
    at,
    gateway,
    ...before
  }: { at: string; gateway: string; entry: string; provider?: string | undefined; model?: string | undefined },
): void {
  recordAudit(database, { at, what: 'gateway', target: gateway, action: 'remove', before, after: null })
}

function auditOf(step: Extract<Step, { desired: DesiredEntry }>): object {
  const { provider, model, uuid, key } = step.desired
  const differences = step.action === 'replace' ? { differences: step.differences } : {}
  return { entry: entryName(uuid), provider, model, key, ...differences }
}

/** Entries that are gone of models that nobody has registered any more. Also those that a death kept from being told. */
function forgetGone(
  database: Database,
  { at, gateway }: { at: string; gateway: string },
  done: readonly DoneStep[],
): void {
  const still = new Set(
    done.flatMap(({ step, isDone }) => {
      if (step.action === 'remove') return isDone ? [] : [step.id]
      if (step.action === 'refuse') return step.uuid === null ? [] : [step.uuid]
      return [step.desired.uuid]
    }),
  )
  for (const entry of listEntries(database, gateway)) {
    if (still.has(entry.uuid)) continue
    const { provider, model, uuid, intent } = entry
    if (intent === 'remove') auditRemoval(database, { at, gateway, entry: entryName(uuid), provider, model })
    if (isRegistered(database, entry)) saveEntry(database, { ...entry, isThere: false, intent: null, reason: null })
    else removeEntry(database, entry)
  }
}

function isRegistered(database: ReadableDatabase, { provider, model }: EntryRow): boolean {
  return listModelsOf(database, provider).some((row) => row.model === model)
}

/** A reason without its sentence and action, which are made anew where it is shown. */
export function factsOf(reason: ReasonFacts | null): ReasonFacts | null {
  if (reason === null) return null
  const { message: _, action: __, ...facts } = reason as Reason
  return facts as ReasonFacts
}
