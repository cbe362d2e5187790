import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import { tasks } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RouteToSave } from '../../protocol/requests/routeRequests.ts'
import type { Route } from '../../protocol/routing.ts'
import { fallbacksOf, withFallbacks } from '../../shared/routeFallbacks.ts'
import { usePage } from '../state/pageContext.ts'
import { Button } from '../toolkit.tsx'
import { ConfirmDialog } from './confirmDialog.tsx'
import { taskTitle } from './language.ts'
import { Notice, ReasonNotice } from './notice.tsx'

export interface ReplacementProps {
  provider: string
  model: string
  replacement: string
  routes: readonly Route[]
}

type State = { kind: 'idle' } | { kind: 'asking' } | { kind: 'saving' } | { kind: 'failed'; reason: Reason }

/** Puts a model's successor into every route that names the model, as route or as fallback, after saying which. */
function UseReplacement({ provider, model, replacement, routes }: ReplacementProps) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const changes = replacedRoutes(routes, { provider, model, replacement })
  const save = async () => {
    setState({ kind: 'saving' })
    const saved = await host.request('route/saveAll', { routes: changes.map(({ route }) => route) })
    if (!saved.ok) return setState({ kind: 'failed', reason: saved.reason })
    setState({ kind: 'idle' })
    announce(l10n.t('{0} is used in place of {1}.', replacement, model))
  }
  if (changes.length === 0) {
    return <p>{l10n.t('Its replacement is {0}. No route uses the old one.', replacement)}</p>
  }
  return (
    <>
      <Button onClick={() => setState({ kind: 'asking' })} disabled={state.kind === 'saving'}>
        {l10n.t('Use {0} instead …', replacement)}
      </Button>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Use {0} of "{1}" in place of {2}?', replacement, provider, model)}
          confirm={l10n.t('Use it')}
          onConfirm={() => void save()}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <p>{l10n.t('It changes:')}</p>
          <ul>
            {changes.map(({ words }) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
          <p>{l10n.t('A run in progress continues with its current model.')}</p>
        </ConfirmDialog>
      ) : null}
    </>
  )
}

/** What a model's end means, with the way out as a button. */
export function EndNotice({ words, ...named }: Omit<ReplacementProps, 'replacement'> & EndNoticeProps) {
  const { replacement, ...others } = named
  return (
    <Notice look="warning" actions={replacement ? <UseReplacement {...others} replacement={replacement} /> : null}>
      {l10n.t('{0} of {1}: {2}', named.model, named.provider, words)}
    </Notice>
  )
}

interface EndNoticeProps {
  words: string
  replacement: string | null
}

interface RouteChange {
  route: RouteToSave
  words: string
}

function replacedRoutes(
  routes: readonly Route[],
  { provider, model, replacement }: { provider: string; model: string; replacement: string },
): RouteChange[] {
  const isIt = (target: { provider: string; model: string | null } | undefined) =>
    target?.provider === provider && target.model === model
  return tasks.flatMap((task) => {
    const route = routes.find((candidate) => candidate.task === task)
    const fallbacks = fallbacksOf(route?.options ?? {})
    if (!route || !(isIt(route) || fallbacks.some(isIt))) return []
    const next = fallbacks.map((each) => (isIt(each) ? { ...each, model: replacement } : each))
    return {
      route: {
        task,
        provider: route.provider,
        model: isIt(route) ? replacement : route.model,
        options: withFallbacks(route.options, next),
        ifUpdatedAt: route.updatedAt,
      },
      words: isIt(route) ? l10n.t('the route of {0}', taskTitle(task)) : l10n.t('the fallback of {0}', taskTitle(task)),
    }
  })
}
