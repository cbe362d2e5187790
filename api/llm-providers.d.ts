// What the extension LLM Providers gives to other extensions. Copy this file: it needs nothing but the types of VS Code.
//
//   const llm = await vscode.extensions.getExtension<LlmProvidersApi>('llm-providers.llm-providers')?.activate()
//   if (llm?.version === 1) console.log(await llm.categorize('The login page is down.'))

import type { CancellationToken, Event } from 'vscode'

/** The version that this file describes. A later version adds and never changes: check `version` before you use it. */
export interface LlmProvidersApi {
  readonly version: 1
  /** Can each task run now, and if not, why not. Asks no provider. */
  readiness(): Promise<Readiness>
  /** Fires when that has changed. Never in a workspace that is not trusted. */
  readonly onDidChangeReadiness: Event<Readiness>
  /**
   * Judges one text by the profile of the person who uses the editor. What may cost money is asked of that person first. The result is
   * in the list of runs, too.
   */
  categorize(text: string, options?: JudgeOptions): Promise<Result>
  score(text: string, options?: JudgeOptions): Promise<Result>
  /** Judges files or folders, and answers when that is over. No results file is written; `results` has them. */
  run(request: RunRequest, token?: CancellationToken): Promise<Run>
  /** A page of a run's results, in the order of its source. */
  results(runId: string, page?: { cursor?: string; limit?: number }): Promise<{ rows: Result[]; next: string | null }>
}

/**
 * What every call rejects with where something expected stands in its way. `code`: `untrusted` in a workspace that is not trusted,
 * `declined` where the person did not agree, `unavailable` where the server does not run, else a reason of LLM Providers, such as
 * `no_route`, `secret_missing` or `rate_limited`. `message` is a sentence in the language of the editor.
 */
export interface LlmProvidersError extends Error {
  readonly code: string
}

export type Task = 'categorization' | 'scoring'

export interface TaskReadiness {
  ready: boolean
  /** Null: ready. */
  reason: { code: string; message: string } | null
  /** Who would be asked. Null: nobody. */
  provider: string | null
  model: string | null
}

export interface Readiness {
  categorization: TaskReadiness
  scoring: TaskReadiness
}

export interface JudgeOptions {
  /** Shown as the id of the text. Absent: "text". */
  name?: string
  token?: CancellationToken
}

export interface RunRequest {
  /** Absolute paths of files and folders. */
  paths: string[]
  /** Absent: both. */
  tasks?: Task[]
  /** US dollars that it may cost at most. Absent: what the person's settings say. */
  maxCostUsd?: number
}

export interface Run {
  runId: string
  state: 'running' | 'completed' | 'stopped' | 'cancelled' | 'paused' | 'interrupted'
  counts: { total: number | null; ok: number; failed: number }
  /** Why it was stopped; null otherwise. */
  reason: { code: string; message: string } | null
}

export interface Result {
  runId: string
  id: string
  status: 'ok' | 'failed' | 'skipped'
  /** The best first. Empty: none fits. Null: it was not categorized. */
  categories: string[] | null
  /** From 0 to 1. Null: unknown. */
  confidence: number | null
  /** Null: it was not scored. */
  score: number | null
  reasoning: string | null
  /** Why it failed; null otherwise. */
  error: { code: string; message: string } | null
}
