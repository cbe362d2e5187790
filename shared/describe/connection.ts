import { assertNever } from '../../protocol/names.ts'
import type { ConnectionReport } from '../../protocol/providers.ts'
import type { Action, ConnectionObstacle, ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'
import { type LocalServer, localServer } from './localServer.ts'

type Unreachable = Extract<ReasonFacts, { code: 'provider_unreachable' }>
type Unusable = Extract<ReasonFacts, { code: 'invalid_response' }>

export function connectionSentence(language: Language, facts: Unreachable): string {
  const { provider, endpoint, cause, obstacle } = facts
  if (obstacle) return obstacleSentence(language, { ...facts, obstacle })
  const server = notStarted(facts)
  if (server) {
    return language.t(
      '"{0}" cannot be reached at {1}: nothing listens there. {2} is not running. {3}',
      provider,
      endpoint,
      server.label,
      server.howToStart(language),
    )
  }
  return cause
    ? language.t(
        '"{0}" cannot be reached at {1} ({2}).',
        provider,
        endpoint,
        localizeOr(language, facts.localizable, cause),
      )
    : language.t('"{0}" cannot be reached at {1}.', provider, endpoint)
}

/** The server of this machine that refuses the connection because nobody has started it; null: it is another cause, or another server. */
export function notStarted(facts: Unreachable): LocalServer | null {
  return facts.cause === 'ECONNREFUSED' && !facts.obstacle ? localServer(facts) : null
}

type Blocked = Unreachable & { obstacle: ConnectionObstacle }

function obstacleSentence(
  { t }: Language,
  { provider, endpoint, cause, obstacle, proxy, otherAddress }: Blocked,
): string {
  const code = cause ?? ''
  switch (obstacle) {
    case 'certificate_untrusted':
      return t(
        'The certificate of "{0}" at {1} is not signed by an authority that this machine trusts ({2}).',
        provider,
        endpoint,
        code,
      )
    case 'certificate_expired':
      return t(
        'The certificate of "{0}" at {1} has expired, or the clock of this machine is wrong ({2}).',
        provider,
        endpoint,
        code,
      )
    case 'certificate_host':
      return t('The certificate of "{0}" at {1} is for another host ({2}).', provider, endpoint, code)
    case 'tls_failed':
      return t('The TLS connection to "{0}" at {1} failed ({2}).', provider, endpoint, code)
    case 'speaks_http':
      return t(
        '"{0}" does not speak https at {1}; the base URL is probably {2}.',
        provider,
        endpoint,
        otherAddress ?? 'http://',
      )
    case 'speaks_https':
      return t(
        '"{0}" does not speak plain http at {1}; the base URL is {2}.',
        provider,
        endpoint,
        otherAddress ?? 'https://',
      )
    case 'http2_only':
      return t('"{0}" at {1} only speaks HTTP/2, but calls use HTTP/1.1 ({2}).', provider, endpoint, code)
    case 'proxy_login':
      return t('The proxy {2} for "{0}" at {1} requires a user name and password.', provider, endpoint, proxy ?? '')
    case 'proxy_refused':
      return t('The proxy {2} refuses connections to "{0}" at {1} ({3}).', provider, endpoint, proxy ?? '', code)
    case 'proxy_unreachable':
      return t('The proxy {2} for "{0}" at {1} cannot be reached ({3}).', provider, endpoint, proxy ?? '', code)
    default:
      return assertNever(obstacle)
  }
}

/** What helps is at the server, on this machine or in the address, but never only to wait. */
export function connectionAction({ t }: Language, facts: Unreachable): Action {
  switch (facts.obstacle) {
    case undefined:
      return { id: 'testConnection', label: notStarted(facts) ? t('Look again') : t('Test the connection') }
    case 'certificate_untrusted':
      return { id: 'fixConnection', label: t('Trust the certificate') }
    case 'certificate_expired':
    case 'tls_failed':
    case 'http2_only':
      return { id: 'fixConnection', label: t('Check certificate and protocol') }
    case 'proxy_login':
    case 'proxy_refused':
    case 'proxy_unreachable':
      return { id: 'fixConnection', label: t('Correct the proxy') }
    case 'certificate_host':
    case 'speaks_http':
    case 'speaks_https':
      return { id: 'editProvider', label: t('Correct the base URL') }
    default:
      return assertNever(facts.obstacle)
  }
}

export function unusableSentence(language: Language, facts: Unusable): string {
  if (facts.problem === 'cannot_serve') {
    return language.t(
      '"{0}" cannot run the model: {1}.',
      facts.provider,
      localizeOr(language, facts.localizable, facts.detail),
    )
  }
  const detail = localizeOr(language, facts.localizable, facts.detail).replace(/\.+$/, '')
  return facts.otherAddress === undefined
    ? language.t('"{0}" returned an unusable answer: {1}.', facts.provider, detail)
    : language.t(
        '"{0}" returned an unusable answer: {1}. The API is at {2}.',
        facts.provider,
        detail,
        facts.otherAddress,
      )
}

/** That another kind would do better at this server, and why. */
export function betterKindSentence({ t }: Language, { provider }: { provider: string }): string {
  return t(
    'This is an Ollama server. As a provider of the kind "ollama" it gets a large enough context window; as "{0}" is set up now, it may silently cut long texts.',
    provider,
  )
}

/** A small model that decides, where the server could run one and has none; it is only offered. */
export function pullOfferSentence({ t }: Language, { pullOffer }: Pick<ConnectionReport, 'pullOffer'>): string {
  if (pullOffer === undefined) return ''
  const { model, parameterSize, licence } = pullOffer
  return t(
    'None of its models makes decisions. "{0}" is a small one that you can pull ({1} parameters, {2}).',
    model,
    parameterSize,
    licence,
  )
}
