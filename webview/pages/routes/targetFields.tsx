import * as l10n from '@vscode/l10n'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Alias } from '../../../protocol/routing.ts'
import { FieldProblem } from '../../form/field.tsx'
import { SuggestField } from '../../form/suggestField.tsx'
import { canDoTasks, type KnownModel } from '../../parts/knownModels.ts'
import { usePage } from '../../state/pageContext.ts'
import { Dropdown } from '../../toolkit.tsx'

/** More than that is found by typing, not by looking. */
const mostInList = 60

export interface TargetFieldsProps {
  id: string
  labels: { provider: string; model: string }
  /** `alias`: the name that it was chosen by; empty or absent: by none. */
  target: Target
  /** Names that can be chosen instead; absent: none. */
  aliases?: readonly Alias[]
  /** What stands for no provider at all; absent: one has to be chosen. */
  none?: string
  providers: readonly ProviderView[]
  known: readonly KnownModel[]
  problems: TargetProblems
  onChange(target: Required<Target>): void
}

interface Target {
  provider: string
  model: string
  alias?: string
}

export interface TargetProblems {
  provider: string | null
  model: string | null
}

/** Where a task goes: a provider, and one of its models that can do it. */
export function TargetFields(props: TargetFieldsProps) {
  const { id, labels, target, none, aliases = [], providers, known, problems, onChange } = props
  const { alias = '' } = target
  const view = providers.find(({ provider }) => provider === target.provider)
  return (
    <div class="target">
      <div class="field">
        <Dropdown
          id={`${id}-provider`}
          label={labels.provider}
          value={alias === '' ? target.provider : `${aliasMark}${alias}`}
          options={[
            ...(none === undefined ? [] : [{ value: '', label: none }]),
            ...(none === undefined && target.provider === '' ? [{ value: '', label: l10n.t('None chosen') }] : []),
            ...providerOptions(providers, target.provider),
            ...aliasOptions(aliases, alias),
          ]}
          onInput={(chosen) => onChange(targetBy(chosen, target, aliases))}
          describedBy={[`${id}-provider-problem`]}
          isInvalid={problems.provider !== null}
        />
        <FieldProblem id={`${id}-provider-problem`} problem={problems.provider} />
      </div>
      {alias === '' ? null : (
        <p class="field-hint">
          {l10n.t('{0}/{1}, and whatever the alias stands for later.', target.provider, target.model)}
        </p>
      )}
      {target.provider === '' || alias !== '' ? null : (
        <ModelField
          id={`${id}-model`}
          label={labels.model}
          view={view}
          known={known.filter(({ provider }) => provider === target.provider)}
          model={target.model}
          problem={problems.model}
          onChange={(model) => onChange({ ...target, model, alias: '' })}
        />
      )}
    </div>
  )
}

/** No provider is called so. */
const aliasMark = 'alias:'

/** Another provider's models are other models. */
function targetBy(chosen: string, before: Target, aliases: readonly Alias[]): Required<Target> {
  const named = aliases.find(({ alias }) => `${aliasMark}${alias}` === chosen)
  if (named) return { provider: named.provider, model: named.model, alias: named.alias }
  // What is chosen already may be an alias that is gone.
  if (chosen.startsWith(aliasMark)) return { alias: '', ...before }
  return { provider: chosen, model: chosen === before.provider ? before.model : '', alias: '' }
}

function aliasOptions(aliases: readonly Alias[], chosen: string) {
  const options = aliases.map(({ alias, provider, model }) => ({
    value: `${aliasMark}${alias}`,
    label: l10n.t('{0} (alias of {1}/{2})', alias, provider, model),
  }))
  const isThere = chosen === '' || aliases.some(({ alias }) => alias === chosen)
  return isThere
    ? options
    : [...options, { value: `${aliasMark}${chosen}`, label: l10n.t('{0} (no longer exists)', chosen) }]
}

/** One that is switched off can not be chosen, but stays where it was chosen before. */
function providerOptions(providers: readonly ProviderView[], chosen: string) {
  const offered = providers.filter(({ provider, enabled }) => enabled || provider === chosen)
  const options = offered.map((view) => ({ value: view.provider, label: providerLabel(view) }))
  const isThere = chosen === '' || offered.some(({ provider }) => provider === chosen)
  return isThere ? options : [...options, { value: chosen, label: l10n.t('{0} (no longer exists)', chosen) }]
}

function providerLabel({ provider, kindLabel, enabled, reason, health }: ProviderView): string {
  if (!enabled) return l10n.t('{0} ({1}), disabled', provider, kindLabel)
  if (reason ?? health.reason) return l10n.t('{0} ({1}), not ready', provider, kindLabel)
  return l10n.t('{0} ({1})', provider, kindLabel)
}

interface ModelFieldProps {
  id: string
  label: string
  view: ProviderView | undefined
  known: readonly KnownModel[]
  model: string
  problem: string | null
  onChange(model: string): void
}

/** A list where all is known that there is, and a text with suggestions where it is not, or where there is too much of it. */
function ModelField({ id, label, view, known, model, problem, onChange }: ModelFieldProps) {
  const { now } = usePage()
  const names = known.filter((each) => canDoTasks(each, now)).map((each) => each.model)
  if (isListWhole(view) && names.length <= mostInList) {
    return (
      <div class="field">
        <Dropdown
          id={id}
          label={label}
          value={model}
          options={[
            { value: '', label: l10n.t('The provider’s default') },
            ...names.map((name) => ({ value: name, label: name })),
            ...(model === '' || names.includes(model)
              ? []
              : [{ value: model, label: l10n.t('{0} (not offered)', model) }]),
          ]}
          onInput={onChange}
          describedBy={[`${id}-problem`]}
          isInvalid={problem !== null}
        />
        <FieldProblem id={`${id}-problem`} problem={problem} />
      </div>
    )
  }
  return (
    <SuggestField
      id={id}
      label={label}
      value={model}
      suggestions={names}
      onInput={onChange}
      hint={listHint(view, names.length)}
      placeholder={l10n.t('The provider’s default')}
      problem={problem}
    />
  )
}

export function isListWhole(view: ProviderView | undefined): boolean {
  return view !== undefined && view.models.state !== 'never' && !view.models.isPartial
}

function listHint(view: ProviderView | undefined, offered: number): string {
  if (!view || view.models.state === 'never') {
    return l10n.t(
      'It has not listed its models yet: type the name as the provider spells it. Leave empty for its default.',
    )
  }
  if (view.models.isPartial) {
    return l10n.t('Its list is not complete, so you can also type a name. Leave empty for its default.')
  }
  return l10n.t('One of the {0} models that it offers; type to search. Leave empty for its default.', offered)
}
