import { useState } from 'preact/hooks'
import { type Task, tasks } from '../../../protocol/names.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Route } from '../../../protocol/routing.ts'
import type { FormField } from '../../form/field.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { changedTasks, draftOfRoutes, RoutesDraft, routeOf, routeToSave } from './routeDraft.ts'

export interface RoutesForm {
  draft: RoutesDraft
  isTouched: boolean
  /** Whose route would be saved. */
  changes: readonly Task[]
  /** Tasks whose route somebody else has changed since the form was begun. */
  conflicts: readonly Task[]
  isSaving: boolean
  /** Why the last save was refused; gone with the next change. */
  refusal: Reason | null
  keep(draft: RoutesDraft): void
  discard(): void
  /** What is typed counts, although it was begun from something older. */
  keepMine(routes: readonly Route[]): void
  /** Only when nothing is wrong with the changes. False: it was refused. */
  save(): Promise<boolean>
}

/** The form as it is typed, kept while the panel is hidden; until somebody types, it is what is saved, and follows it. */
export function useRoutesForm(routes: readonly Route[], fields: readonly FormField[]): RoutesForm {
  const { host } = usePage()
  const [kept, keepDraft] = usePersistedState<RoutesDraft | null>('routes.form', RoutesDraft.nullable(), null)
  const [refusal, setRefusal] = useState<Reason | null>(null)
  const [isSaving, setSaving] = useState(false)
  const draft = kept ?? draftOfRoutes(routes, fields)
  const changes = changedTasks(draft, routes, fields)
  const conflicts =
    kept === null ? [] : tasks.filter((task) => kept[task].updatedAt !== (routeOf(routes, task)?.updatedAt ?? null))
  const forget = () => {
    setRefusal(null)
    keepDraft(undefined)
  }
  const keep = (next: RoutesDraft) => {
    setRefusal(null)
    keepDraft(next)
  }
  return {
    ...{ draft, changes, conflicts, isSaving, refusal, keep },
    isTouched: kept !== null,
    discard: forget,
    keepMine(latest) {
      const own = tasks.map((task) => [task, { ...draft[task], updatedAt: routeOf(latest, task)?.updatedAt ?? null }])
      keep(RoutesDraft.parse({ ...draft, ...Object.fromEntries(own) }))
    },
    async save() {
      setSaving(true)
      const saved = await host.request('route/saveAll', {
        routes: changes.map((task) => routeToSave(task, draft[task], fields)),
      })
      setSaving(false)
      if (!saved.ok) setRefusal(saved.reason)
      else forget()
      return saved.ok
    },
  }
}
