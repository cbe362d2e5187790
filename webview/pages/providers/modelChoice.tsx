import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { ModelInfo } from '../../../protocol/providers.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { formatNumber, plural } from '../../parts/language.ts'
import { Dropdown, TextField } from '../../toolkit.tsx'
import { doesDecide, isForTasks, isForText } from './chooseModels.ts'

export const uses = ['both', 'categorization', 'scoring', 'none'] as const
export type Use = (typeof uses)[number]

export interface Choice {
  /** For the tasks; null: the provider has no model for them. */
  model: string | null
  /** Beside a model that only decides; null: none. */
  text: string | null
  use: Use
}

interface ModelChoiceProps {
  models: readonly ModelInfo[]
  /** It has models that its list does not show, such as deployments: one can be named. */
  isPartial: boolean
  choice: Choice
  onChange(choice: Choice): void
}

/** More than these are found by their name sooner than by looking. */
const fewModels = 10
const mostRows = 200

/** What the provider has, in one table, and what of it does the tasks. */
export function ModelChoice({ models, isPartial, choice, onChange }: ModelChoiceProps) {
  const [search, setSearch] = useState('')
  const id = useId()
  const words = search.toLowerCase().split(/\s+/)
  const shown = sorted(models, choice).filter(({ model, label }) =>
    words.every((word) => `${model} ${label ?? ''}`.toLowerCase().includes(word)),
  )
  const decider = models.find(({ model }) => model === choice.model)
  const writing = models.filter(isForText)
  return (
    <>
      <h3 id={`${id}-title`}>{plural(models.length, '{0} model', '{0} models')}</h3>
      {models.length > fewModels ? (
        <div class="toolbar">
          <SearchField value={search} onInput={setSearch} label={l10n.t('Search the models')} />
        </div>
      ) : null}
      {models.length === 0 ? null : (
        <ModelTable
          titleId={`${id}-title`}
          models={shown.slice(0, mostRows)}
          chosen={choice.model}
          onChoose={(model) => onChange({ ...choice, model })}
        />
      )}
      {isPartial || models.length === 0 ? (
        <div class="field">
          <TextField
            id={`${id}-name`}
            label={l10n.t('Model, by its name')}
            value={choice.model ?? ''}
            onInput={(model) => onChange({ ...choice, model: model.trim() === '' ? null : model.trim() })}
            mostCharacters={256}
          />
          <p class="field-hint">
            {l10n.t('Its list does not show every model: name the one you mean, such as a deployment.')}
          </p>
        </div>
      ) : null}
      {decider && doesDecide(decider) ? (
        <DeciderNote decider={decider} writing={writing} choice={choice} onChange={onChange} />
      ) : null}
      <div class="field">
        <Dropdown
          id={`${id}-use`}
          label={l10n.t('Use for')}
          value={choice.use}
          options={uses.map((use) => ({ value: use, label: useWords(use) }))}
          onInput={(value) => onChange({ ...choice, use: uses.find((use) => use === value) ?? 'both' })}
        />
      </div>
    </>
  )
}

/** What can do the tasks stands first, the chosen one before all. */
function sorted(models: readonly ModelInfo[], { model }: Choice): ModelInfo[] {
  const rank = (info: ModelInfo) =>
    (info.model === model ? 3 : 0) + (isForTasks(info) ? 1 : 0) + (doesDecide(info) ? 1 : 0)
  return models.toSorted((one, other) => rank(other) - rank(one))
}

export function useWords(use: Use): string {
  switch (use) {
    case 'both':
      return l10n.t('Both tasks')
    case 'categorization':
      return l10n.t('Categorization')
    case 'scoring':
      return l10n.t('Scoring')
    case 'none':
      return l10n.t('Nothing yet')
  }
}

interface ModelTableProps {
  titleId: string
  models: readonly ModelInfo[]
  chosen: string | null
  onChoose(model: string): void
}

function ModelTable({ titleId, models, chosen, onChoose }: ModelTableProps) {
  const name = useId()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key.
    <section class="table-frame model-table" tabIndex={0} aria-labelledby={titleId}>
      <table>
        <thead>
          <tr>
            <th scope="col">{l10n.t('Model')}</th>
            <th scope="col" class="figure">
              {l10n.t('Context')}
            </th>
            <th scope="col" class="figure">
              {l10n.t('Price per million tokens')}
            </th>
            <th scope="col">{l10n.t('What it can do')}</th>
          </tr>
        </thead>
        <tbody>
          {models.map((info) => (
            <tr key={info.model} aria-current={info.model === chosen ? 'true' : undefined}>
              <th scope="row">
                {isForTasks(info) ? (
                  <label class="model-radio">
                    <input
                      type="radio"
                      name={name}
                      checked={info.model === chosen}
                      onClick={() => onChoose(info.model)}
                    />
                    {info.label ?? info.model}
                  </label>
                ) : (
                  <span class="model-radio model-other">{info.label ?? info.model}</span>
                )}
              </th>
              <td class="figure">{info.contextTokens ? formatNumber(info.contextTokens) : unknown()}</td>
              <td class="figure">{priceWords(info)}</td>
              <td>{abilities(info).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const unknown = () => l10n.t('not said')

function priceWords({ pricing, sizeBytes }: ModelInfo): string {
  if (pricing) return l10n.t('{0} in, {1} out', money(pricing.input), money(pricing.output))
  // A model whose size on the disk is told runs on a machine, and is billed by nobody.
  return sizeBytes === undefined ? unknown() : l10n.t('none')
}

const money = (price: number) => `$${formatNumber(price, { least: 2, most: 4 })}`

function abilities(info: ModelInfo): string[] {
  const { type, capabilities = [] } = info
  const own = [
    ...(doesDecide(info) ? [l10n.t('decides')] : []),
    ...(isForText(info) ? [l10n.t('writes text')] : []),
    ...(type === 'embedding' ? [l10n.t('embeddings')] : []),
  ]
  const known = new Set(['completion', 'chat', 'embedding', 'chat_completion', 'generation'])
  return [...own, ...capabilities.filter((each) => !known.has(each)).slice(0, 4)]
}

interface DeciderNoteProps {
  decider: ModelInfo
  writing: readonly ModelInfo[]
  choice: Choice
  onChange(choice: Choice): void
}

/** Why a model that decides is preselected, and what stands beside it. */
function DeciderNote({ decider, writing, choice, onChange }: DeciderNoteProps) {
  const id = useId()
  return (
    <div class="field">
      <p>
        {l10n.t(
          '{0} is made to decide: it gives each answer with its probability, asks for fewer tokens, and cannot make up a category.',
          decider.label ?? decider.model,
        )}
      </p>
      {isForText(decider) ? null : writing.length === 0 ? (
        <p>
          {l10n.t(
            'It writes no text, and this provider has no model that does: proposals of categories and explanations need one of another provider.',
          )}
        </p>
      ) : (
        <>
          <p>{l10n.t('It writes no text: proposals of categories and explanations come from a model beside it.')}</p>
          <Dropdown
            id={`${id}-text`}
            label={l10n.t('Model for text')}
            value={choice.text ?? ''}
            options={writing.slice(0, mostRows).map(({ model, label }) => ({ value: model, label: label ?? model }))}
            onInput={(text) => onChange({ ...choice, text })}
          />
        </>
      )}
    </div>
  )
}
