import type { Notification } from '../../protocol/contract.ts'
import type { EvaluationProgress } from '../../protocol/evaluation.ts'
import type { BuildProgress } from '../../protocol/knowledgeBases.ts'
import type { ChatDelta } from '../../protocol/languageModels.ts'
import type { PullProgress } from '../../protocol/models.ts'
import type { Readiness } from '../../protocol/routing.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { ThreadDelta } from '../../protocol/threads.ts'
import { createSignal, type Signal } from './signal.ts'

/** What the server notifies of, whichever process of it: a signal each. */
export interface ServerSignals {
  readiness: Signal<Readiness>
  data: Signal<Notification<'data/changed'>>
  runs: Signal<RunView>
  pulls: Signal<PullProgress>
  evaluations: Signal<EvaluationProgress>
  deltas: Signal<ThreadDelta>
  chats: Signal<ChatDelta>
  knowledge: Signal<BuildProgress>
}

export function createServerSignals(): ServerSignals {
  return {
    readiness: createSignal(),
    data: createSignal(),
    runs: createSignal(),
    pulls: createSignal(),
    evaluations: createSignal(),
    deltas: createSignal(),
    chats: createSignal(),
    knowledge: createSignal(),
  }
}
