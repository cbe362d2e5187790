import * as l10n from '@vscode/l10n'
import type { Task } from '../../../protocol/names.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Route, TaskReadiness } from '../../../protocol/routing.ts'
import { fallbacksOf } from '../../../shared/routeFallbacks.ts'
import { endWords } from '../../parts/describeModel.ts'
import { EndNotice } from '../../parts/endNotice.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { endOf, type KnownModel } from '../../parts/knownModels.ts'
import { describeReason, describeWarning, formatAge, formatDuration, reasonAction } from '../../parts/language.ts'
import { canAct, useReasonAction } from '../../parts/reasonAction.ts'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { routeOf } from './routeDraft.ts'

export interface TaskStateProps {
  task: Task
  readiness: TaskReadiness
  routes: readonly Route[]
  known: readonly KnownModel[]
  /** What the page itself is for: the focus goes to where provider and model are chosen. */
  onChoose(field: 'provider' | 'model'): void
}

/** Whether a task can run now as it is saved, why not, and the one thing that helps. */
export function TaskState({ task, readiness, routes, known, onChoose }: TaskStateProps) {
  const { now } = usePage()
  const { reason, route, warnings, checkedAt, latencyMs } = readiness
  const ending = endingModels(routeOf(routes, task), known)
  const { icon, words } = describeReadiness(readiness)
  // That a model ends is shown once, beside its successor.
  const shownWarnings = warnings.filter(({ code }) => ending.length === 0 || code !== 'deprecation_announced')
  const facts = [
    ...(route ? [route.provider, route.alias ? l10n.t('{0} (alias {1})', route.model, route.alias) : route.model] : []),
    ...(checkedAt ? [l10n.t('checked {0}', formatAge(checkedAt, now))] : []),
    ...(latencyMs === null ? [] : [l10n.t('answered in {0}', formatDuration(latencyMs))]),
  ]
  return (
    <>
      <div class="task-state">
        <p class="row-head">
          <span class="state">
            <Icon name={icon} /> <strong>{words}</strong>
          </span>
          <span class="facts">{facts.join(' · ')}</span>
        </p>
        {reason ? <Why reason={reason} onChoose={onChoose} /> : null}
        {shownWarnings.length > 0 ? (
          <ul class="warnings" aria-label={l10n.t('Good to know')}>
            {shownWarnings.map((warning) => (
              <li key={warning.code}>
                <Icon name="warning" /> <span>{describeWarning(warning)}</span>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      {ending.map(({ model: { provider, model }, end }) => (
        <EndNotice
          key={`${provider}/${model}`}
          provider={provider}
          model={model}
          routes={routes}
          words={endWords(end, now)}
          replacement={end.replacement}
        />
      ))}
    </>
  )
}

function describeReadiness({ reason, warnings, route }: TaskReadiness): { icon: IconName; words: string } {
  if (reason) return { icon: 'error', words: l10n.t('Not ready') }
  if (route?.rule === 'fallback') return { icon: 'warning', words: l10n.t('Ready, using the fallback') }
  return { icon: warnings.length > 0 ? 'warning' : 'pass', words: l10n.t('Ready') }
}

function Why({ reason, onChoose }: { reason: Reason; onChoose: TaskStateProps['onChoose'] }) {
  const act = useReasonAction()
  const { id } = reason.action
  const own = id === 'setRoute' ? () => onChoose('provider') : id === 'chooseModel' ? () => onChoose('model') : null
  return (
    <div class="why">
      <p>{describeReason(reason)}</p>
      {own || canAct(reason) ? <Button onClick={own ?? (() => act(reason))}>{reasonAction(reason)}</Button> : null}
    </div>
  )
}

/** Of the models that the task's route names, those whose end was announced. */
function endingModels(route: Route | undefined, known: readonly KnownModel[]) {
  return [route, ...fallbacksOf(route?.options ?? {})].flatMap((target) => {
    const model = known.find((each) => each.provider === target?.provider && each.model === target?.model)
    const end = model ? endOf(model) : null
    return model && end ? [{ model, end }] : []
  })
}
