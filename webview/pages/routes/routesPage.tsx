import * as l10n from '@vscode/l10n'
import { useId, useMemo, useState } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { type Task, tasks } from '../../../protocol/names.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Readiness, Route } from '../../../protocol/routing.ts'
import type { PageProps } from '../../pages.ts'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { knownModels } from '../../parts/knownModels.ts'
import { taskTitle } from '../../parts/language.ts'
import { LoadingNote } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { modelsSoFar, useAllModels } from '../../state/allModels.ts'
import { usePage } from '../../state/pageContext.ts'
import { useReading } from '../../state/serverData.ts'
import { Button, Checkbox } from '../../toolkit.tsx'
import { EndNotices, endingModels } from './endNotices.tsx'
import { optionFields } from './optionFields.ts'
import { draftOfRoutes, withChange, withSharing } from './routeDraft.ts'
import { isFine, routeProblems } from './routeProblems.ts'
import { TargetFields } from './targetFields.tsx'
import { TaskRoute } from './taskRoute.tsx'
import { TaskState } from './taskState.tsx'
import { TraceSteps } from './traceSteps.tsx'
import { useRoutesForm } from './useRoutesForm.ts'
import { useWishedTask } from './useWishedTask.ts'

/** Which model does which task, whether it can, and why not. */
export function RoutesPage({ wish }: PageProps) {
  const routes = useReading('route/list', {})
  const providers = useReading('provider/list', {})
  const readiness = useReading('readiness/read', {})
  const registered = useAllModels()
  for (const reading of [routes, providers, readiness]) {
    if (reading.kind === 'failed') return <ReasonNotice reason={reading.reason} />
  }
  if (routes.kind !== 'there' || providers.kind !== 'there' || readiness.kind !== 'there') return <LoadingNote />
  return (
    <ReadRoutes
      wish={wish}
      routes={routes.value}
      providers={providers.value}
      readiness={readiness.value}
      registered={modelsSoFar(registered)}
    />
  )
}

interface Routes {
  routes: readonly Route[]
  providers: readonly ProviderView[]
  readiness: Readiness
  registered: readonly RegisteredModel[]
}

function ReadRoutes({ wish, routes, providers, readiness, registered }: Routes & PageProps) {
  const { now, announce } = usePage()
  const id = useId()
  const known = useMemo(() => knownModels(providers, registered), [providers, registered])
  const fields = useMemo(optionFields, [])
  const form = useRoutesForm(routes, fields)
  const [isTried, setTried] = useState(false)
  const { draft, changes } = form
  const saved = draftOfRoutes(routes, fields)
  const problemsOf = (task: Task) =>
    routeProblems(draft[task], { saved: saved[task], fields, providers, known, now, refusal: form.refusal })
  const targetId = (task: Task) => (draft.isShared ? `${id}-both` : `${id}-${task}`)
  const focus = (task: Task, field: 'provider' | 'model') => {
    const found = document.getElementById(`${targetId(task)}-${field}`)
    ;(found ?? document.getElementById(`${targetId(task)}-provider`))?.focus()
  }
  const steps = useWishedTask(wish, (task) => document.getElementById(`${id}-${task}-title`)?.focus())
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
        onChange={(isShared) => form.keep(withSharing(draft, isShared))}
      >
        {l10n.t('One model for both tasks')}
      </Checkbox>
      {draft.isShared ? (
        <TargetFields
          id={`${id}-both`}
          labels={{ provider: l10n.t('Provider of both'), model: l10n.t('Model of both') }}
          target={draft.categorization}
          {...{ providers, known }}
          problems={problemsOf('categorization').target}
          onChange={(target) => form.keep(withChange(draft, 'categorization', target))}
        />
      ) : null}
      {form.conflicts.length > 0 ? (
        <ChangedElsewhere onTake={form.discard} onKeep={() => form.keepMine(routes)} />
      ) : null}
      {tasks.map((task) => (
        <section key={task} class="task-route" aria-labelledby={`${id}-${task}-title`}>
          <h2 id={`${id}-${task}-title`} tabIndex={-1}>
            {taskTitle(task)}
          </h2>
          <TaskState
            readiness={readiness[task]}
            isEndTold={endingModels({ task, routes, known }).length > 0}
            onChoose={(field) => focus(task, field)}
          />
          <EndNotices task={task} routes={routes} known={known} />
          <TaskRoute
            id={`${id}-${task}`}
            {...{ task, fields, providers, known, isTried }}
            draft={draft[task]}
            isShared={draft.isShared}
            problems={problemsOf(task)}
            onChange={(change) => form.keep(withChange(draft, task, change))}
          />
          <TraceSteps task={task} asOf={readiness} wanted={steps?.task === task ? steps : null} />
        </section>
      ))}
      {form.refusal && !isToldAtField(form.refusal.code) ? <ReasonNotice reason={form.refusal} /> : null}
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
    </>
  )
}

/** The conflict is a notice of its own, a provider that is gone stands at its field. */
const isToldAtField = (code: string) => code === 'conflict' || code === 'provider_unconfigured'

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
