import * as z from 'zod'
import { Instant, ModelId, ProviderId, RunId, Task } from './names.ts'
import { Reason } from './reasons.ts'
import { ResolvedRoute } from './routing.ts'
import { SourceFields, SourceSpec } from './sources.ts'

export const ResultFormat = z.enum(['jsonl', 'csv', 'json'])
export type ResultFormat = z.infer<typeof ResultFormat>

/** What to run. Everything is resolved once, at the start. */
export const RunRequest = z.object({
  tasks: z.array(Task).min(1).max(2),
  source: SourceSpec,
  /** A file, or the name of a ready-made profile. Absent: the workspace's profile file if there is one, else the stored profile. */
  profile: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('file'), path: z.string().min(1) }),
      z.object({ kind: z.literal('preset'), name: z.string().min(1) }),
    ])
    .optional(),
  /** The trusted workspace folder whose `.llm-providers/profile.yaml` counts; absent in a restricted workspace. */
  workspaceFolder: z.string().optional(),
  fields: SourceFields.optional(),
  /** Instead of the routes, for this run only. */
  override: z.object({ provider: ProviderId, model: ModelId.optional() }).optional(),
  /** Null path: beside the source as `<name>.results.<format>`. `none`: only the journal keeps the results. */
  output: z
    .object({
      path: z.string().min(1).nullable(),
      format: ResultFormat.default('jsonl'),
      none: z.boolean().default(false),
    })
    .default({ path: null, format: 'jsonl', none: false }),
  limit: z.int().min(1).optional(),
  concurrency: z.int().min(1).max(256).optional(),
  batchSize: z.int().min(1).max(10).optional(),
  /** The run stops before it has cost more, resumable; refused where the price of a model is not known. Absent: no cap. */
  maxCostUsd: z.number().positive().max(1e6).optional(),
})
export type RunRequest = z.infer<typeof RunRequest>

/**
 * running: a live process works on it; completed: every item has a final result; stopped: ended early by `reason`, resumable;
 * cancelled: by the user, resumable; interrupted: its process died, resumable.
 */
export const RunState = z.enum(['running', 'completed', 'stopped', 'cancelled', 'interrupted'])
export type RunState = z.infer<typeof RunState>

/** `total` is null until the source was read to its end. `waiting` items have no final result yet. */
export const RunCounts = z.object({
  total: z.int().nullable(),
  ok: z.int(),
  failed: z.int(),
  skipped: z.int(),
  waiting: z.int(),
})
export type RunCounts = z.infer<typeof RunCounts>

export const RunView = z.object({
  runId: RunId,
  state: RunState,
  tasks: z.array(Task),
  /** For people: a file name, "3 files", or the name that came with a text. */
  source: z.string(),
  counts: RunCounts,
  /** Why it was stopped; null otherwise. */
  reason: Reason.nullable(),
  routes: z.array(ResolvedRoute),
  /** Null while no results file was asked for or written. */
  resultsPath: z.string().nullable(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  /** Set while the providers asked to wait: no call starts before then. */
  parkedUntil: Instant.nullable(),
})
export type RunView = z.infer<typeof RunView>

/** What a run would take, without any call. `inputTokens` is a rough figure: characters / 4, prompts included. */
export const RunEstimate = z.object({
  items: z.int(),
  unreadable: z.int(),
  calls: z.int(),
  characters: z.int(),
  inputTokens: z.int(),
  routes: z.array(ResolvedRoute),
})
export type RunEstimate = z.infer<typeof RunEstimate>
