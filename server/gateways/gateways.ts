import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Gateway, GatewayPlan, GatewaySync, GatewayTest, RemovedGateway } from '../../protocol/gateways.ts'
import { keyHolderOf } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import { type Clock, systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import { takeTurn } from '../labels/fileTurn.ts'
import { checkBaseUrl } from '../providers/endpointRules.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database } from '../store/database.ts'
import {
  findGateway,
  type GatewayRow,
  listEntries,
  listGateways,
  removeGateway,
  saveEntry,
  saveGateway,
} from '../store/gatewayTable.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { entryName } from './desiredEntries.ts'
import { doneStepOf, stepOf, viewOf } from './gatewayViews.ts'
import { deleteEntry, type LiteLlmTarget, listEntries as readList, readReadiness, unusable } from './liteLlm.ts'
import { isOurs } from './reconcile.ts'
import { factsOf } from './recordSync.ts'
import { prepareSync, runSync, type SyncParts } from './syncGateway.ts'
import { testThrough } from './testThrough.ts'

export interface GatewayParts extends SyncParts {
  dataDir: string
  tools: CheckTools
  usage: Pick<UsageMeter, 'open' | 'flush'>
  random(): number
  clock?: Clock
}

/** LiteLLM proxies that have the active models marked `sync`. */
export class Gateways {
  readonly #parts: GatewayParts
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  async save(said: ParsedParams<'gateway/save'>): Promise<Outcome<Gateway>> {
    const { gateway, create, ifUpdatedAt } = said
    const url = said.url === undefined ? undefined : rootOf(said.url)
    if (url && !url.ok)
      return fail({ code: 'gateway_unusable', gateway, url: said.url ?? '', problem: 'refused', ...url.why })
    return await this.#parts.change(['gateways', 'audit'], (database) => {
      const before = findGateway(database, gateway)
      if (before && create) return fail({ code: 'already_exists', what: 'gateway', id: gateway })
      if (ifUpdatedAt && before?.updatedAt !== ifUpdatedAt)
        return fail({ code: 'conflict', what: 'gateway', id: gateway })
      const at = this.#parts.now()
      const base = before ?? (url && newGateway(gateway, url.url, at))
      if (!base) return fail({ code: 'not_found', what: 'gateway', id: gateway })
      const after = changed(base, said, url?.url ?? base.url, at)
      const same = listGateways(database).find((row) => row.url === after.url && row.gateway !== gateway)
      if (same) return fail({ code: 'already_exists', what: 'gateway', id: same.gateway })
      saveGateway(database, after)
      // At the other place there is nothing of it yet; what was made at the one before stays there.
      const moved = after.url === base.url ? [] : listEntries(database, gateway)
      for (const entry of moved) saveEntry(database, { ...entry, isThere: false, intent: null, reason: null })
      const action = before ? 'change' : 'create'
      recordAudit(database, {
        at,
        what: 'gateway',
        target: gateway,
        action,
        before: audited(before),
        after: audited(after),
      })
      return succeed(viewOf(after, listEntries(database, gateway)))
    })
  }

  async plan({ gateway }: { gateway: string }, signal: AbortSignal): Promise<Outcome<GatewayPlan>> {
    const open = await this.#open(gateway, signal)
    if (!open.ok) return open
    const { row, target } = open.value
    const prepared = await prepareSync(this.#parts, row, target)
    if (!prepared.ok) return prepared
    const { steps, foreign, sendsKeysOf, unconfirmed } = prepared.value
    const known = new Set(this.#parts.store.read((database) => listEntries(database, gateway)).map(({ uuid }) => uuid))
    const told = steps.map((step) => stepOf(step, step.action === 'refuse' ? step.reason : null, known))
    return succeed({ gateway, url: row.url, steps: told, foreign, sendsKeysOf, unconfirmed })
  }

  async sync({ gateway, confirm }: ParsedParams<'gateway/sync'>, signal: AbortSignal): Promise<Outcome<GatewaySync>> {
    return await this.#inTurn(gateway, async () => {
      if (confirm) {
        const agreed = await this.#agree(gateway, signal)
        if (!agreed.ok) return agreed
      }
      return await this.#run(gateway, { mayAsk: true }, signal)
    })
  }

  /** On the server's own clock: what nobody has agreed to is left out, and what fails is tried again. */
  async syncByItself(gateway: string, signal: AbortSignal): Promise<Outcome<GatewaySync>> {
    return await this.#inTurn(gateway, () => this.#run(gateway, { mayAsk: false }, signal))
  }

  async test(
    { gateway, target: named }: ParsedParams<'gateway/test'>,
    signal: AbortSignal,
  ): Promise<Outcome<GatewayTest>> {
    const open = await this.#open(gateway, signal)
    if (!open.ok) return open
    const { row, target } = open.value
    const { tools } = this.#parts
    const startedAt = tools.monotonicNow()
    const readiness = await readReadiness(target)
    if (!readiness.ok) return readiness
    if (!readiness.value.hasDatabase) return fail(unusable(target, 'no_database'))
    const listed = await readList(target)
    if (!listed.ok) return listed
    const latencyMs = Math.max(0, Math.round(tools.monotonicNow() - startedAt))
    const ours = listed.value.filter((entry) => isOurs(row.mark, entry)).length
    const facts = { gateway, url: row.url, latencyMs, ours, foreign: listed.value.length - ours }
    if (!named) return succeed({ ...facts, tested: null })
    const tested = await testThrough(this.#parts, target, named, signal)
    return tested.ok ? succeed({ ...facts, tested: tested.value }) : tested
  }

  async remove(
    { gateway, confirm }: ParsedParams<'gateway/remove'>,
    signal: AbortSignal,
  ): Promise<Outcome<RemovedGateway>> {
    return await this.#inTurn(gateway, async () => {
      const cleared = await this.#clear(gateway, signal)
      const entries = this.#parts.store.read((database) => listEntries(database, gateway))
      const there = entries.filter(({ isThere, intent }) => isThere || intent !== null)
      if (!cleared.ok && (cleared.reason.code === 'not_found' || (!confirm && there.length > 0))) return cleared
      const counts = cleared.ok ? cleared.value : { removed: 0, left: there.length }
      return await this.#parts.change(['gateways', 'audit'], (database) => {
        const before = findGateway(database, gateway)
        if (!before) return notFound(gateway)
        removeGateway(database, gateway)
        const names = there.map(({ uuid }) => entryName(uuid))
        this.#audit(database, gateway, 'remove', { ...audited(before), ...counts, entries: names }, null)
        return succeed({ gateway, ...counts })
      })
    })
  }

  /** Resolves when nothing is under way any more: nobody writes to a store that is closed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  /** Removes what is ours there; fails where one of them stays. */
  async #clear(gateway: string, signal: AbortSignal): Promise<Outcome<{ removed: number; left: number }>> {
    const open = await this.#open(gateway, signal)
    if (!open.ok) return open
    const { row, target } = open.value
    const listed = await readList(target)
    if (!listed.ok) return listed
    const ours = listed.value.filter((entry) => isOurs(row.mark, entry))
    let reason: ReasonFacts | null = null
    for (const { id } of ours) {
      const deleted = await deleteEntry(target, id)
      if (!deleted.ok) reason ??= deleted.reason
    }
    if (ours.length === 0) return succeed({ removed: 0, left: 0 })
    const after = await readList(target)
    if (!after.ok) return after
    const left = after.value.filter((entry) => isOurs(row.mark, entry)).length
    return left > 0 ? fail(reason ?? unusable(target, 'failing')) : succeed({ removed: ours.length, left: 0 })
  }

  async #run(gateway: string, { mayAsk }: { mayAsk: boolean }, signal: AbortSignal): Promise<Outcome<GatewaySync>> {
    const open = await this.#open(gateway, signal)
    const synced = open.ok ? await runSync(this.#parts, open.value.row, open.value.target, { mayAsk }) : open
    if (!synced.ok) {
      await this.#noteFailure(gateway, synced.reason)
      return synced
    }
    const { steps, foreign } = synced.value
    return succeed({ gateway, steps: steps.map(doneStepOf), foreign })
  }

  /** The person has agreed that the keys that a sync would send now may leave, now and later. */
  async #agree(gateway: string, signal: AbortSignal): Promise<Outcome<null>> {
    const open = await this.#open(gateway, signal)
    if (!open.ok) return open
    const prepared = await prepareSync(this.#parts, open.value.row, open.value.target)
    if (!prepared.ok) return prepared
    const { unconfirmed } = prepared.value
    if (unconfirmed.length === 0) return succeed(null)
    return await this.#parts.change(['gateways', 'audit'], (database) => {
      const before = findGateway(database, gateway)
      if (!before) return notFound(gateway)
      const after = { ...before, confirmed: [...new Set([...before.confirmed, ...unconfirmed])].sort() }
      saveGateway(database, after)
      this.#audit(database, gateway, 'confirm', { confirmed: before.confirmed }, { confirmed: after.confirmed })
      return succeed(null)
    })
  }

  async #noteFailure(gateway: string, reason: ReasonFacts): Promise<void> {
    if (reason.code === 'cancelled' || reason.code === 'not_found') return
    const facts = factsOf(reason)
    await this.#parts.change(['gateways'], (database) => {
      const row = findGateway(database, gateway)
      if (!row) return notFound(gateway)
      saveGateway(database, { ...row, checkedAt: this.#parts.now(), reason: facts })
      return succeed(null)
    })
  }

  async #open(gateway: string, signal: AbortSignal): Promise<Outcome<{ row: GatewayRow; target: LiteLlmTarget }>> {
    const row = this.#parts.store.read((database) => findGateway(database, gateway))
    if (!row) return notFound(gateway)
    const { url, keyEnv, allowPlainHttp } = row
    const { tools } = this.#parts
    const origin = new URL(url).origin
    const variable = keyEnv ?? undefined
    const key = await tools.keys.read({ provider: keyHolderOf(gateway), need: 'required', origin, variable })
    if (!key.ok) return key
    if (key.value === null)
      return fail({ code: 'secret_missing', provider: keyHolderOf(gateway), source: 'secret_store' })
    const transport = await tools.transport()
    return succeed({ row, target: { gateway, url, key: key.value, allowPlainHttp, transport, signal } })
  }

  /** One process at a time: two would make what the other is about to make. */
  async #inTurn<Value>(gateway: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const working = this.#takeTurn(gateway, work)
    this.#underWay.add(working)
    return await working.finally(() => this.#underWay.delete(working))
  }

  async #takeTurn<Value>(gateway: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const { dataDir, random, clock = systemClock } = this.#parts
    const folder = join(dataDir, 'gateways')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const turn = await takeTurn(join(folder, gateway), { files: diskFiles, clock, random })
    if (turn === null) return fail({ code: 'gateway_busy', gateway })
    try {
      return await work()
    } finally {
      await turn.end()
    }
  }

  #audit(database: Database, target: string, action: string, before: object | null, after: object | null): void {
    recordAudit(database, { at: this.#parts.now(), what: 'gateway', target, action, before, after })
  }
}

