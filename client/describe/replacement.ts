import { type Task, tasks } from '../../protocol/names.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { endOf } from './describeModel.ts'

/** A task whose model ends, or has ended, and what its provider says to use instead. */
export interface Replacement {
  task: Task
  provider: string
  model: string
  replacement: string
}

/** Of all tasks whose model's end is announced together with a replacement. */
export function replacements(snapshot: Snapshot): Replacement[] {
  return tasks.flatMap((task) => replacementOf(snapshot, task) ?? [])
}

export function replacementOf(snapshot: Snapshot, task: Task): Replacement | null {
  const { reason, route } = snapshot.readiness[task]
  if (reason?.code === 'model_deprecated') {
    const { provider, model, replacement } = reason
    return replacement ? { task, provider, model, replacement } : null
  }
  // What a fallback names is changed with the fallback, not with the route.
  if (!route || route.rule === 'fallback') return null
  const { provider, model } = route
  const replacement = endOf(snapshot, provider, model).replacement
  return replacement ? { task, provider, model, replacement } : null
}
