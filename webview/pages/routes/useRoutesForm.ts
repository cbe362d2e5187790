import * as l10n from '@vscode/l10n'
import { useMemo, useState } from 'preact/hooks'
import { type Task, tasks } from '../../../protocol/names.ts'
import { type ParameterShape, routeOptionShapes } from '../../../protocol/parameterShapes.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { AskMode, OutputMode, type Route } from '../../../protocol/routing.ts'
import { askTitle } from '../../../shared/describe/ask.ts'
import type { SaveState } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'
import { describeParameter, valueWords } from '../../parts/describeParameter.ts'
import { modeWords } from '../../parts/describeProbe.ts'
import { formatNumber, language } from '../../parts/language.ts'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { changedTasks, draftOfRoutes, RoutesDraft, routeOf, routeToSave } from './routeDraft.ts'

export interface RoutesForm {
  draft: RoutesDraft
  /** Of the options of either route. */
  fields: readonly FormField[]
  isTouched: boolean
  /** Tasks whose route would be saved. */
  changes: readonly Task[]
  /** Tasks whose route somebody else has changed since the form was begun. */
  conflicts: readonly Task[]
  isSaving: boolean
  /** Why the last save was refused; gone with the next change. */
  refusal: Reason | null
  setDraft(draft: RoutesDraft): void
  discard(): void
  /** What is typed counts, although it was begun from something older. */
  rebase(routes: readonly Route[]): void
  /** Only when nothing is wrong with the changes. False: it was refused. */
  save(): Promise<boolean>
}

/** The form as it is typed, stored while the panel is hidden; until somebody types, it is what is saved, and follows it. */
export function useRoutesForm(routes: readonly Route[]): RoutesForm {
  const { host } = usePage()
  const fields = useMemo(optionFields, [])
  const [stored, setStored] = usePersistedState<RoutesDraft | null>('routes.form', RoutesDraft.nullable(), null)
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const draft = stored ?? draftOfRoutes(routes, fields)
  const changes = changedTasks(draft, routes, fields)
  const conflicts =
    stored === null ? [] : tasks.filter((task) => stored[task].updatedAt !== (routeOf(routes, task)?.updatedAt ?? null))
  const setDraft = (next: RoutesDraft | undefined) => {
    setState({ kind: 'idle' })
    setStored(next)
  }
  return {
    draft,
    fields,
    changes,
    conflicts,
    isTouched: stored !== null,
    isSaving: state.kind === 'saving',
    refusal: state.kind === 'refused' ? state.reason : null,
    setDraft,
    discard: () => setDraft(undefined),
    rebase(latest) {
      const own = tasks.map((task) => [task, { ...draft[task], updatedAt: routeOf(latest, task)?.updatedAt ?? null }])
      setDraft(RoutesDraft.parse({ ...draft, ...Object.fromEntries(own) }))
    },
    async save() {
      setState({ kind: 'saving' })
      const saved = await host.request('route/saveAll', {
        routes: changes.map((task) => routeToSave(task, draft[task], fields)),
      })
      if (saved.ok) setDraft(undefined)
      else setState({ kind: 'refused', reason: saved.reason })
      return saved.ok
    },
  }
}

/** What a route may say beyond provider and model: names and ranges are the contract's, the words are ours. */
function optionFields(): FormField[] {
  const further: ParameterShape = { name: 'fallbacks', type: 'text', values: [] }
  return [...routeOptionShapes(), further].map(fieldOf)
}

function fieldOf({ name, type, values, minimum, maximum }: ParameterShape): FormField {
  const common = { name, ...describeOption(name), required: false }
  if (type === 'choice') {
    const labels = Object.fromEntries(values.map((value) => [value, labelOf(name, value)]))
    // What is not said is auto; no other option has a default of its own.
    return { ...common, type: 'enum', values: [...values], labels, ...(name === 'ask' ? { default: 'auto' } : {}) }
  }
  if (type === 'text' || type === 'json' || type === 'list') {
    return { ...common, type: 'string', placeholder: l10n.t('None') }
  }
  const range = l10n.t('From {0} to {1}.', formatNumber(minimum ?? 0), formatNumber(maximum ?? 0))
  return {
    ...common,
    type,
    description: `${common.description} ${range}`,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    placeholder: l10n.t('Default'),
  }
}

function labelOf(name: string, value: string): string {
  if (name === 'ask') return askTitle(language, AskMode.parse(value))
  const mode = OutputMode.safeParse(value)
  return mode.success ? modeWords(mode.data) : valueWords(value)
}

function describeOption(name: string): { title: string; description: string } {
  switch (name) {
    case 'batchSize':
      return { title: l10n.t('Items per call'), description: l10n.t('How many items are sent in one call.') }
    case 'concurrency':
      return { title: l10n.t('Calls at once'), description: l10n.t('How many calls run at the same time.') }
    case 'thinking':
      return {
        title: l10n.t('Thinking'),
        description: l10n.t('Whether the model thinks before it answers, and how much.'),
      }
    case 'outputMode':
      return {
        title: l10n.t('Output format'),
        description: l10n.t('How structured output is requested. By default, the best way that was measured.'),
      }
    case 'ask':
      // What the chosen way means stands there as soon as it is chosen.
      return { title: l10n.t('Asked by'), description: '' }
    case 'headers':
      return {
        title: l10n.t('Headers'),
        description: l10n.t('Sent with every call of this task, as "Name: value; Name: value". Nothing secret.'),
      }
    case 'extra_body':
      return {
        title: l10n.t('Additional fields of the call'),
        description: l10n.t(
          'A JSON object such as {0}. What the product sets itself cannot be changed.',
          '{"seed": 7}',
        ),
      }
    case 'fallbacks':
      return {
        title: l10n.t('Further fallbacks'),
        description: l10n.t(
          'Each with when it is used, such as "work:gpt-5-mini@too_long+filtered, ollama@failing". Also: not_ready, over_cap.',
        ),
      }
    case 'temperature':
    case 'top_p':
    case 'max_output_tokens':
    case 'timeout_seconds':
      return describeParameter(name)
    // An option of a newer contract is offered by its name.
    default:
      return { title: name, description: '' }
  }
}
