import { randomUUID } from 'node:crypto'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import type { Keys } from '../keys.ts'
import type { StoredData } from '../store/change.ts'
import { type EntryRow, type GatewayRow, listEntries } from '../store/gatewayTable.ts'
import { listSynced } from '../store/modelTable.ts'
import { type DesiredEntry, describeEntry, keyOfEntry, type RefusedEntry, whyUnsupported } from './desiredEntries.ts'
import {
  deleteEntry,
  type ListedEntry,
  type LiteLlmTarget,
  makeEntry,
  listEntries as readList,
  readReadiness,
  unusable,
} from './liteLlm.ts'
import { differencesOf, isOurs, type Reconciled, reconcile, type Step } from './reconcile.ts'
import { type Doing, type DoneStep, isDoing, storeDone, storeIntents } from './recordSync.ts'

export interface SyncParts extends StoredData {
  directory: Pick<Directory, 'open' | 'view'>
  keys: Pick<Keys, 'read'>
}

/** What the store wants at a gateway. */
interface Wanted {
  desired: DesiredEntry[]
  refused: RefusedEntry[]
}

/** What would be done. `unconfirmed`: providers whose keys would leave as values, to which nobody has agreed. */
export interface PreparedSync extends Reconciled {
  sendsKeysOf: string[]
  unconfirmed: string[]
}

/** Fails before anything is read where the proxy keeps no models. */
async function readGateway(target: LiteLlmTarget): Promise<Outcome<ListedEntry[]>> {
  const readiness = await readReadiness(target)
  if (!readiness.ok) return readiness
  return readiness.value.hasDatabase ? await readList(target) : fail(unusable(target, 'no_database'))
}

/** Compares; changes nothing anywhere. */
export async function prepareSync(
  parts: SyncParts,
  row: GatewayRow,
  target: LiteLlmTarget,
): Promise<Outcome<PreparedSync>> {
  const listed = await readGateway(target)
  if (!listed.ok) return listed
  const entries = parts.store.read((database) => listEntries(database, row.gateway))
  const { desired, refused } = await readWanted(parts, row, entries)
  const reconciled = reconcile(row, desired, refused, entries, listed.value)
  const sendsKeysOf = providersWith(reconciled.steps)
  return succeed({
    ...reconciled,
    sendsKeysOf,
    unconfirmed: sendsKeysOf.filter((each) => !row.confirmed.includes(each)),
  })
}

/** Those whose keys a step would send. */
function providersWith(steps: readonly Step[]): string[] {
  const providers = steps.flatMap((step) =>
    (step.action === 'make' || step.action === 'replace') && step.desired.secret !== null
      ? [step.desired.provider]
      : [],
  )
  return [...new Set(providers)]
}

async function readWanted(
  { store, directory, keys }: SyncParts,
  row: GatewayRow,
  entries: readonly EntryRow[],
): Promise<Wanted> {
  const wanted: Wanted = { desired: [], refused: [] }
  for (const registered of store.read(listSynced)) {
    const { provider, model } = registered
    const uuid = entries.find((entry) => entry.provider === provider && entry.model === model)?.uuid ?? null
    const refuse = (reason: ReasonFacts, keeps: boolean) =>
      wanted.refused.push({ provider, model, uuid, reason, keeps })
    const open = directory.open(provider)
    if (!open?.ok) {
      // Settings that are broken say nothing of what is wanted there.
      if (open) refuse(open.reason, true)
      continue
    }
    // Disabled is as good as inactive: it is not there, and that is no failure.
    if (!directory.view(provider)?.enabled) continue
    const unsupported = whyUnsupported(row, open.value, registered)
    if (unsupported !== null) {
      refuse(unsupported, false)
      continue
    }
    if (registered.unreadable !== undefined) {
      refuse({ code: 'store_invalid', detail: registered.unreadable }, true)
      continue
    }
    const key = await keyOfEntry(row.keys, open.value, () => keys.read(open.value.keyOwner))
    if (!key.ok) refuse(key.reason, true)
    else wanted.desired.push(describeEntry(row.mark, uuid ?? randomUUID(), registered, open.value, key.value))
  }
  return wanted
}

/**
 * Brings a gateway to what is wanted. What is about to be done is stored first, so that whoever comes after a death finds by its id what
 * was made; what was done is read back, because the proxy's own word is wrong in both ways. `mayAsk` false: what nobody has agreed to is
 * left out, instead of refused as a whole.
 */
