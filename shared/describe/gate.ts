import type { GateMiss } from '../../protocol/gate.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { formatInstantIn, formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'
import { taskName } from './task.ts'

/** A share of 0.9999 is not 1 yet. */
const digits = { most: 3 }

type Unmet = Extract<ReasonFacts, { code: 'gate_unmet' }>

export function gateSentence(language: Language, { provider, model, misses, measuredAt }: Unmet): string {
  const { t } = language
  if (measuredAt === null) {
    return t(
      'The profile has a gate, and {0} of "{1}" was never measured with it on your labels. What the gate wants: {2}.',
      model,
      provider,
      // How little was measured says nothing where nothing was.
      misses
        .filter(({ figure }) => figure !== 'labels')
        .map((miss) => wantedText(language, miss))
        .join('; '),
    )
  }
  return t(
    '{0} of "{1}" does not pass the gate of the profile, measured {2}: {3}.',
    model,
    provider,
    formatInstantIn(language, measuredAt),
    misses.map((miss) => missText(language, miss)).join('; '),
  )
}

/** Such as `categorization: accuracy 0.71, at least 0.8 is wanted`. */
export function missText(language: Language, miss: GateMiss): string {
  const found = miss.found === null ? language.t('not known') : formatNumberIn(language, miss.found, digits)
  const wanted = formatNumberIn(language, miss.wanted, digits)
  const named = figureText(language, miss)
  return miss.figure === 'error'
    ? language.t('{0} {1}, at most {2} is wanted', named, found, wanted)
    : language.t('{0} {1}, at least {2} is wanted', named, found, wanted)
}

function wantedText(language: Language, miss: GateMiss): string {
  const wanted = formatNumberIn(language, miss.wanted, digits)
  return miss.figure === 'error'
    ? language.t('{0} of at most {1}', figureText(language, miss), wanted)
    : language.t('{0} of at least {1}', figureText(language, miss), wanted)
}

function figureText(language: Language, { task, figure }: GateMiss): string {
  const name = taskName(language, task)
  switch (figure) {
    case 'labels':
      return language.t('{0}: labels', name)
    case 'accuracy':
      return language.t('{0}: accuracy', name)
    case 'error':
      return language.t('{0}: error', name)
    default:
      return assertNever(figure)
  }
}
