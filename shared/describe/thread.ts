import { assertNever } from '../../protocol/names.ts'
import type { MessageContext, ThreadMessage } from '../../protocol/threads.ts'
import { formatDurationIn, formatNumberIn, formatUsdIn } from '../format.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

/** Who answered, from what and what it took, part by part; how it ended comes first where it did not end well. */
export function describeAnswer(language: Language, answer: ThreadMessage): string[] {
  const { provider, model, usage, costUsd, latencyMs, context, state } = answer
  const from = context === null ? [] : [describeContext(language, context)]
  const time = latencyMs === null ? [] : [formatDurationIn(language, latencyMs)]
  return [
    ...stateWords(language, state),
    `${provider ?? ''}/${model ?? ''}`,
    ...from,
    ...time,
    ...tokenWords(language, usage),
    costUsd === null ? language.t('price unknown') : formatUsdIn(language, costUsd),
  ]
}

/** How much of what the conversation is about had room beside the question. */
export function describeContext(language: Language, { shown, items }: MessageContext): string {
  return shown === items
    ? formatPluralIn(language, items, 'it was given {0} item', 'it was given all {0} items')
    : language.t('it was given {0} of {1} items', formatNumberIn(language, shown), formatNumberIn(language, items))
}

function stateWords(language: Language, state: ThreadMessage['state']): string[] {
  switch (state) {
    case 'complete':
      return []
    case 'stopped':
      return [language.t('stopped')]
    case 'failed':
      return [language.t('failed')]
    default:
      return assertNever(state)
  }
}

function tokenWords(language: Language, usage: ThreadMessage['usage']): string[] {
  if (usage === null || usage.input === null) return []
  const output = usage.output === null ? '?' : formatNumberIn(language, usage.output)
  return [language.t('{0} tokens in, {1} out', formatNumberIn(language, usage.input), output)]
}
