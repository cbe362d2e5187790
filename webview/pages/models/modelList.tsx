import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import { ModelStatus, ModelType } from '../../../protocol/models.ts'
import { ProviderId } from '../../../protocol/names.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Readiness, Route } from '../../../protocol/routing.ts'
import {
  missingWords,
  modelFacts,
  shortEnd,
  statusWords,
  typeWords,
  unreadableWords,
} from '../../parts/describeModel.ts'
import { ProviderFilter, SearchField } from '../../parts/filterFields.tsx'
import { Icon } from '../../parts/icon.tsx'
import { canDoTasks, isChosen, type KnownModel, type ModelChoice } from '../../parts/knownModels.ts'
import { formatNumber, plural } from '../../parts/language.ts'
import { UseForTasks } from '../../parts/useForTasks.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import { describeUse, usesOf } from './modelUses.ts'

/** Where the focus goes when a model is left or its row is gone. */
export const addModelId = 'add-model'
export const openModelId = (provider: string, model: string) => `open-model ${provider}/${model}`

const Choice = z.object({
  search: z.string().max(200),
  /** Empty: of all providers. */
  provider: z.union([z.literal(''), ProviderId]),
  type: z.enum(['all', ...ModelType.options]),
  status: z.enum(['all', ...ModelStatus.options, 'unregistered']),
})
const everything: ModelChoice = { search: '', provider: '', type: 'all', status: 'all' }

/** A screen or two at a time: what is found by search and filters, nobody scrolls for. */
const shownAtOnce = 50

export interface ModelListProps {
  known: readonly KnownModel[]
  providers: readonly ProviderView[]
  routes: readonly Route[]
  /** Where the tasks go now; null: not known yet. */
  resolved: Readiness | null
  onAdd(): void
  onOpen(known: KnownModel): void
}

export function ModelList({ known, providers, routes, resolved, onAdd, onOpen }: ModelListProps) {
  const [choice, setChoice] = usePersistedState<ModelChoice>('models.choice', Choice, everything)
  const [most, setMost] = usePersistedState('models.most', z.int().positive(), shownAtOnce)
  const found = known.filter((each) => isChosen(each, choice))
  const shown = found.slice(0, most)
  const choose = (change: Partial<ModelChoice>) => {
    const next = Choice.safeParse({ ...choice, ...change })
    if (!next.success) return
    setMost(undefined)
    setChoice(next.data)
  }
  return (
    <>
      <ModelFilter choice={choice} providers={providers} onChange={choose} onAdd={onAdd} />
      <p class="count" aria-live="polite">
        {found.length === known.length
          ? plural(known.length, '{0} model', '{0} models')
          : plural(known.length, '{1} of {0} model', '{1} of {0} models', formatNumber(found.length))}
      </p>
      {known.length === 0 ? <NoModels /> : null}
      <ul class="rows" aria-label={l10n.t('Models')}>
        {shown.map((each) => (
          <ModelRow
            key={`${each.provider}/${each.model}`}
            known={each}
            routes={routes}
            resolved={resolved}
            onOpen={() => onOpen(each)}
          />
        ))}
      </ul>
      {found.length > shown.length ? (
        <div class="actions">
          <Button onClick={() => setMost(most + shownAtOnce)}>
            {l10n.t('Show {0} more', Math.min(shownAtOnce, found.length - shown.length))}
          </Button>
          <span class="count">{l10n.t('{0} are shown.', formatNumber(shown.length))}</span>
        </div>
      ) : null}
    </>
  )
}

function NoModels() {
  const { openPage } = usePage()
  return (
    <div class="actions">
      <p>{l10n.t('No provider has listed any models yet.')}</p>
      <Button onClick={() => openPage('providers')}>{l10n.t('Show the providers')}</Button>
    </div>
  )
}

interface ModelFilterProps {
  choice: ModelChoice
  providers: readonly ProviderView[]
  onChange(change: Partial<ModelChoice>): void
  onAdd(): void
}

function ModelFilter({ choice, providers, onChange, onAdd }: ModelFilterProps) {
  const id = useId()
  return (
    <search class="toolbar">
      <SearchField value={choice.search} onInput={(search) => onChange({ search })} mostCharacters={200} />
      <ProviderFilter
        id={`${id}-provider`}
        names={providers.map(({ provider }) => provider)}
        value={choice.provider}
        onInput={(provider) => onChange({ provider })}
      />
      <Dropdown
        id={`${id}-type`}
        label={l10n.t('Type')}
        value={choice.type}
        options={[
          { value: 'all', label: l10n.t('All') },
          ...ModelType.options.map((type) => ({ value: type, label: typeWords(type) })),
        ]}
        onInput={(type) => onChange({ type: type as ModelChoice['type'] })}
      />
      <Dropdown
        id={`${id}-status`}
        label={l10n.t('Status')}
        value={choice.status}
        options={[
          { value: 'all', label: l10n.t('All') },
          ...ModelStatus.options.map((status) => ({ value: status, label: statusWords(status) })),
          { value: 'unregistered', label: l10n.t('Without settings') },
        ]}
        onInput={(status) => onChange({ status: status as ModelChoice['status'] })}
      />
      <Button id={addModelId} look="primary" onClick={onAdd}>
        {l10n.t('Add by name')}
      </Button>
    </search>
  )
}

interface ModelRowProps {
  known: KnownModel
  routes: readonly Route[]
  resolved: Readiness | null
  onOpen(): void
}

function ModelRow({ known, routes, resolved, onOpen }: ModelRowProps) {
  const { now } = usePage()
  const id = useId()
  const { provider, model, registered, listed } = known
  const end = shortEnd(known, now)
  const missing = missingWords(known, now)
  const unreadable = unreadableWords(known)
  const uses = usesOf(known, routes, resolved)
  const use = describeUse(known, uses)
  const facts = [...(listed?.label && listed.label !== model ? [listed.label] : []), ...modelFacts(known)]
  return (
    <li class="row model-row" aria-labelledby={`${id}-name`}>
      <div class="model-words">
        <div class="row-head">
          <h2 id={`${id}-name`}>{model}</h2>
          <span class="kind">{provider}</span>
          {use ? (
            <span class="state">
              <Icon name={use.icon} /> {use.words}
            </span>
          ) : null}
          {registered?.isDefault ? <span class="badge">{l10n.t('Default')}</span> : null}
        </div>
        {unreadable ? <p class="why">{unreadable}</p> : null}
        {facts.length > 0 ? <p class="facts">{facts.join(' · ')}</p> : null}
        {end ? (
          <p class="state">
            <Icon name="warning" /> {end}
          </p>
        ) : null}
        {missing ? (
          <p class="state">
            <Icon name="warning" /> {missing}
          </p>
        ) : null}
      </div>
      <div class="actions">
        {canDoTasks(known, now) ? <UseForTasks provider={provider} model={model} routes={routes} /> : null}
        <Button id={openModelId(provider, model)} onClick={onOpen} label={l10n.t('Edit {0} of {1}', model, provider)}>
          {l10n.t('Edit')}
        </Button>
      </div>
    </li>
  )
}