export async function runSync(
  parts: SyncParts,
  row: GatewayRow,
  target: LiteLlmTarget,
  { mayAsk }: { mayAsk: boolean },
): Promise<Outcome<{ steps: DoneStep[]; foreign: number }>> {
  const prepared = await prepareSync(parts, row, target)
  if (!prepared.ok) return prepared
  const { unconfirmed } = prepared.value
  const { gateway, url } = row
  if (unconfirmed.length > 0 && mayAsk) {
    return fail({ code: 'gateway_keys_unconfirmed', gateway, url, providers: unconfirmed })
  }
  const steps = prepared.value.steps.map((step) => withoutUnconfirmed(step, row, unconfirmed))
  const intended = await storeIntents(parts, row, steps)
  if (!intended.ok) return intended
  const called = await callSteps(target, steps)
  // As after a death: what was made is found by its id.
  if (target.signal.aborted) return fail({ code: 'cancelled' })
  const done = called.isAnythingTried ? await judge(row, target, called.steps) : called.steps
  const stored = await storeDone(parts, row, done)
  return stored.ok ? succeed({ steps: done, foreign: prepared.value.foreign }) : stored
}

function withoutUnconfirmed(step: Step, { gateway, url }: GatewayRow, unconfirmed: readonly string[]): Step {
  if (step.action !== 'make' && step.action !== 'replace') return step
  const { provider, model, uuid, secret } = step.desired
  if (secret === null || !unconfirmed.includes(provider)) return step
  const reason: ReasonFacts = { code: 'gateway_keys_unconfirmed', gateway, url, providers: [provider] }
  return { action: 'refuse', provider, model, uuid, reason }
}

/** One after the other: the proxy reloads its models after each. A gateway that cannot be reached any more is not asked again. */
async function callSteps(
  target: LiteLlmTarget,
  steps: readonly Step[],
): Promise<{ steps: DoneStep[]; isAnythingTried: boolean }> {
  const done: DoneStep[] = []
  let gone: Reason | null = null
  let isAnythingTried = false
  for (const step of steps) {
    if (step.action === 'keep') done.push({ step, isDone: true, reason: null })
    else if (step.action === 'refuse') done.push({ step, isDone: false, reason: step.reason })
    else if (gone !== null) done.push({ step, isDone: false, reason: gone })
    else {
      isAnythingTried = true
      const called = await callStep(target, step)
      if (!called.ok && endsAll(called.reason)) gone = called.reason
      done.push({ step, isDone: called.ok, reason: called.ok ? null : called.reason })
    }
  }
  return { steps: done, isAnythingTried }
}

function endsAll(reason: Reason): boolean {
  if (reason.code === 'cancelled') return true
  return (
    reason.code === 'gateway_unusable' &&
    ['unreachable', 'key_refused', 'store_off', 'not_a_gateway'].includes(reason.problem)
  )
}

async function callStep(target: LiteLlmTarget, step: Doing): Promise<Outcome<null>> {
  if (step.action === 'remove') return await deleteEntry(target, step.id)
  const { entry, uuid, secret } = step.desired
  // Its update stores no `model_info` and cannot take a field away: the one that is there goes, so that there are never two.
  if (step.action === 'replace') {
    const deleted = await deleteEntry(target, uuid)
    if (!deleted.ok && endsAll(deleted.reason)) return deleted
  }
  return await makeEntry(target, entry, secret === null ? [] : [secret])
}

/** What is there now decides. Where that cannot be read, only what failed is known. */
async function judge(row: GatewayRow, target: LiteLlmTarget, steps: readonly DoneStep[]): Promise<DoneStep[]> {
  const listed = await readList(target)
  if (!listed.ok) {
    return steps.map((each) =>
      isDoing(each.step) ? { ...each, isDone: false, reason: each.reason ?? listed.reason } : each,
    )
  }
  const byId = new Map(listed.value.map((entry) => [entry.id, entry]))
  return steps.map((each) => {
    const { step, reason } = each
    if (step.action === 'remove') {
      if (!byId.has(step.id)) return { step, isDone: true, reason: null }
      return { step, isDone: false, reason: reason ?? entryReason(row, step, 'not_removed') }
    }
    if (!isDoing(step)) return each
    const there = byId.get(step.desired.uuid)
    const isStored = there !== undefined && isOurs(row.mark, there) && differencesOf(step.desired, there).length === 0
    if (isStored) return { step, isDone: true, reason: reason && entryReason(row, step, 'stored_despite_error') }
    return { step, isDone: false, reason: reason ?? entryReason(row, step, 'not_stored') }
  })
}

type EntryProblem = Extract<ReasonFacts, { code: 'gateway_entry' }>['problem']

function entryReason({ gateway, url }: GatewayRow, step: Doing, problem: EntryProblem): ReasonFacts {
  const named = step.action === 'remove' ? step.row : step.desired
  if (named) return { code: 'gateway_entry', gateway, provider: named.provider, model: named.model, problem }
  return { code: 'gateway_unusable', gateway, url, problem: 'failing' }
}
