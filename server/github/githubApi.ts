import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { asFields, parseJson } from '../providers/errorBody.ts'
import { admitKey } from '../providers/keyRules.ts'
import { headerText, type ResponseHeaders, readRetryAfter } from '../providers/retryAfter.ts'
import type { Exchange, Transport } from '../providers/transport.ts'

/** A repository at an API, and who asks. */
export interface GitHubTarget {
  repo: string
  /** Checked, without a trailing slash. */
  api: string
  /** In memory only; null: only what is public. */
  token: string | null
  allowPlainHttp: boolean
  transport: Transport
  signal: AbortSignal
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface GitHubAnswer {
  status: number
  headers: ResponseHeaders
  /** Null without a body, as of 304. */
  json: unknown
}

/** 100 issues with long bodies; GitHub's own limit is about 65,536 characters each. */
const longestAnswer = 64 * 1024 * 1024
/** What fails in passing is asked again so often. */
const mostTries = 4
/** Who is asked to wait longer is told instead. */
const longestWaitMs = 90_000
const firstPauseMs = 500

type Problem = Extract<ReasonFacts, { code: 'github_failed' }>['problem']

/** One request, asked again while GitHub limits or fails in passing. A write is asked again only where it was not carried out. */
export async function askGitHub(
  target: GitHubTarget,
  url: string,
  options: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; etag?: string | undefined } = {},
): Promise<Outcome<GitHubAnswer>> {
  for (let tried = 1; ; tried++) {
    const answer = await askOnce(target, url, options)
    if (answer.ok || answer.reason.code !== 'github_failed') return answer
    const { problem, retryAfterMs } = answer.reason
    const isPassing = problem === 'limited' || ((options.method ?? 'GET') === 'GET' && passing.has(problem))
    const pause = retryAfterMs ?? firstPauseMs * 2 ** (tried - 1)
    if (!isPassing || tried >= mostTries || pause > longestWaitMs) return answer
    await target.wait(pause, target.signal)
    if (target.signal.aborted) return fail({ code: 'cancelled' })
  }
}

const passing: ReadonlySet<Problem> = new Set(['failing', 'unreachable', 'timeout', 'not_github'])

async function askOnce(
  target: GitHubTarget,
  url: string,
  { method = 'GET', body, etag }: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; etag?: string | undefined },
): Promise<Outcome<GitHubAnswer>> {
  const { api, token, allowPlainHttp, transport, signal } = target
  const need = token === null ? 'none' : 'required'
  const config = { allow_plain_http: allowPlainHttp }
  const admitted = admitKey({ provider: 'github', need, endpoint: api, config, key: token })
  if (!admitted.ok) return admitted
  const exchange = transport.open({
    signal,
    deadlines: { connectMs: 10_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 120_000 },
    maxResponseBytes: longestAnswer,
    secrets: admitted.value === null ? [] : [admitted.value],
    headers: {
      'x-github-api-version': '2022-11-28',
      ...(admitted.value === null ? {} : { authorization: `Bearer ${admitted.value}` }),
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    },
  })
  const headers = { accept: 'application/vnd.github+json' }
  const sent =
    body === undefined
      ? { method, headers }
      : { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    await exchange.fetch(url, sent)
  } catch {
    return fail(reasonOfTransport(target, exchange))
  }
  return readAnswer(target, exchange)
}

function readAnswer(target: GitHubTarget, { facts }: Exchange): Outcome<GitHubAnswer> {
  const { status, headers } = facts
  const json = facts.body === null || facts.body.length === 0 ? null : parseJson(facts.body.toString())
  if (status === null) return fail(failed(target, 'unreachable'))
  if (status === 304 || status === 204) return succeed({ status, headers, json: null })
  if (status >= 200 && status < 300) {
    const sentence = localizable('its answer is no complete JSON')
    return json === null ? fail(failed(target, 'not_github', { sentence })) : succeed({ status, headers, json })
  }
  return fail(reasonOfStatus(target, status, headers, asFields(json)?.message))
}

