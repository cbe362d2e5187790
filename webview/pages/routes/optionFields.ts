import * as l10n from '@vscode/l10n'
import { type ParameterShape, routeOptionShapes } from '../../../protocol/parameterShapes.ts'
import { OutputMode } from '../../../protocol/routing.ts'
import type { FormField } from '../../form/field.tsx'
import { valueWords } from '../../parts/parameterWords.ts'
import { modeWords } from '../../parts/probeWords.ts'

/** What a route may say beyond provider and model: names and ranges are the contract's, the words are ours. */
export function optionFields(): FormField[] {
  return routeOptionShapes().map(fieldOf)
}

function fieldOf({ name, type, values, minimum, maximum }: ParameterShape): FormField {
  const common = { name, ...wordsOf(name), required: false }
  if (type === 'choice') {
    const labels = Object.fromEntries(values.map((value) => [value, labelOf(value)]))
    return { ...common, type: 'enum', values: [...values], labels }
  }
  const range = l10n.t('From {0} to {1}.', String(minimum ?? ''), String(maximum ?? ''))
  return {
    ...common,
    type,
    description: `${common.description} ${range}`,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    placeholder: l10n.t('Default'),
  }
}

function labelOf(value: string): string {
  const mode = OutputMode.safeParse(value)
  return mode.success ? modeWords(mode.data) : valueWords(value)
}

function wordsOf(name: string): { title: string; description: string } {
  switch (name) {
    case 'batchSize':
      return { title: l10n.t('Items a call'), description: l10n.t('How many items one call asks about.') }
    case 'concurrency':
      return { title: l10n.t('Calls at once'), description: l10n.t('How many calls are under way at the same time.') }
    case 'thinking':
      return {
        title: l10n.t('Thinking'),
        description: l10n.t('Whether the model thinks before it answers, and how much.'),
      }
    case 'outputMode':
      return {
        title: l10n.t('Way of asking'),
        description: l10n.t('How the shape of the answer is asked for. By default, the best that was measured.'),
      }
    // An option of a newer contract is offered by its name.
    default:
      return { title: name, description: '' }
  }
}
