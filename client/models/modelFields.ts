import { l10n } from 'vscode'
import * as z from 'zod'
import { EmbeddingParameters, GenerationParameters, ModelStatus, type ModelType } from '../../protocol/models.ts'
import type { KindInfo, ProviderConfig } from '../../protocol/providers.ts'
import { statusWords } from '../describe/describeModel.ts'
import { tellNumber } from '../describe/language.ts'
import type { FieldValue, FormField } from '../forms/configForm.ts'

const shapes = {
  generation: GenerationParameters.shape as Readonly<Record<string, z.ZodType>>,
  embedding: EmbeddingParameters.shape as Readonly<Record<string, z.ZodType>>,
}

/** What can be said of a model of that kind: its status, and the parameters that the kind supports, with their ranges. */
export function modelFields(kind: KindInfo, type: ModelType): FormField[] {
  const parameters = kind.modelParameters[type].flatMap((name) => {
    const schema = shapes[type][name]
    return schema ? [parameterField(name, inner(schema))] : []
  })
  return [statusField(), ...parameters]
}

/** A form has values, the registry parameters: yes and no of `thinking` are words of a list, as its levels are. */
export function toForm(status: ModelStatus, parameters: Readonly<Record<string, unknown>>): ProviderConfig {
  const values = Object.entries(parameters).map(([name, value]) => [name, name === 'thinking' ? String(value) : value])
  return { ...Object.fromEntries(values), status }
}

export function fromForm(config: ProviderConfig): { status: ModelStatus; parameters: ProviderConfig } {
  const { status, ...values } = config
  const parameters = Object.entries(values).map(([name, value]) => [
    name,
    value === 'true' || value === 'false' ? value === 'true' : value,
  ])
  return { status: ModelStatus.catch('active').parse(status), parameters: Object.fromEntries(parameters) }
}

function statusField(): FormField {
  return {
    name: 'status',
    title: l10n.t('Status'),
    description: l10n.t('One that is switched off is kept, and no task goes through it.'),
    type: 'enum',
    values: [...ModelStatus.options],
    labels: Object.fromEntries(ModelStatus.options.map((status) => [status, statusWords(status)])),
    default: 'active',
    required: true,
  }
}

function parameterField(name: string, schema: z.ZodType): FormField {
  const common = { name, title: titleOf(name), required: false }
  if (schema instanceof z.ZodBoolean) return { ...common, description: describe(name, null), type: 'boolean' }
  if (schema instanceof z.ZodEnum) {
    return { ...common, description: describe(name, null), type: 'enum', values: schema.options.map(String) }
  }
  if (schema instanceof z.ZodNumber) {
    return {
      ...common,
      description: describe(name, rangeOf(schema)),
      type: schema.isInt ? 'integer' : 'number',
      problem: (value: FieldValue) =>
        schema.safeParse(value).success ? null : l10n.t('It has to be {0}.', rangeOf(schema)),
    }
  }
  // Thinking: on, off, or how much.
  return {
    ...common,
    description: describe(name, null),
    type: 'enum',
    values: ['true', 'false', 'low', 'medium', 'high'],
    labels: {
      true: l10n.t('on'),
      false: l10n.t('off'),
      low: l10n.t('low'),
      medium: l10n.t('medium'),
      high: l10n.t('high'),
    },
  }
}

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema
}

function rangeOf({ minValue, maxValue }: z.ZodNumber): string {
  const words = (value: number | null) => (value === null ? '' : tellNumber(value, { most: 20 }))
  return l10n.t('{0} to {1}', words(minValue), words(maxValue))
}

function describe(name: string, range: string | null): string {
  return range ? `${descriptionOf(name)} ${range}.` : descriptionOf(name)
}

function titleOf(name: string): string {
  switch (name) {
    case 'dimensions':
      return l10n.t('Dimensions')
    case 'max_tokens':
      return l10n.t('Tokens of a text')
    case 'normalize':
      return l10n.t('Normalize')
    case 'distance_metric':
      return l10n.t('Distance')
    case 'batch_size':
      return l10n.t('Texts a call')
    case 'timeout_seconds':
      return l10n.t('Timeout')
    case 'context_window':
      return l10n.t('Context window')
    case 'max_output_tokens':
      return l10n.t('Longest answer')
    case 'temperature':
      return l10n.t('Temperature')
    case 'top_p':
      return 'top_p'
    case 'top_k':
      return 'top_k'
    case 'thinking':
      return l10n.t('Thinking')
    // A parameter of a newer contract is offered by its name.
    default:
      return name
  }
}

function descriptionOf(name: string): string {
  switch (name) {
    case 'dimensions':
      return l10n.t('Length of a vector.')
    case 'max_tokens':
      return l10n.t('Longer texts are cut.')
    case 'normalize':
      return l10n.t('Bring vectors to length 1.')
    case 'distance_metric':
      return l10n.t('How vectors are compared.')
    case 'batch_size':
      return l10n.t('Texts of one call at most.')
    case 'timeout_seconds':
      return l10n.t('Seconds that a call may take.')
    case 'context_window':
      return l10n.t('Tokens that go in and out together.')
    case 'max_output_tokens':
      return l10n.t('Tokens of one answer at most.')
    case 'temperature':
      return l10n.t('How much answers to the same question differ.')
    case 'top_p':
      return l10n.t('How much of the likely words is drawn from.')
    case 'top_k':
      return l10n.t('How many of the likely words are drawn from.')
    case 'thinking':
      return l10n.t('Whether it thinks before it answers, and how much.')
    default:
      return ''
  }
}
