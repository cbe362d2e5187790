import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest, TasksAsked } from '../../protocol/runs.ts'
import { areEdited } from '../domain/checkPrompt.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import type { TaskContext } from '../engine/taskContext.ts'
import { canonicalJson } from '../items/hashes.ts'

interface AskedModel {
  route: ResolvedRoute
  model: ModelClient
}

/**
 * Whether one call for text asks for both tasks, and why not. Undefined: the question does not arise, since they are asked of two models, in
 * two ways or of nobody.
 */
export function tasksAsked(
  request: Pick<RunRequest, 'separate'>,
  [one, other]: readonly AskedModel[],
  { prompts }: Pick<CompiledProfile, 'prompts'>,
): TasksAsked | undefined {
  if (!one || !other || one.route.endpoint === null || wayTo(one) !== wayTo(other)) return undefined
  if (request.separate === true) return 'separate'
  return areEdited(prompts) ? 'edited_prompts' : 'together'
}

/** What became of it: where a model decides, what people wrote into prompts is not asked, and not all questions may fit into one request. */
export function howAsked(
  request: Pick<RunRequest, 'separate'>,
  tasks: readonly (AskedModel & Pick<TaskContext, 'strategy' | 'profile'>)[],
): TasksAsked | undefined {
  const [first] = tasks
  const asked = first && tasksAsked(request, tasks, first.profile)
  const isTogether = first !== undefined && first.strategy.tasks.length > 1
  if (isTogether) return 'together'
  return asked === 'together' ? undefined : asked
}

/** Provider, model and all that changes a call. Who is asked in its place is each task's own business. */
function wayTo({ route: { provider, model, endpoint, options }, model: { optionsHash } }: AskedModel): string {
  const { fallback: _, fallbacks: __, ...asked } = options
  return canonicalJson({ provider, model, endpoint, asked, optionsHash })
}
