import * as l10n from '@vscode/l10n'
import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { SetupFacts, SetupModel } from '../../protocol/setupPage.ts'
import { SuggestField } from '../form/suggestField.tsx'
import { taskTitle } from '../parts/language.ts'
import { ReasonNotice } from '../parts/notice.tsx'
import { Button, Dropdown } from '../toolkit.tsx'
import { useSetup } from './setupContext.ts'
import type { Editing } from './useDraft.ts'
import type { Models } from './useModels.ts'

/** More than that is found by typing, not by looking. */
const mostInList = 60

export interface ModelChoiceProps extends Editing {
  id: string
  facts: SetupFacts
  models: Models
  /** Why the tasks are not ready; null: they are, or it is not known yet. */
  problem: readonly Reason[] | null
  /** Why the choice could not be kept; null: it could, or was not tried. */
  failure: Reason | null
}

/** Which model does both tasks: as the routes say, or another one that is ready. */
export function ModelChoice({ id, draft, change, facts, models, problem, failure }: ModelChoiceProps) {
  const { host } = useSetup()
  const { model } = draft
  const options = [
    { value: '', label: routesText(models, facts.tasks) },
    ...models.ready.map((each) => ({ value: spell(each), label: spell(each) })),
  ]
  const choose = (value: string) => change({ model: models.ready.find((each) => spell(each) === value) ?? null })
  const label = l10n.t('Model of both tasks')
  return (
    <section id={id} tabIndex={-1} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Which model?')}</h2>
      {options.length <= mostInList ? (
        <div class="field">
          <Dropdown
            id={`${id}-field`}
            label={label}
            value={model ? spell(model) : ''}
            options={options}
            onInput={choose}
          />
        </div>
      ) : (
        <SuggestField
          id={`${id}-field`}
          label={label}
          value={model ? spell(model) : ''}
          suggestions={models.ready.map(spell)}
          placeholder={options[0]?.label}
          onInput={choose}
        />
      )}
      {model ? <p class="field-hint">{l10n.t('Both tasks will use it from now on, in every folder.')}</p> : null}
      {problem?.map((reason) => (
        <ReasonNotice key={reason.message} reason={reason} />
      ))}
      {failure ? <ReasonNotice reason={failure} /> : null}
      {models.readiness && !models.hasOwn ? (
        <div class="setup-line">
          <p class="facts">
            {l10n.t(
              'No model is connected yet. The built-in keyword matching compares words and does not understand meaning.',
            )}
          </p>
          <Button onClick={() => void host.command('connectModel', {})}>{l10n.t('Connect a model …')}</Button>
        </div>
      ) : null}
    </section>
  )
}

/** No two are spelled alike: no alias is called like a provider. */
const spell = ({ provider, model, alias }: SetupModel) =>
  alias === undefined ? `${provider}/${model ?? ''}` : l10n.t('{0} (alias of {1}/{2})', alias, provider, model ?? '')

function routesText({ readiness }: Models, tasks: readonly Task[]): string {
  if (!readiness) return l10n.t('As the task routes say')
  const each = tasks.map((task) => {
    const { route } = readiness[task]
    return { task, words: route ? `${route.provider}/${route.model}` : l10n.t('not ready') }
  })
  const [first, second] = each
  if (!first || !second || first.words === second.words) return first?.words ?? ''
  return each.map(({ task, words }) => l10n.t('{0}: {1}', taskTitle(task), words)).join(', ')
}
