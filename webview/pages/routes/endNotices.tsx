import type { Task } from '../../../protocol/names.ts'
import type { Route } from '../../../protocol/routing.ts'
import { endOf, type KnownModel } from '../../parts/knownModels.ts'
import { endWords } from '../../parts/modelWords.ts'
import { EndNotice } from '../../parts/useReplacement.tsx'
import { usePage } from '../../state/pageContext.ts'
import { routeOf } from './routeDraft.ts'

export interface EndNoticesProps {
  task: Task
  routes: readonly Route[]
  known: readonly KnownModel[]
}

/** Of the models that a task's route names, those whose end was announced, each with its successor. */
export function EndNotices({ task, routes, known }: EndNoticesProps) {
  const { now } = usePage()
  const ending = endingModels({ task, routes, known })
  return (
    <>
      {ending.map(({ model: { provider, model }, end }) => (
        <EndNotice
          key={`${provider}/${model}`}
          {...{ provider, model, routes }}
          words={endWords(end, now)}
          replacement={end.replacement}
        />
      ))}
    </>
  )
}

export function endingModels({ task, routes, known }: EndNoticesProps) {
  const route = routeOf(routes, task)
  return [route, route?.options.fallback].flatMap((target) => {
    const model = known.find((each) => each.provider === target?.provider && each.model === target?.model)
    const end = model ? endOf(model) : null
    return model && end ? [{ model, end }] : []
  })
}
