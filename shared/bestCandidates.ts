import type { CandidateReport, EvaluationReport } from '../protocol/evaluation.ts'
import type { Task } from '../protocol/names.ts'

/** The candidate to take for a task, and in which figure it is ahead. */
export interface BestCandidate {
  task: Task
  report: CandidateReport
  /** `accuracy`: of categories; `error`: mean absolute error of the composite score. */
  figure: { name: 'accuracy' | 'error'; value: number }
  /** Others are as good, as far as so few labels can tell, and this one takes the least time. */
  isFastest: boolean
}

/**
 * Which candidate to take for each task, of those that came to their end: for categories the most accurate one, for scores the one whose
 * composite score is the least off. Where others are within one standard error of it (of a share p of n labels, √(p(1 − p) ÷ n)), so few
 * labels cannot tell them apart, and the one that takes the least time an item is taken. Nothing is said of a single candidate.
 */
export function bestCandidates({ candidates, tasks }: Pick<EvaluationReport, 'candidates' | 'tasks'>): BestCandidate[] {
  const ended = candidates.filter(({ state }) => state === 'done')
  if (ended.length < 2) return []
  return tasks.flatMap((task) => {
    const best = task === 'categorization' ? bestForCategories(ended) : bestForScores(ended)
    return best ?? []
  })
}

interface Measured {
  report: CandidateReport
  value: number
}

function bestForCategories(ended: readonly CandidateReport[]): BestCandidate | null {
  const measured = ended.flatMap((report) => {
    const { accuracy = null } = report.categorization ?? {}
    return accuracy === null ? [] : [{ report, value: accuracy }]
  })
  const first = measured.toSorted((one, other) => other.value - one.value)[0]
  if (!first) return null
  const items = first.report.categorization?.items ?? 1
  const standardError = Math.sqrt((first.value * (1 - first.value)) / items)
  return chosenOf('categorization', 'accuracy', first, alike(measured, first, standardError))
}

/** Errors of single items are not kept, so that only equal ones, as they are shown, count as alike. */
function bestForScores(ended: readonly CandidateReport[]): BestCandidate | null {
  const measured = ended.flatMap((report) => {
    const value = report.scoring?.score?.meanAbsolute
    return value === undefined ? [] : [{ report, value }]
  })
  const first = measured.toSorted((one, other) => one.value - other.value)[0]
  return first ? chosenOf('scoring', 'error', first, alike(measured, first, 0.005)) : null
}

function alike(measured: readonly Measured[], { value }: Measured, distance: number): Measured[] {
  return measured.filter((each) => Math.abs(each.value - value) <= distance)
}

function chosenOf(
  task: Task,
  name: BestCandidate['figure']['name'],
  first: Measured,
  equals: readonly Measured[],
): BestCandidate {
  const seconds = ({ report }: Measured): number => report.secondsPerItem ?? Number.POSITIVE_INFINITY
  const [fastest = first] = equals.toSorted((one, other) => seconds(one) - seconds(other))
  const { report, value } = fastest
  return { task, report, figure: { name, value }, isFastest: equals.length > 1 }
}
