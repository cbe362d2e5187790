import { Buffer } from 'node:buffer'
import * as z from 'zod'
import { PromptExamples } from '../../protocol/labels.ts'
import { EvaluationId, RunId } from '../../protocol/names.ts'
import { Profile } from '../../protocol/profile.ts'
import { Receipt } from '../../protocol/results.ts'
import { FallbackCause, ResolvedRoute } from '../../protocol/routing.ts'
import { CascadeCounts, RunProfile, RunRequest, RunSpent } from '../../protocol/runs.ts'
import type { CategoryVerdict } from '../domain/work.ts'
import type { ItemOrigin, ResultPlace } from './itemIndex.ts'

export const ResolvedFallback = z.object({ when: z.array(FallbackCause).min(1), route: ResolvedRoute })
export type ResolvedFallback = z.infer<typeof ResolvedFallback>

/**
 * The first line of a journal, and the second, which counts where the first is damaged: all that a resumed run needs to go on exactly as
 * it began. No key is in it.
 */
export const JournalHeader = z.object({
  kind: z.literal('run'),
  /** 3 has a checksum in each line; 2 has the categorizations of items that wait for their scoring; 1 has none. All are read. */
  version: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  runId: z.string(),
  request: RunRequest,
  routes: z.array(ResolvedRoute).min(1),
  /** Who is asked in place of a route's model while the run goes on. Absent: nobody. */
  fallbacks: z.array(ResolvedFallback).optional(),
  /** The model that decides in a cascade, in the place of that of the categorization. Absent: none of the registry. */
  proxy: ResolvedRoute.optional(),
  profile: Profile,
  /** As they were at the start. Absent: none. */
  examples: PromptExamples.optional(),
  /** Absent in journals of versions that did not record it. */
  profileFrom: RunProfile.optional(),
  /** What the source was when the run began. */
  inputs: z.array(z.object({ path: z.string(), size: z.number(), modifiedAtMs: z.number() })),
  resultsPath: z.string().nullable(),
  /** What it was made for; absent: for nobody but its person. */
  evaluation: EvaluationId.optional(),
  /** The run on which it is the second opinion; absent: on none. */
  secondOf: RunId.optional(),
  startedAt: z.string(),
})
export type JournalHeader = z.infer<typeof JournalHeader>

/**
 * The lines after it. `key` is the item's identity, `at` its position in the source; the last line about a key counts.
 * item: a final result. moved: the source has changed and the item stands elsewhere. gone: the source has it no more.
 * categorized: what was paid for of an item that has no result yet. spent: US dollars, with what calls under way may still cost; the last such line counts. used: what all calls used so far; the
 * last such line counts. cascade: what a cascade has done so far, the same. resumed: the run went on here, and what damaged lines before held was judged again where it was needed.
 */
export type JournalLine =
  | { kind: 'item'; key: string; at: number; result: JournalResult }
  | { kind: 'categorized'; key: string; categorized: JournalCategorization }
  | { kind: 'moved'; key: string; at: number }
  | { kind: 'gone'; key: string }
  | { kind: 'spent'; usd: number }
  | { kind: 'used'; used: RunSpent }
  | { kind: 'cascade'; counts: CascadeCounts }
  | { kind: 'resumed' }
  /** The header once more. */
  | { kind: 'run' }

/** A categorization of an item that has no result yet. */
export interface PaidCategorization {
  verdict: CategoryVerdict
  receiptJson: string
}

/** The same of an item with this text. */
export interface JournalCategorization extends PaidCategorization {
  inputHash: string
}

/** Before the first call. */
export const nothingUsed: RunSpent = { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 }

/** What resuming needs to know of a result. */
const JournalResult = z.object({
  inputHash: z.string(),
  status: z.enum(['ok', 'failed', 'skipped']),
  reusedFrom: z.string().optional(),
  receipts: z
    .record(z.string(), z.object({ sharedWith: z.string().optional(), likeness: z.number().optional() }))
    .optional(),
})
type JournalResult = z.infer<typeof JournalResult>

