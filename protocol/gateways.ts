import * as z from 'zod'
import { ModelTestReport } from './models.ts'
import { GatewayId, Instant, ModelId, ProviderId } from './names.ts'
import { Reason } from './reasons.ts'

/** How the keys of providers get to the gateway. variables: it reads them from variables of its own machine; values: they are sent. */
export const GatewayKeys = z.enum(['variables', 'values'])
export type GatewayKeys = z.infer<typeof GatewayKeys>

/** How an entry says its key. variable: `os.environ/NAME`, read where the gateway runs; value: the key itself. */
export const EntryKey = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('variable'), name: z.string() }),
  z.object({ kind: z.literal('value') }),
])
export type EntryKey = z.infer<typeof EntryKey>

/** What is meant to happen, or was meant when a process ended: it is told in the audit log once it is seen to have happened. */
export const EntryIntent = z.enum(['make', 'replace', 'remove'])
export type EntryIntent = z.infer<typeof EntryIntent>

/** A model of ours at a gateway, as it was seen last. */
export const GatewayEntry = z.object({
  provider: ProviderId,
  model: ModelId,
  /** What it is called there: `db-` and a UUID that stays the same for this model and this gateway. */
  name: z.string(),
  isThere: z.boolean(),
  /** Null: nothing is left to be done. */
  intent: EntryIntent.nullable(),
  /** Why it is not as it should be; null: it is, as far as is known. */
  reason: Reason.nullable(),
  /** When it was last seen there; null: never. */
  seenAt: Instant.nullable(),
})
export type GatewayEntry = z.infer<typeof GatewayEntry>

/** A LiteLLM proxy, with what is known of it without asking. */
export const Gateway = z.object({
  gateway: GatewayId,
  /** Of the proxy itself, without `/v1`. */
  url: z.string(),
  /** Variable that holds the admin key; null: the secret store does. */
  keyEnv: z.string().nullable(),
  keys: GatewayKeys,
  /** The admin key may go unencrypted to another machine. */
  allowPlainHttp: z.boolean(),
  /** Providers whose keys may go there as values: a person has agreed. Another URL begins with none. */
  confirmed: z.array(ProviderId),
  /** When it was last compared with this store; null: never. */
  checkedAt: Instant.nullable(),
  /** What went wrong then; null: nothing. */
  reason: Reason.nullable(),
  entries: z.array(GatewayEntry),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Gateway = z.infer<typeof Gateway>

/** One field that is not as it should be. A key is never told: its field has null on both sides. */
export const EntryDifference = z.object({ field: z.string(), before: z.json().nullable(), after: z.json().nullable() })
export type EntryDifference = z.infer<typeof EntryDifference>

/**
 * What has to be done about one model. keep: nothing; refuse: it cannot be there, for `reason`. `provider` and `model` are null for an
 * entry with our mark of which nothing is known here any more: it is removed.
 */
export const GatewayStep = z.object({
  action: z.enum(['make', 'replace', 'remove', 'keep', 'refuse']),
  provider: ProviderId.nullable(),
  model: ModelId.nullable(),
  /** Null: it has no name yet. */
  name: z.string().nullable(),
  /** Of `replace`. */
  differences: z.array(EntryDifference),
  key: EntryKey.nullable(),
  reason: Reason.nullable(),
})
export type GatewayStep = z.infer<typeof GatewayStep>

/** What a sync would do. `foreign`: entries that are not ours, which stay as they are. */
export const GatewayPlan = z.object({
  gateway: GatewayId,
  url: z.string(),
  steps: z.array(GatewayStep),
  foreign: z.int().nonnegative(),
  /** Providers whose keys would leave this machine as values; those that nobody has agreed to among them. */
  sendsKeysOf: z.array(ProviderId),
  unconfirmed: z.array(ProviderId),
})
export type GatewayPlan = z.infer<typeof GatewayPlan>

/**
 * What a sync did, as it was read back afterwards. `isDone` false: it is tried again, `reason` says why it failed. A step that is done
 * can have a reason, too: the proxy said that it failed.
 */
export const GatewaySync = z.object({
  gateway: GatewayId,
  steps: z.array(GatewayStep.extend({ isDone: z.boolean() })),
  foreign: z.int().nonnegative(),
})
export type GatewaySync = z.infer<typeof GatewaySync>

/** What a gateway said of itself, for nothing; `tested`, of a real call of one model through it. */
export const GatewayTest = z.object({
  gateway: GatewayId,
  url: z.string(),
  latencyMs: z.number().nonnegative(),
  /** Entries with our mark, and all others. */
  ours: z.int().nonnegative(),
  foreign: z.int().nonnegative(),
  tested: z.object({ name: z.string(), report: ModelTestReport }).nullable(),
})
export type GatewayTest = z.infer<typeof GatewayTest>

/** `left`: entries that are still at the gateway. */
export const RemovedGateway = z.object({
  gateway: GatewayId,
  removed: z.int().nonnegative(),
  left: z.int().nonnegative(),
})
export type RemovedGateway = z.infer<typeof RemovedGateway>
