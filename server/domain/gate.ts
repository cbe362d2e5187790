import type { CandidateReport } from '../../protocol/evaluation.ts'
import type { GateMiss, ProfileGate } from '../../protocol/gate.ts'
import type { Task } from '../../protocol/names.ts'

/** What is missing to a profile's gate, of the tasks that were measured; empty: it is met. */
export function missesOf(
  gate: ProfileGate,
  tasks: readonly Task[],
  { categorization, scoring }: Pick<CandidateReport, 'categorization' | 'scoring'>,
): GateMiss[] {
  const misses: GateMiss[] = []
  const wanted = gate.categorization
  if (wanted && tasks.includes('categorization')) {
    const labels = categorization?.items ?? 0
    const accuracy = categorization?.accuracy ?? null
    if (labels < wanted.labels) misses.push(missed('categorization', 'labels', wanted.labels, labels))
    if (accuracy === null || accuracy < wanted.accuracy)
      misses.push(missed('categorization', 'accuracy', wanted.accuracy, accuracy))
  }
  const allowed = gate.scoring
  if (allowed && tasks.includes('scoring')) {
    const labels = scoring?.items ?? 0
    const error = scoring?.score?.meanAbsolute ?? null
    if (labels < allowed.labels) misses.push(missed('scoring', 'labels', allowed.labels, labels))
    if (error === null || error > allowed.error) misses.push(missed('scoring', 'error', allowed.error, error))
  }
  return misses
}

function missed(task: Task, figure: GateMiss['figure'], wanted: number, found: number | null): GateMiss {
  return { task, figure, wanted, found }
}
