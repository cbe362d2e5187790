import * as l10n from '@vscode/l10n'
import { type ModelType, Price } from '../../../protocol/models.ts'
import { type ParameterShape, parameterShapes } from '../../../protocol/parameterShapes.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { FormField } from '../../form/field.tsx'
import { valueWords } from '../../parts/describeParameter.ts'
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
  if (type === 'list') return { ...common, type: 'string', placeholder: l10n.t('None') }
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

function describeParameter(name: string): { title: string; description: string } {
  switch (name) {
    case 'dimensions':
      return { title: l10n.t('Dimensions'), description: l10n.t('Length of a vector.') }
    case 'max_tokens':
      return { title: l10n.t('Tokens of a text'), description: l10n.t('Longer texts are cut.') }
    case 'normalize':
      return { title: l10n.t('Normalize'), description: l10n.t('Scale vectors to length 1.') }
    case 'distance_metric':
      return { title: l10n.t('Distance'), description: l10n.t('How vectors are compared.') }
    case 'batch_size':
      return { title: l10n.t('Texts per call'), description: l10n.t('Maximum number of texts in one call.') }
    case 'timeout_seconds':
      return { title: l10n.t('Timeout'), description: l10n.t('Seconds that a call may take.') }
    case 'context_window':
      return { title: l10n.t('Context window'), description: l10n.t('Tokens in and out together.') }
    case 'max_output_tokens':
      return { title: l10n.t('Longest answer'), description: l10n.t('Maximum number of tokens in one answer.') }
    case 'temperature':
      return {
        title: l10n.t('Temperature'),
        description: l10n.t('How much answers to the same question vary.'),
      }
    case 'top_p':
      return { title: 'top_p', description: l10n.t('The share of the likeliest words to choose from.') }
    case 'top_k':
      return { title: 'top_k', description: l10n.t('The number of the likeliest words to choose from.') }
    case 'thinking':
      return {
        title: l10n.t('Thinking'),
        description: l10n.t('Whether it thinks before it answers, and how much.'),
      }
    case 'labels':
      return { title: l10n.t('Labels'), description: l10n.t('What it looks for, with commas between.') }
    case 'threshold':
      return { title: l10n.t('Threshold'), description: l10n.t('Names it is less sure of are left out.') }
    case 'logprobs':
      return {
        title: l10n.t('Log probabilities'),
        description: l10n.t('Whether they are asked for with an answer.'),
      }
    case 'stop':
      return {
        title: l10n.t('Stop at'),
        description: l10n.t('Texts that end an answer, with commas between; \\n is a line break.'),
      }
    // A parameter of a newer contract is offered by its name.
    default:
      return { title: name, description: '' }
  }
}
