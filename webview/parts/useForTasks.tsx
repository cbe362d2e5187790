import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Route } from '../../protocol/routing.ts'
import { usePage } from '../state/pageContext.ts'
import { Button } from '../toolkit.tsx'
import { ConfirmDialog } from './confirmDialog.tsx'
import { taskTitle } from './language.ts'
import { ReasonNotice } from './notice.tsx'

export interface UseForTasksProps {
  provider: string
  model: string
  routes: readonly Route[]
}

type Wanted = Task | 'both'
type State = { kind: 'idle' } | { kind: 'asking' } | { kind: 'saving' } | { kind: 'failed'; reason: Reason }

/** Routes one task or both to a model, after showing what each goes to now. Options and fallback of a route stay. */
export function UseForTasks({ provider, model, routes }: UseForTasksProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const [wanted, setWanted] = useState<Wanted>('both')
  const save = async () => {
    setState({ kind: 'saving' })
    const chosen = wanted === 'both' ? tasks : [wanted]
    const saved = await host.request('route/saveAll', {
      routes: chosen.map((task) => ({
        ...{ task, provider, model },
        ifUpdatedAt: routes.find((route) => route.task === task)?.updatedAt ?? null,
      })),
    })
    if (!saved.ok) return setState({ kind: 'failed', reason: saved.reason })
    setState({ kind: 'idle' })
    announce(l10n.t('{0} is now used for: {1}.', model, chosen.map(taskTitle).join(', ')))
  }
  return (
    <>
      <Button
        onClick={() => setState({ kind: 'asking' })}
        disabled={state.kind === 'saving'}
        label={l10n.t('Use for … {0} of {1}', model, provider)}
      >
        {l10n.t('Use for …')}
      </Button>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Use {0} of {1} for which task?', model, provider)}
          confirm={l10n.t('Use it')}
          onConfirm={() => void save()}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <div class="use-choices">
            {(['both', ...tasks] as const).map((each) => (
              <label key={each}>
                <input type="radio" name={`${id}-task`} checked={wanted === each} onChange={() => setWanted(each)} />{' '}
                {each === 'both' ? l10n.t('Both tasks') : describeTask(each, routes)}
              </label>
            ))}
          </div>
        </ConfirmDialog>
      ) : null}
    </>
  )
}

function describeTask(task: Task, routes: readonly Route[]): string {
  const route = routes.find((each) => each.task === task)
  if (!route) return taskTitle(task)
  return l10n.t(
    '{0} (now {1})',
    taskTitle(task),
    route.model === null ? route.provider : `${route.provider}, ${route.model}`,
  )
}