function notFound(gateway: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'gateway', id: gateway })
}

/** People paste the address that clients use, too. */
function rootOf(text: string) {
  const checked = checkBaseUrl(text, 'inside')
  if (!checked.ok) return { ok: false, why: withMessage('detail', checked.problem) } as const
  return { ok: true, url: checked.url.replace(/\/v1$/, '') } as const
}

function newGateway(gateway: string, url: string, at: string): GatewayRow {
  return {
    ...{ gateway, url, mark: randomUUID(), keyEnv: null, keys: 'variables', allowPlainHttp: false, confirmed: [] },
    ...{ checkedAt: null, reason: null, createdAt: at, updatedAt: at },
  }
}

function changed(base: GatewayRow, said: ParsedParams<'gateway/save'>, url: string, at: string): GatewayRow {
  return {
    ...base,
    url,
    keyEnv: said.keyEnv === undefined ? base.keyEnv : said.keyEnv,
    keys: said.keys ?? base.keys,
    allowPlainHttp: said.allowPlainHttp ?? base.allowPlainHttp,
    // What was agreed to was meant for the place that was shown.
    confirmed: url === base.url ? base.confirmed : [],
    updatedAt: at,
  }
}

function audited(row: GatewayRow | undefined): object | null {
  if (!row) return null
  const { url, keyEnv, keys, allowPlainHttp, confirmed } = row
  return { url, keyEnv, keys, allowPlainHttp, confirmed }
}