/** 403 stands for limits as well as for rights, and only headers and words tell them apart. */
function reasonOfStatus(target: GitHubTarget, status: number, headers: ResponseHeaders, message: unknown): ReasonFacts {
  const said = typeof message === 'string' ? message.slice(0, 300) : undefined
  const more = said === undefined ? {} : { sentence: localizableText(said) }
  const retryAfterMs = waitAsked(headers, target.transport.now())
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headerText(headers, 'retry-after') !== null ||
        headerText(headers, 'x-ratelimit-remaining') === '0' ||
        /rate limit|abuse detection/i.test(said ?? '')))
  if (isLimit) return failed(target, 'limited', { ...more, retryAfterMs })
  if (status === 401) return failed(target, 'token_refused', more)
  if (status === 403) return failed(target, 'forbidden', more)
  if (status === 404 || status === 410) return failed(target, 'not_found', more)
  if (status >= 300 && status < 400) return failed(target, 'moved', more)
  if (status === 408 || status >= 500) return failed(target, 'failing', { ...more, retryAfterMs })
  return failed(target, 'refused', more)
}

/** The primary limit says when it is over in seconds since 1970; the secondary one how long to wait, or nothing: then a minute. */
function waitAsked(headers: ResponseHeaders, now: number): number | null {
  const asked = readRetryAfter(headers, now)
  if (asked !== null) return asked
  const reset = Number(headerText(headers, 'x-ratelimit-reset'))
  if (headerText(headers, 'x-ratelimit-remaining') === '0' && reset > 0) return Math.max(0, reset * 1000 - now)
  return null
}

function reasonOfTransport(target: GitHubTarget, { facts: { failure } }: Exchange): ReasonFacts {
  switch (failure?.kind) {
    case 'cancelled':
      return { code: 'cancelled' }
    case 'timeout':
      return failed(target, 'timeout')
    case 'redirect':
      return failed(target, 'moved', { sentence: localizable('it leads to {0}', failure.to) })
    case 'blocked_address':
      return {
        ...{ code: 'policy_denied', provider: 'github', rule: 'blocked_address' },
        ...withMessage('detail', failure.why),
      }
    case 'too_large':
      return failed(target, 'not_github', { sentence: localizable('its answer is too large') })
    case 'undecodable':
      return failed(target, 'not_github', { sentence: failure.why })
    case 'unreachable':
      return failed(target, 'unreachable', { sentence: localizableText(failure.cause) })
    case undefined:
      return failed(target, 'unreachable')
  }
}

export function failed(
  { repo, api }: Pick<GitHubTarget, 'repo' | 'api'>,
  problem: Problem,
  { sentence, retryAfterMs = null }: { sentence?: LocalizableMessage; retryAfterMs?: number | null } = {},
): ReasonFacts {
  const detail = sentence ? withMessage('detail', sentence) : {}
  return { code: 'github_failed', repo, api, problem, retryAfterMs, ...detail }
}

/** The next page that the Link header names; null: this is the last one. Fails where it leads out of the API, since the token would go along. */
export function nextPage(target: GitHubTarget, headers: ResponseHeaders): Outcome<string | null> {
  const link = headerText(headers, 'link') ?? ''
  const found = /<([^<>]{1,4096})>\s*;[^,]*\brel="?next"?/.exec(link)?.[1]
  if (found === undefined) return succeed(null)
  const isOwn = URL.canParse(found, target.api) && new URL(found, target.api).origin === new URL(target.api).origin
  return isOwn
    ? succeed(new URL(found, target.api).href)
    : fail(failed(target, 'not_github', { sentence: localizable('its next page is at another address') }))
}

export function repoUrl({ api, repo }: Pick<GitHubTarget, 'api' | 'repo'>): string {
  return `${api}/repos/${repo}`
}
