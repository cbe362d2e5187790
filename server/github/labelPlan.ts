import { createHash } from 'node:crypto'
import type { IssueLabels, LabelChoice, LabelPlan } from '../../protocol/github.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import type { FileState, Issue } from './issueFile.ts'

/** Labels are the same whatever their case, as GitHub has it. */
function fold(label: string): string {
  return label.trim().toLowerCase()
}

/** GitHub takes no longer label, and a control character in one would be a trap for whoever reads it. */
function isUsable(label: string): boolean {
  return label.trim() !== '' && label.length <= 50 && !/\p{Cc}/u.test(label)
}

/** What verdicts would change; see `github/planLabels`. What people corrected counts before what a model said. */
export function planLabels(
  rows: readonly ResultRecord[],
  issues: ReadonlyMap<string, Issue>,
  choice: LabelChoice,
  { repo, api }: Pick<FileState, 'repo' | 'api'>,
): LabelPlan {
  const changes: IssueLabels[] = []
  const counts = { unchanged: 0, passedOver: 0 }
  const managed = choice.replace ? labelsOfAll(rows, choice) : new Set<string>()
  for (const row of rows) {
    const issue = issues.get(row.id)
    const wanted = issue && isSure(row, choice) ? wantedLabels(row, choice) : null
    if (!issue || wanted === null) {
      counts.passedOver++
      continue
    }
    const change = changeOf(issue, wanted, managed, choice.remove)
    if (change.add.length + change.remove.length === 0) counts.unchanged++
    else changes.push(change)
  }
  changes.sort((one, other) => one.number - other.number)
  const plan = { runId: choice.runId, repo, api, changes, ...counts }
  return { ...plan, digest: createHash('sha256').update(JSON.stringify(plan)).digest('hex') }
}

function isSure(row: ResultRecord, { minConfidence }: LabelChoice): boolean {
  if (minConfidence === undefined || correctedResult(row).corrected.has('categories')) return true
  return (row.calibrated ?? row.confidence ?? 0) >= minConfidence
}

/** Null: there is no verdict to go by. */
function wantedLabels(row: ResultRecord, { mapping }: LabelChoice): string[] | null {
  const { categories } = correctedResult(row)
  if (row.status !== 'ok' || categories === null) return null
  return categories.flatMap((name) => labelOf(name, mapping) ?? [])
}

function labelOf(category: string, mapping: LabelChoice['mapping']): string | null {
  const label = Object.hasOwn(mapping, category) ? (mapping[category] ?? null) : category
  return label !== null && isUsable(label) ? label.trim() : null
}

/** Of every category that the run has given, and of those that are mapped. */
function labelsOfAll(rows: readonly ResultRecord[], { mapping }: LabelChoice): Set<string> {
  const names = new Set([...Object.keys(mapping), ...rows.flatMap((row) => correctedResult(row).categories ?? [])])
  return new Set([...names].flatMap((name) => labelOf(name, mapping) ?? []).map(fold))
}

function changeOf(
  issue: Issue,
  wanted: readonly string[],
  managed: ReadonlySet<string>,
  taken: readonly string[],
): IssueLabels {
  const has = new Set(issue.labels.map(fold))
  const wants = new Set(wanted.map(fold))
  const goes = new Set([...managed, ...taken.map(fold)])
  const added = new Map(wanted.filter((label) => !has.has(fold(label))).map((label) => [fold(label), label]))
  return {
    number: Number(issue.id),
    title: issue.title.slice(0, 300),
    before: issue.labels,
    add: [...added.values()],
    remove: issue.labels.filter((label) => goes.has(fold(label)) && !wants.has(fold(label))),
  }
}

/** What is still to be done of a change, by the labels of now; null: they are not those that it was planned for. */
export function remainingOf(
  { before, add, remove }: Pick<IssueLabels, 'before' | 'add' | 'remove'>,
  now: readonly string[],
): Pick<IssueLabels, 'add' | 'remove'> | null {
  const has = new Set(now.map(fold))
  const left = {
    add: add.filter((label) => !has.has(fold(label))),
    remove: remove.filter((label) => has.has(fold(label))),
  }
  if (left.add.length + left.remove.length === 0) return left
  const planned = new Set(before.map(fold))
  const isAsPlanned = planned.size === has.size && [...planned].every((label) => has.has(label))
  return isAsPlanned ? left : null
}
