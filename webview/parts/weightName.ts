import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import type { Weight } from '../../protocol/profile.ts'

export function weightName(weight: Weight): string {
  switch (weight) {
    case 'block':
      return l10n.t('Block')
    case 'reduce':
      return l10n.t('Reduce')
    case 'normal':
      return l10n.t('Normal')
    case 'boost':
      return l10n.t('Boost')
    case 'max':
      return l10n.t('Max')
    default:
      return assertNever(weight)
  }
}
