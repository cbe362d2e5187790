import * as l10n from '@vscode/l10n'

/** A value of a newer contract is offered by its name. */
export function valueWords(value: string): string {
  switch (value) {
    case 'true':
      return l10n.t('On')
    case 'false':
      return l10n.t('Off')
    case 'low':
      return l10n.t('Low')
    case 'medium':
      return l10n.t('Medium')
    case 'high':
      return l10n.t('High')
    case 'cosine':
      return l10n.t('Cosine')
    case 'dot':
      return l10n.t('Dot product')
    case 'euclidean':
      return l10n.t('Euclidean')
    default:
      return value
  }
}
