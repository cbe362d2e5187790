import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Task } from '../../../protocol/names.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import { type Alias, AskMode } from '../../../protocol/routing.ts'
import { describeAsk } from '../../../shared/describe/ask.ts'
import { ConfigForm } from '../../form/configForm.tsx'
import { differingFields, draftOf } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'
import type { KnownModel } from '../../parts/knownModels.ts'
import { language, taskTitle } from '../../parts/language.ts'
import type { RouteDraft } from './routeDraft.ts'
import type { RouteProblems } from './routeProblems.ts'
import { TargetFields } from './targetFields.tsx'

export interface TaskRouteProps {
  id: string
  task: Task
  draft: RouteDraft
  /** Provider and model are chosen for both tasks together, and not here. */
  isShared: boolean
  fields: readonly FormField[]
  providers: readonly ProviderView[]
  aliases: readonly Alias[]
  known: readonly KnownModel[]
  problems: RouteProblems
  isTried: boolean
  onChange(change: Partial<RouteDraft>): void
}

/** What is said of one task: where it goes, how it asks, and where it goes when that is not ready. */
export function TaskRoute(props: TaskRouteProps) {
  const { id, task, draft, isShared, fields, providers, aliases, known, problems, isTried, onChange } = props
  const { provider, model, alias, fallbackProvider, fallbackModel } = draft
  // Open at first where something is set; from then on as the person leaves it.
  const [isOpen, setOpen] = useState(() => hasOptions(fields, draft))
  const title = taskTitle(task)
  return (
    <>
      {isShared ? null : (
        <TargetFields
          id={id}
          labels={{ provider: l10n.t('Provider of {0}', title), model: l10n.t('Model of {0}', title) }}
          target={{ provider, model, alias }}
          aliases={aliases}
          providers={providers}
          known={known}
          problems={problems.target}
          onChange={onChange}
        />
      )}
      <details
        class="advanced"
        open={isOpen || (isTried && problems.areOptionsWrong)}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>{l10n.t('Options and fallback of {0}', title)}</summary>
        <div class="options">
          <ConfigForm
            formId={`${id}-options`}
            fields={fields.map((field) => explainedField(field, draft))}
            draft={draft.options}
            onChange={(options) => onChange({ options })}
            problems={problems.options}
            isTried={isTried}
            disabled={false}
          />
        </div>
        <TargetFields
          id={`${id}-fallback`}
          labels={{
            provider: l10n.t('Fallback of {0}', title),
            model: l10n.t('Model of the fallback of {0}', title),
          }}
          target={{ provider: fallbackProvider, model: fallbackModel }}
          none={l10n.t('None: the task is then not ready')}
          providers={providers}
          known={known}
          problems={problems.fallback}
          onChange={(target) => onChange({ fallbackProvider: target.provider, fallbackModel: target.model })}
        />
        <p class="field-hint">
          {l10n.t(
            'A fallback is used only while the first choice is not ready; readiness, results and the status bar say so.',
          )}
        </p>
      </details>
    </>
  )
}

/** Words of its own choice say more of a way to ask than words of all of them. */
function explainedField(field: FormField, { options }: RouteDraft): FormField {
  const ask = field.name === 'ask' ? AskMode.safeParse(options.ask) : null
  return ask?.success ? { ...field, description: describeAsk(language, ask.data) } : field
}

function hasOptions(fields: readonly FormField[], { options, fallbackProvider }: RouteDraft): boolean {
  return fallbackProvider !== '' || differingFields(fields, options, draftOf(fields, {})).length > 0
}
