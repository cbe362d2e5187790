import { assertNever } from '../../protocol/names.ts'
import type { RunCounts, RunView } from '../../protocol/runs.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'

/** "1,203 ok, 4 failed": how many items came to which end; what there is none of is left out. */
export function describeCounts(
  language: Language,
  { ok, failed, skipped, waiting }: Pick<RunCounts, 'ok' | 'failed' | 'skipped' | 'waiting'>,
): string {
  const { t } = language
  return [
    t('{0} ok', formatNumberIn(language, ok)),
    ...(failed > 0 ? [t('{0} failed', formatNumberIn(language, failed))] : []),
    ...(skipped > 0 ? [t('{0} skipped', formatNumberIn(language, skipped))] : []),
    ...(waiting > 0 ? [t('{0} waiting', formatNumberIn(language, waiting))] : []),
  ].join(', ')
}

/** `formatPause`: how a surface writes the instant until which a provider asked to wait. */
export function describeRunState(
  { t }: Language,
  { state, parkedUntil }: Pick<RunView, 'state' | 'parkedUntil'>,
  formatPause: (instant: string) => string,
): string {
  switch (state) {
    case 'running':
      return parkedUntil === null ? t('running') : t('waiting until {0}', formatPause(parkedUntil))
    case 'paused':
      return t('paused')
    case 'completed':
      return t('completed')
    case 'stopped':
      return t('stopped')
    case 'cancelled':
      return t('cancelled')
    case 'interrupted':
      return t('interrupted')
    default:
      return assertNever(state)
  }
}
