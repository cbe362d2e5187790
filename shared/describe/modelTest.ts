import type { TestPlan } from '../../protocol/models.ts'
import type { Language } from '../language.ts'

/** What a test may cost. A server of this machine may be a gateway that passes calls on to somebody who sends a bill. */
export function describeTestCost({ t }: Language, { calls, endpoint, isFree }: TestPlan): string {
  if (calls === 0 || endpoint === null) return t('It costs nothing.')
  return isFree
    ? t('Its price is not known: a server of this machine has none, unless it passes calls on.')
    : t('Your account may be charged for it.')
}
