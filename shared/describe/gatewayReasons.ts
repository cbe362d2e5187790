import { assertNever } from '../../protocol/names.ts'
import type { Action, ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'

type Unusable = Extract<ReasonFacts, { code: 'gateway_unusable' }>
type Entry = Extract<ReasonFacts, { code: 'gateway_entry' }>
type Unconfirmed = Extract<ReasonFacts, { code: 'gateway_keys_unconfirmed' }>

/** Why nothing can be done at a gateway. */
export function unusableGatewaySentence(language: Language, facts: Unusable): string {
  const said = facts.detail === undefined ? undefined : localizeOr(language, facts.localizable, facts.detail)
  const { t } = language
  const sentence = whatIsWrong(language, facts)
  return said === undefined ? `${sentence}.` : t('{0}: {1}.', sentence, said.replace(/\.+$/, ''))
}

function whatIsWrong({ t }: Language, { gateway, url, problem }: Unusable): string {
  switch (problem) {
    case 'no_database':
      return t('The gateway "{0}" cannot keep models: it has no database', gateway)
    case 'store_off':
      return t('The gateway "{0}" has a database, but is not set up to keep models in it', gateway)
    case 'not_a_gateway':
      return t('What answers at {0} is not a LiteLLM proxy', url)
    case 'key_refused':
      return t('The gateway "{0}" does not accept its admin key', gateway)
    case 'unreachable':
      return t('The gateway "{0}" cannot be reached at {1}', gateway, url)
    case 'timeout':
      return t('The gateway "{0}" did not answer in time', gateway)
    case 'failing':
      return t('The gateway "{0}" answers with an error of its own', gateway)
    case 'refused':
      return t('The gateway "{0}" cannot be used like that', gateway)
    default:
      return assertNever(problem)
  }
}

export function unusableGatewayAction({ t }: Language, { problem }: Unusable): Action {
  switch (problem) {
    case 'no_database':
      return { id: 'fixGateway', label: t('Give the proxy a database') }
    case 'store_off':
      return { id: 'fixGateway', label: t('Set STORE_MODEL_IN_DB where the proxy runs') }
    case 'key_refused':
      return { id: 'fixGateway', label: t('Set the admin key') }
    case 'not_a_gateway':
    case 'refused':
      return { id: 'fixGateway', label: t('Correct the gateway') }
    case 'unreachable':
    case 'timeout':
    case 'failing':
      return { id: 'fixGateway', label: t('Sync again') }
    default:
      return assertNever(problem)
  }
}

export function gatewayEntrySentence({ t }: Language, { gateway, provider, model, problem }: Entry): string {
  const named = `${provider} / ${model}`
  switch (problem) {
    case 'not_stored':
      return t('The gateway "{0}" said that it stored {1}, but it is not in its list.', gateway, named)
    case 'stored_despite_error':
      return t('The gateway "{0}" answered with an error, but it did store {1}.', gateway, named)
    case 'not_removed':
      return t('The gateway "{0}" said that it removed {1}, but it is still in its list.', gateway, named)
    case 'taken':
      return t('The gateway "{0}" has an entry with the id of {1} that was not made from here.', gateway, named)
    case 'kind_unsupported':
      return t('{1} cannot stand at the gateway "{0}": LiteLLM has no provider of that kind.', gateway, named)
    case 'type_unsupported':
      return t('{1} cannot stand at the gateway "{0}": LiteLLM cannot pass on calls of its type.', gateway, named)
    case 'own_machine':
      return t('{1} cannot stand at the gateway "{0}": its provider runs on this machine.', gateway, named)
    case 'headers_unsupported':
      return t('{1} cannot stand at the gateway "{0}": its provider needs headers of its own.', gateway, named)
    default:
      return assertNever(problem)
  }
}

export function gatewayEntryAction({ t }: Language, { problem }: Entry): Action {
  switch (problem) {
    case 'not_stored':
    case 'stored_despite_error':
    case 'not_removed':
      return { id: 'fixGateway', label: t('Sync again') }
    case 'taken':
      return { id: 'fixGateway', label: t('Remove that entry at the gateway') }
    case 'kind_unsupported':
    case 'type_unsupported':
    case 'headers_unsupported':
      return { id: 'list', label: t('Unmark the model') }
    case 'own_machine':
      return { id: 'editProvider', label: t('Change the base URL') }
    default:
      return assertNever(problem)
  }
}

export function unconfirmedKeysSentence(language: Language, { url, providers }: Unconfirmed): string {
  return language.t(
    'The keys of {0} would leave this machine and be stored at {1}. Nobody has agreed to that yet.',
    providers.join(', '),
    url,
  )
}
