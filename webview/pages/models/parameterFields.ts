import * as l10n from '@vscode/l10n'
import type { ModelType } from '../../../protocol/models.ts'
import { type ParameterShape, parameterShapes } from '../../../protocol/parameterShapes.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { FormField } from '../../form/field.tsx'
import { valueWords } from '../../parts/describeParameter.ts'
import { formatNumber } from '../../parts/language.ts'

/** What can be said of a model of that kind: names and ranges are the contract's, the words are ours. */
export function parameterFields(kind: KindInfo, type: ModelType): FormField[] {
  return parameterShapes(type, kind.modelParameters[type]).map(fieldOf)
}

function fieldOf({ name, type, values, minimum, maximum }: ParameterShape): FormField {
  const common = { name, ...describeParameter(name), required: false }
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
    // A parameter of a newer contract is offered by its name.
    default:
      return { title: name, description: '' }
  }
}
