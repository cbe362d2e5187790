import * as z from 'zod'
import { LocalizableMessage } from './localizableMessage.ts'
import { Instant, RunId } from './names.ts'
import { Reason } from './reasons.ts'

/** Where the REST API of github.com is. */
export const githubApi = 'https://api.github.com'

/** `owner/name`. */
export const GitHubRepo = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{0,99}[A-Za-z0-9_-]$/, 'OWNER/REPO')

/**
 * none: only what is public. store: the client's secret store, for the API's origin; an editor answers with its GitHub sign-in. An
 * environment variable is bound to the origin of the API that it was first named for with that file.
 */
export const GitHubToken = z.union([
  z.enum(['none', 'store']),
  z.object({ variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'the name of an environment variable') }),
])
export type GitHubToken = z.infer<typeof GitHubToken>

/** Of an issue: GitHub's own limit is 50 characters; more is not taken. */
export const GitHubLabel = z.string().trim().min(1).max(100)

export const IssueFetch = z.object({
  repo: GitHubRepo,
  /** Base URL of the REST API, such as `https://github.example.com/api/v3`. Absent: as before with this file, else github.com's. */
  api: z.string().max(2048).optional(),
  /** Absent: as before with this file, else none. */
  token: GitHubToken.optional(),
  allowPlainHttp: z.boolean().default(false),
  state: z.enum(['open', 'closed', 'all']).default('open'),
  /** Only what was updated since; what the file has beyond that stays in it. */
  since: Instant.optional(),
  /** Only issues that have all of them. */
  labels: z.array(GitHubLabel).max(20).default([]),
  /** Pull requests, too, which GitHub lists as issues. */
  pulls: z.boolean().default(false),
  /** The JSONL file that is written: one line an issue, by number. */
  path: z.string().min(1).max(4096),
  /** A trusted folder, out of which no link within it leads. */
  workspaceFolder: z.string().min(1).max(4096).optional(),
  /** Also where the file is not one that was fetched, or was edited since. */
  overwrite: z.boolean().optional(),
})
export type IssueFetch = z.infer<typeof IssueFetch>

/** What came of it, counted in issues; `gone` of those that the file had. */
export const FetchedIssues = z.object({
  path: z.string(),
  repo: GitHubRepo,
  issues: z.int().nonnegative(),
  added: z.int().nonnegative(),
  changed: z.int().nonnegative(),
  gone: z.int().nonnegative(),
  /** Pull requests that were left out. */
  pullsLeft: z.int().nonnegative(),
  requests: z.int().nonnegative(),
  /** Pages that GitHub had not changed since the last time, which count for no limit. */
  unchangedPages: z.int().nonnegative(),
})
export type FetchedIssues = z.infer<typeof FetchedIssues>

/** How categories become labels, for a run over a file that was fetched. */
export const LabelChoice = z.object({
  runId: RunId,
  /** The label of a category; null: it gets none. Absent ones are labelled by their own name. */
  mapping: z.record(z.string().max(200), GitHubLabel.nullable()).default({}),
  /** Labels that judged issues lose. */
  remove: z.array(GitHubLabel).max(50).default([]),
  /** Labels of other categories of the run are taken off, too. */
  replace: z.boolean().default(false),
  /** Only verdicts that are at least as sure. */
  minConfidence: z.number().min(0).max(1).optional(),
})
export type LabelChoice = z.infer<typeof LabelChoice>

/** What one issue would get and lose. `before`: its labels when it was fetched. */
export const IssueLabels = z.object({
  number: z.int().positive(),
  title: z.string(),
  before: z.array(z.string()),
  add: z.array(z.string()),
  remove: z.array(z.string()),
})
export type IssueLabels = z.infer<typeof IssueLabels>

export const LabelPlan = z.object({
  runId: RunId,
  repo: GitHubRepo,
  api: z.string(),
  changes: z.array(IssueLabels),
  /** Judged, and as they would be already. */
  unchanged: z.int().nonnegative(),
  /** Not judged with a category, not sure enough, or not in the file any more. */
  passedOver: z.int().nonnegative(),
  /** Of all of it: `github/applyLabels` refuses (conflict) another one. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
})
export type LabelPlan = z.infer<typeof LabelPlan>

/**
 * What became of one issue. left: nothing was written, because it has changed since it was fetched (`changed`), is gone, or GitHub refused
 * (`reason`). same: somebody else has made the change.
 */
export const LabelledIssue = z.object({
  number: z.int().positive(),
  outcome: z.enum(['done', 'same', 'left']),
  why: z.string().optional(),
  localizable: LocalizableMessage.optional(),
  reason: Reason.optional(),
})
export type LabelledIssue = z.infer<typeof LabelledIssue>

/** `stopped`: why no further issue was tried; the ones that are not in `issues` were not looked at. Absent: all were. */
export const LabelledIssues = z.object({ issues: z.array(LabelledIssue), stopped: Reason.optional() })
export type LabelledIssues = z.infer<typeof LabelledIssues>

/** So many issues are written in one request at most, so that whoever asks can show progress and stop. */
export const mostLabelled = 20
