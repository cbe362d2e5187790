import * as l10n from '@vscode/l10n'
import { useEffect, useId, useMemo, useState } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { type Task, tasks } from '../../../protocol/names.ts'
import { stepsTarget } from '../../../protocol/page.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Alias, Readiness, Route } from '../../../protocol/routing.ts'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { knownModels } from '../../parts/knownModels.ts'
import { taskTitle } from '../../parts/language.ts'
import { ReasonNotice, Unread } from '../../parts/notice.tsx'
import { modelsSoFar, useAllModels } from '../../state/allModels.ts'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, usePage, useReading } from '../../state/pageContext.ts'
import { Button, Checkbox } from '../../toolkit.tsx'
import { Aliases } from './aliases.tsx'
import { draftOfRoutes, withChange, withSharing } from './routeDraft.ts'
import { isFine, routeProblems } from './routeProblems.ts'
import { TargetFields } from './targetFields.tsx'
import { TaskRoute } from './taskRoute.tsx'
import { TaskState } from './taskState.tsx'
import { TraceSteps } from './traceSteps.tsx'
import { useRoutesForm } from './useRoutesForm.ts'

/** Which model does which task, whether it can, and why not. */
export function RoutesPage({ target }: PageProps) {
  const registered = modelsSoFar(useAllModels())
  const read = allAnswered({
    routes: useReading('route/list', {}),
    aliases: useReading('alias/list', {}),
    providers: useReading('provider/list', {}),
    readiness: useReading('readiness/read', {}),
  })
  if (read.kind !== 'there') return <Unread answer={read} />
  return <ReadRoutes {...read.value} registered={registered} target={target} />
}

interface Routes {
  routes: readonly Route[]
  aliases: readonly Alias[]
  providers: readonly ProviderView[]
  readiness: Readiness
  registered: readonly RegisteredModel[]
}

function ReadRoutes({ target, routes, aliases, providers, readiness, registered }: Routes & PageProps) {
  const { now, announce } = usePage()
  const id = useId()
  const known = useMemo(() => knownModels(providers, registered), [providers, registered])
  const form = useRoutesForm(routes)
  const [isTried, setTried] = useState(false)
  const { draft, fields, changes } = form
  const saved = draftOfRoutes(routes, fields)
  const problemsOf = (task: Task) =>
    routeProblems(draft[task], { saved: saved[task], fields, providers, known, now, refusal: form.refusal })
  const targetId = (task: Task) => (draft.isShared ? `${id}-both` : `${id}-${task}`)
  const focus = (task: Task, field: 'provider' | 'model') => {
    const found = document.getElementById(`${targetId(task)}-${field}`)
    ;(found ?? document.getElementById(`${targetId(task)}-provider`))?.focus()
  }
  const steps = useTargetTask(target, (task) => document.getElementById(`${id}-${task}-title`)?.focus())
  const save = async () => {
    setTried(true)
    const wrong = changes.find((task) => !isFine(problemsOf(task)))
    if (wrong) return focusWrong(id, targetId(wrong), wrong, problemsOf(wrong))
    if (!(await form.save())) return
    setTried(false)
    announce(l10n.t('The routes are saved.'))
  }
  return (
    <>
      <Checkbox
        id={`${id}-shared`}
        checked={draft.isShared}
        onChange={(isShared) => form.setDraft(withSharing(draft, isShared))}
      >
        {l10n.t('One model for both tasks')}
      </Checkbox>
      {draft.isShared ? (
        <TargetFields
          id={`${id}-both`}
          labels={{ provider: l10n.t('Provider for both tasks'), model: l10n.t('Model for both tasks') }}
          target={draft.categorization}
          aliases={aliases}
          providers={providers}
          known={known}
          problems={problemsOf('categorization').target}
          onChange={(target) => form.setDraft(withChange(draft, 'categorization', target))}
        />
      ) : null}
      {form.conflicts.length > 0 ? <ChangedElsewhere onTake={form.discard} onKeep={() => form.rebase(routes)} /> : null}
      {tasks.map((task) => (
        <section key={task} class="task-route" aria-labelledby={`${id}-${task}-title`}>
          <h2 id={`${id}-${task}-title`} tabIndex={-1}>
            {taskTitle(task)}
          </h2>
          <TaskState
            task={task}
            readiness={readiness[task]}
            routes={routes}
            known={known}
            onChoose={(field) => focus(task, field)}
          />
          <TaskRoute
            id={`${id}-${task}`}
            task={task}
            fields={fields}
            providers={providers}
            aliases={aliases}
            known={known}
            isTried={isTried}
            draft={draft[task]}
            isShared={draft.isShared}
            problems={problemsOf(task)}
            onChange={(change) => form.setDraft(withChange(draft, task, change))}
          />
          <TraceSteps task={task} asOf={readiness} wanted={steps?.task === task ? steps : null} />
        </section>
      ))}
      {form.refusal && !isShownAtField(form.refusal.code) ? <ReasonNotice reason={form.refusal} /> : null}
      <div class="actions save-bar">
        <Button look="primary" onClick={() => void save()} disabled={changes.length === 0 || form.isSaving}>
          {l10n.t('Save routes')}
        </Button>
        <Button onClick={form.discard} disabled={!form.isTouched}>
          {l10n.t('Discard changes')}
        </Button>
        <span class="facts">
          {changes.length === 0
            ? l10n.t('Nothing has changed.')
            : l10n.t('Not saved yet: {0}', changes.map(taskTitle).join(', '))}
        </span>
      </div>
      <Aliases aliases={aliases} routes={routes} providers={providers} known={known} />
    </>
  )
}

/** The conflict is a notice of its own, a provider that is gone stands at its field. */
const isShownAtField = (code: string) => code === 'conflict' || code === 'provider_unconfigured'

function focusWrong(id: string, targetId: string, task: Task, problems: ReturnType<typeof routeProblems>): void {
  const { target, fallback } = problems
  const field = (at: string, { provider }: { provider: string | null }) =>
    `${at}-${provider === null ? 'model' : 'provider'}`
  const isTarget = target.provider !== null || target.model !== null
  const isFallback = fallback.provider !== null || fallback.model !== null
  const wrong = isTarget ? field(targetId, target) : isFallback ? field(`${id}-${task}-fallback`, fallback) : null
  // It may stand in a part that opens with this very drawing.
  requestAnimationFrame(() => {
    const found = wrong
      ? document.getElementById(wrong)
      : document.querySelector<HTMLElement>(`[id^="${id}-${task}-options-"][aria-invalid="true"]`)
    found?.focus()
  })
}

/** A command that wants to see a task leads to it. */
function useTargetTask(target: PageProps['target'], lead: (task: Task) => void): { task: Task } | null {
  useEffect(() => {
    const task = tasks.find((candidate) => candidate === target?.name)
    if (task) lead(task)
  }, [target])
  return useMemo(() => {
    const task = tasks.find((candidate) => `${candidate}${stepsTarget}` === target?.name)
    return task ? { task } : null
  }, [target])
}
