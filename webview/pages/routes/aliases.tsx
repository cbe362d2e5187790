import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import * as z from 'zod'
import { AliasName } from '../../../protocol/names.ts'
import { succeed } from '../../../protocol/outcome.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Alias, Route } from '../../../protocol/routing.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { DataTable } from '../../parts/dataTable.tsx'
import type { KnownModel } from '../../parts/knownModels.ts'
import { taskTitle } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, TextField } from '../../toolkit.tsx'
import { TargetFields } from './targetFields.tsx'

interface AliasesProps {
  aliases: readonly Alias[]
  routes: readonly Route[]
  providers: readonly ProviderView[]
  known: readonly KnownModel[]
}

/** `was`: the alias that is pointed elsewhere; null: a new one. */
const Draft = z.object({ was: z.string().nullable(), alias: z.string(), provider: z.string(), model: z.string() })
type Draft = z.infer<typeof Draft>

/** Stable names for models: made, pointed elsewhere, and removed, with what follows from that. */
export function Aliases(props: AliasesProps) {
  const { aliases } = props
  const id = useId()
  const [draft, setDraft] = usePersistedState<Draft | null>('routes.alias', Draft.nullable(), null)
  const open = (next: Draft) => {
    setDraft(next)
    requestAnimationFrame(() =>
      document.getElementById(`${id}-${next.was === null ? 'name' : 'target-provider'}`)?.focus(),
    )
  }
  const close = () => {
    setDraft(undefined)
    requestAnimationFrame(() => document.getElementById(`${id}-add`)?.focus())
  }
  return (
    <section class="task-route" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Aliases')}</h2>
      <p class="field-hint">
        {l10n.t(
          'An alias is a name of your own for a model. Routes that were set by it follow when it stands for another one.',
        )}
      </p>
      {aliases.length === 0 ? null : <AliasTable {...props} onOpen={open} onRemoved={close} />}
      {draft ? (
        <AliasForm {...props} key={draft.was ?? ''} id={id} draft={draft} onChange={setDraft} onDone={close} />
      ) : (
        <div class="actions">
          <Button id={`${id}-add`} onClick={() => open({ was: null, alias: '', provider: '', model: '' })}>
            {l10n.t('Add an alias')}
          </Button>
        </div>
      )}
    </section>
  )
}

interface AliasTableProps extends Pick<AliasesProps, 'aliases' | 'routes'> {
  onOpen(draft: Draft): void
  onRemoved(): void
}

function AliasTable({ aliases, routes, onOpen, onRemoved }: AliasTableProps) {
  const tasksOf = ({ alias }: Alias) => followersOf(alias, routes).map(({ task }) => taskTitle(task))
  const draftOf = ({ alias, provider, model }: Alias): Draft => ({ was: alias, alias, provider, model })
  return (
    <DataTable
      caption={l10n.t('Aliases')}
      rows={aliases}
      keyOf={({ alias }) => alias}
      columns={[
        { heading: l10n.t('Alias'), cell: ({ alias }) => alias },
        { heading: l10n.t('Stands for'), cell: ({ provider, model }) => `${provider}/${model}` },
        { heading: l10n.t('Tasks'), cell: (alias) => tasksOf(alias).join(', ') },
        {
          heading: l10n.t('Actions'),
          cell: (alias) => (
            <div class="actions">
              <Button label={l10n.t('Change {0}', alias.alias)} onClick={() => onOpen(draftOf(alias))}>
                {l10n.t('Change')}
              </Button>
              <RemoveAlias alias={alias} routes={routes} onDone={onRemoved} />
            </div>
          ),
        },
      ]}
    />
  )
}

function followersOf(alias: string, routes: readonly Route[]): Route[] {
  return routes.filter((route) => route.alias === alias)
}

function RemoveAlias({ alias, routes, onDone }: { alias: Alias; routes: readonly Route[]; onDone(): void }) {
  const { host, announce } = usePage()
  const { alias: name, provider, model } = alias
  return (
    <ConfirmedAction
      button={l10n.t('Remove')}
      label={l10n.t('Remove {0}', name)}
      question={l10n.t('Remove the alias {0}?', name)}
      confirm={l10n.t('Remove')}
      ask={async () => succeed(followersOf(name, routes))}
      act={() => host.request('alias/remove', { alias: name, confirm: true })}
      onDone={() => {
        announce(l10n.t('The alias {0} is removed.', name))
        onDone()
      }}
    >
      {(followers) => (
        <>
          {followers.map(({ task }) => (
            <p key={task}>
              {l10n.t('{0} stays with {1}/{2}, and follows no alias any more.', taskTitle(task), provider, model)}
            </p>
          ))}
          <p>{l10n.t('Commands and settings that name it fail from then on. Existing results keep it.')}</p>
        </>
      )}
    </ConfirmedAction>
  )
}

