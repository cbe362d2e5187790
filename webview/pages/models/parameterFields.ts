import * as l10n from '@vscode/l10n'
import { type ModelType, Price } from '../../../protocol/models.ts'
import { type ParameterShape, parameterShapes } from '../../../protocol/parameterShapes.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { FormField } from '../../form/field.tsx'
import { describeParameter, valueWords } from '../../parts/describeParameter.ts'
import { formatNumber } from '../../parts/language.ts'

/** What can be said of a model of that kind: names and ranges are the contract's, the words are ours. */
export function parameterFields(kind: KindInfo, type: ModelType): FormField[] {
  return parameterShapes(type, kind.modelParameters[type]).map(fieldOf)
}

/** What a person may say of its price; few do, so it stands behind a line. */
export function priceFields(type: ModelType): FormField[] {
  const hasOutput = type === 'generation' || type === 'ner'
  return Object.keys(Price.shape)
    .filter((name) => hasOutput || !name.endsWith('output'))
    .map((name) => ({
      name: `price.${name}`,
      ...describePrice(name),
      type: 'number',
      minimum: 0,
      required: false,
      group: 'advanced',
      placeholder: l10n.t('As its provider or the public list says'),
    }))
}

function describePrice(name: string): { title: string; description: string } {
  const description = l10n.t('US dollars for a million tokens; 0 for what is free.')
  switch (name) {
    case 'input':
      return { title: l10n.t('Price of what is sent'), description }
    case 'output':
      return { title: l10n.t('Price of answers'), description }
    case 'cached_input':
      return { title: l10n.t('Price of what was cached'), description }
    case 'batch_input':
      return { title: l10n.t('Price of what is sent in a batch'), description }
    case 'batch_output':
      return { title: l10n.t('Price of answers of a batch'), description }
    default:
      return { title: name, description }
  }
}

function fieldOf({ name, type, values, minimum, maximum }: ParameterShape): FormField {
  const common = { name, ...describeParameter(name), required: false }
  if (type === 'list' || type === 'text' || type === 'json')
    return { ...common, type: 'string', placeholder: l10n.t('None') }
  if (type === 'choice') return { ...common, type: 'enum', values: [...values], labels: valueLabels(values) }
  return {
    ...common,
    type,
    description: [common.description, describeRange(minimum, maximum)].filter((text) => text !== '').join(' '),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    placeholder: l10n.t('Default of the provider'),
  }
}

function describeRange(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum === undefined || maximum === undefined) return ''
  return l10n.t('From {0} to {1}.', formatNumber(minimum), formatNumber(maximum))
}

function valueLabels(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value, valueWords(value)]))
}
