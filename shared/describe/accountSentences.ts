import type { ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'

type Auth = Extract<ReasonFacts, { code: 'auth_failed' }>

export function authSentence(language: Language, facts: Auth): string {
  const { t } = language
  const { provider, model, wantsKey, behindGateway } = facts
  const said = quoted(language, facts)
  if (behindGateway) {
    return t(
      '"{0}" has no access to what serves "{1}": its own key is not accepted there{2}.',
      provider,
      model ?? '',
      said,
    )
  }
  return wantsKey
    ? t('"{0}" requires a key{1}.', provider, said)
    : t('"{0}" does not accept the key{1}.', provider, said)
}

type Quota = Extract<ReasonFacts, { code: 'quota_exceeded' }>

export function quotaSentence(language: Language, facts: Quota): string {
  const said = quoted(language, facts)
  return facts.behindGateway
    ? language.t('A budget or quota behind "{0}" is used up{1}.', facts.provider, said)
    : language.t('The account of "{0}" has no credit or quota left{1}.', facts.provider, said)
}

type Missing = Extract<ReasonFacts, { code: 'model_missing' }>

export function missingModelSentence(language: Language, facts: Missing): string {
  const { t } = language
  const { provider, model, alternatives } = facts
  if (alternatives.length > 0) {
    return t('"{0}" has no model "{1}"; it has {2}.', provider, model, alternatives.slice(0, 3).join(', '))
  }
  return t('"{0}" has no model "{1}"{2}.', provider, model, quoted(language, facts))
}

/** `: the provider's words`, where they are known. */
function quoted(language: Language, { detail, localizable }: Pick<Quota, 'detail' | 'localizable'>): string {
  return detail === undefined ? '' : `: ${localizeOr(language, localizable, detail)}`
}