/** A result that was taken over may have been another item's already in the earlier run. */
export function originOf({ reusedFrom, receipts = {} }: Pick<JournalResult, 'reusedFrom' | 'receipts'>): ItemOrigin {
  if (reusedFrom !== undefined) return 'reused'
  const all = Object.values(receipts)
  if (all.some(({ likeness }) => likeness !== undefined)) return 'similar'
  return all.some(({ sharedWith }) => sharedWith !== undefined) ? 'identical' : 'judged'
}

export function itemLineStart(key: string, at: number): string {
  return `{"kind":"item","key":"${key}","at":${at},"result":`
}
export const itemLineEnd = '}\n'

const resultStart = Buffer.from('"result":')

/** Where the result of an item's line, which begins at `start`, stands in the file. Before it are only a checksum, the key and a number. */
export function resultPlace(line: Buffer, start: number): ResultPlace {
  const before = line.indexOf(resultStart) + resultStart.length
  return { offset: start + before, length: line.length - before - 1 }
}

export const categorizedLineStart = '{"kind":"categorized"'

export function categorizedLine(
  { key, inputHash }: { key: string; inputHash: string },
  { verdict, receiptJson }: PaidCategorization,
): string {
  const subject = `"key":"${key}","inputHash":"${inputHash}"`
  return `${categorizedLineStart},${subject},"verdict":${JSON.stringify(verdict)},"receipt":${receiptJson}}\n`
}

const CategorizedLine = z.object({
  key: z.string().regex(/^[0-9a-f]{24}$/),
  inputHash: z.string(),
  // More may be said of it than every version knows.
  verdict: z.looseObject({
    categories: z.array(z.string()),
    confidence: z.number().nullable(),
    suggested: z.object({ names: z.array(z.string()), parent: z.string().nullable() }),
  }),
  receipt: Receipt.loose(),
})

function parseCategorized(value: unknown): Extract<JournalLine, { kind: 'categorized' }> | null {
  const line = CategorizedLine.safeParse(value).data
  if (!line) return null
  const { key, inputHash, verdict, receipt } = line
  const categorized = { inputHash, verdict: verdict as CategoryVerdict, receiptJson: JSON.stringify(receipt) }
  return { kind: 'categorized', key, categorized }
}

export function noteLine(note: Exclude<JournalLine, { kind: 'item' | 'categorized' }>): string {
  return `${JSON.stringify(note)}\n`
}

const keyForm = /^[0-9a-f]{24}$/
const key = z.string().regex(keyForm)
const JournalLine = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('item'),
    key,
    at: z.int().nonnegative(),
    result: JournalResult,
  }),
  z.object({ kind: z.literal('moved'), key, at: z.int().nonnegative() }),
  z.object({ kind: z.literal('gone'), key }),
  z.object({ kind: z.literal('spent'), usd: z.number().nonnegative() }),
  z.object({ kind: z.literal('used'), used: RunSpent }),
  z.object({ kind: z.literal('cascade'), counts: CascadeCounts }),
  z.object({ kind: z.literal('resumed') }),
  z.object({ kind: z.literal('run') }),
])

/** Null: not a line of a journal. `value`: its JSON. */
export function parseJournalLine(value: unknown): JournalLine | null {
  if (isItemLine(value)) return value
  if ((value as { kind?: unknown } | null)?.kind === 'categorized') return parseCategorized(value)
  return JournalLine.safeParse(value).data ?? null
}

/** What our own writer wrote, by sight: a million such lines are read before a run goes on. Whatever else it is, the schema says. */
function isItemLine(value: unknown): value is Extract<JournalLine, { kind: 'item' }> {
  const line = value as Partial<Extract<JournalLine, { kind: 'item' }>> | null | undefined
  if (line?.kind !== 'item' || typeof line.key !== 'string' || !keyForm.test(line.key)) return false
  const { at, result } = line
  if (!Number.isSafeInteger(at) || (at as number) < 0 || typeof result !== 'object' || result === null) return false
  const { status, inputHash } = result
  return (status === 'ok' || status === 'failed' || status === 'skipped') && typeof inputHash === 'string'
}