interface AliasFormProps extends AliasesProps {
  id: string
  draft: Draft
  onChange(draft: Draft): void
  onDone(): void
}

function AliasForm({ id, draft, aliases, routes, providers, known, onChange, onDone }: AliasFormProps) {
  const [isTried, setTried] = useState(false)
  const saving = useSaving(draft, onDone)
  const { was } = draft
  const problems = problemsOf(draft, aliases, providers)
  const shown = (problem: string | null, value: string) => (isTried || value !== '' ? problem : null)
  const change = (part: Partial<Draft>) => {
    saving.forget()
    onChange({ ...draft, ...part })
  }
  const save = () => {
    setTried(true)
    const wrong = wrongField(problems)
    if (wrong) document.getElementById(`${id}-${wrong}`)?.focus()
    else void saving.save()
  }
  const followers = was === null ? [] : followersOf(was, routes)
  return (
    <fieldset class="framed-fields">
      <legend class="field-label">{was === null ? l10n.t('Add an alias') : l10n.t('Change {0}', was)}</legend>
      {was === null ? (
        <NameField
          id={id}
          alias={draft.alias}
          problem={shown(problems.alias, draft.alias)}
          onInput={(alias) => change({ alias })}
        />
      ) : null}
      <TargetFields
        id={`${id}-target`}
        labels={{ provider: l10n.t('Provider of the alias'), model: l10n.t('Model of the alias') }}
        target={{ provider: draft.provider, model: draft.model }}
        none={l10n.t('None chosen')}
        providers={providers}
        known={known}
        problems={{
          provider: shown(problems.provider, draft.provider),
          model: shown(problems.model, draft.model),
        }}
        onChange={({ provider, model }) => change({ provider, model })}
      />
      {followers.map(({ task }) => (
        <p key={task} class="field-hint">
          {l10n.t('{0} follows.', taskTitle(task))}
        </p>
      ))}
      {saving.reason ? <ReasonNotice reason={saving.reason} /> : null}
      <div class="actions">
        <Button look="primary" onClick={save}>
          {l10n.t('Save alias')}
        </Button>
        <Button onClick={onDone}>{l10n.t('Cancel')}</Button>
      </div>
    </fieldset>
  )
}

function useSaving({ was, alias: name, provider, model }: Draft, onDone: () => void) {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  return {
    reason,
    forget: () => setReason(null),
    async save() {
      const alias = was ?? name.trim()
      const saved = await host.request('alias/save', { alias, provider, model: model.trim() })
      if (!saved.ok) return setReason(saved.reason)
      announce(l10n.t('The alias {0} stands for {1}/{2}.', alias, saved.value.provider, saved.value.model))
      onDone()
    },
  }
}

function wrongField({ alias, provider, model }: ReturnType<typeof problemsOf>): string | null {
  if (alias) return 'name'
  if (provider) return 'target-provider'
  return model ? 'target-model' : null
}

interface NameFieldProps {
  id: string
  alias: string
  problem: string | null
  onInput(alias: string): void
}

function NameField({ id, alias, problem, onInput }: NameFieldProps) {
  return (
    <div class="field">
      <TextField
        id={`${id}-name`}
        label={l10n.t('Alias')}
        value={alias}
        onInput={onInput}
        isInvalid={problem !== null}
        describedBy={[`${id}-name-problem`]}
      />
      <FieldProblem id={`${id}-name-problem`} problem={problem} />
    </div>
  )
}

function problemsOf(
  { was, alias, provider, model }: Draft,
  aliases: readonly Alias[],
  providers: readonly ProviderView[],
): Record<'alias' | 'provider' | 'model', string | null> {
  return {
    alias: was === null ? problemOfName(alias.trim(), aliases, providers) : null,
    provider: provider === '' ? l10n.t('Choose a provider.') : null,
    model: model.trim() === '' ? l10n.t('Name the model: an alias stands for one.') : null,
  }
}

function problemOfName(name: string, aliases: readonly Alias[], providers: readonly ProviderView[]): string | null {
  if (!AliasName.safeParse(name).success)
    return l10n.t('Lower-case letters, digits, ".", "_" or "-", at most 63, with a letter or digit first.')
  if (aliases.some(({ alias }) => alias === name)) return l10n.t('There is an alias of this name already.')
  return providers.some(({ provider }) => provider === name) ? l10n.t('A provider has this name.') : null
}
