import type { Buffer } from 'node:buffer'
import type { DecisionAnswer, DecisionLimits } from '../../protocol/decisions.ts'
import { assertNever } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Problem, ReadinessFacts, ReasonFacts } from '../../protocol/reasons.ts'
import type { DecisionDialect } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { checkDecision } from '../domain/checkDecision.ts'
import { readCutOff } from '../domain/readJson.ts'
import type {
  AnsweredBy,
  Decision,
  DecisionOutcome,
  DecisionRequest,
  ProviderAdapter,
  ProviderCall,
} from './adapter.ts'
import { answeredBy } from './answeredBy.ts'
import { bodyBytes } from './bodyJson.ts'
import { fewestTokens } from './completionChecks.ts'
import { decisionBody, decisionUsage, readAnswers, readRightAnswers } from './decisionWire.ts'
import { asFields, type ErrorBody, type Fields } from './errorBody.ts'
import {
  type FailureContext,
  invalidResponse,
  quote,
  rawCause,
  reasonOfFailure,
  reasonOfUnusableBody,
  type StatusRules,
} from './failureReason.ts'
import { costInHeaders } from './gatewayPrices.ts'
import { reasonOfReportedError } from './openaiChatAnswer.ts'
import { type OpenCall, readWholeJson } from './openCall.ts'
import { headerText } from './retryAfter.ts'
import { reasonOfStatus } from './statusReason.ts'

/** Asks by whichever form the kind has. */
export function decideWith(
  adapter: ProviderAdapter,
  call: ProviderCall<unknown>,
  request: DecisionRequest,
): Promise<DecisionOutcome> {
  const { decide } = adapter
  if (decide) return decide.call(adapter, call, request)
  const { provider } = call
  return Promise.resolve(
    fail({ code: 'ask_unsupported', provider, model: request.model, ask: 'decisions', why: 'server' }),
  )
}

/** Where a server takes questions, and in which form. */
export interface DecisionPlace {
  url: string
  dialect: DecisionDialect
  /** What one request takes. Absent or empty: not known. */
  limits?: DecisionLimits
  /** Absent: those of the OpenAI family. */
  rules?: StatusRules | undefined
  /** The first version of this server that has the call, such as `Ollama 0.35`. Absent: any server may be there. */
  since?: string | undefined
}

/**
 * Asks typed questions about one text, and lets only an answer pass that fits them. What the place is known not to take is refused before
 * anything is sent.
 */
export async function decideAt(
  open: OpenCall,
  request: DecisionRequest,
  place: DecisionPlace,
): Promise<DecisionOutcome> {
  const body = bodyBytes(decisionBody(request, place.dialect))
  const obstacle = exceededLimit(open.context(), request, { ...place.limits, ...request.limits }, body)
  if (obstacle !== null) return fail(obstacle)
  const rules = decisionRules(place.rules ?? reasonOfStatus, place)
  try {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await open.exchange.fetch(place.url, { method: 'POST', headers, body })
    if (!response.ok) return fail(reasonOfFailure(null, open.context(), rules))
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), rules))
  }
  const unusable = reasonOfUnusableBody(open.context())
  if (unusable !== null) return fail(unusable)
  const answered = readWholeJson(open)
  return answered.ok
    ? readDecision(answered.value, open, request, { ...place, rules })
    : { ...answered, ...readBefore(open, request, place) }
}

/** What came before an answer breaks off. */
function readBefore(open: OpenCall, request: DecisionRequest, { dialect }: DecisionPlace): { partly?: Decision } {
  const body = asFields(readCutOff(open.exchange.facts.body?.toString() ?? ''))
  if (body === null) return {}
  const facts = {
    dialect,
    ...decisionUsage(null),
    latencyMs: open.exchange.elapsedMs(),
    ...namedModel(body, open.context()),
  }
  return partlyDecided(readRightAnswers(unwrap(body), request, dialect), facts)
}

function partlyDecided(answers: DecisionAnswer[], facts: Omit<Decision, 'answers'>): { partly?: Decision } {
  return answers.length === 0 ? {} : { partly: { answers, ...facts } }
}

/** Cloudflare wraps every answer. */
function unwrap(body: Fields): Fields {
  return body.answers === undefined ? (asFields(body.result) ?? body) : body
}

function readDecision(
  answered: unknown,
  open: OpenCall,
  request: DecisionRequest,
  { dialect, rules = reasonOfStatus }: DecisionPlace,
): DecisionOutcome {
  const context = open.context()
  const outer = asFields(answered)
  const body = outer && unwrap(outer)
  if (body === null)
    return fail(invalidResponse('schema', localizable('it does not have the format of this API'), context))
  if (body.error != null) return fail(reasonOfReportedError(body, context, rules))
  const spent = {
    ...costInHeaders(open.exchange.facts.headers),
    ...decisionUsage(asFields(body.usage)),
    latencyMs: open.exchange.elapsedMs(),
  }
  const blocked = reasonOfBlockedInput(body, context)
  if (blocked !== null) return { ...fail(blocked), spent }
  const read = readAnswers(body, request, dialect)
  const checked = read.ok ? checkDecision(request.questions, read.given) : read
  const unread = readTooLittle(request, spent.usage.input, context)
  if (!checked.ok) {
    const answers = unread === null ? readRightAnswers(body, request, dialect) : []
    const partly = partlyDecided(answers, { dialect, ...spent, ...namedModel(body, context) })
    return { ...fail(invalidResponse('schema', checked.detail, context)), spent, ...partly }
  }
  if (unread !== null) return { ...fail(unread), spent }
  return succeed({ answers: checked.answers, dialect, ...spent, ...namedModel(body, context) })
}

/** Gemini's filter: nothing is answered then. */
function reasonOfBlockedInput(body: Fields, context: FailureContext): ReadinessFacts | null {
  const reason = asFields(body.prompt_feedback)?.block_reason
  const { provider, model } = context
  if (typeof reason !== 'string' || reason === '' || model === null) return null
  const detail = withMessage('detail', localizable('its filter stopped the request: {0}', quote(reason, context)))
  return { code: 'content_filtered', provider, model, ...detail, raw: rawCause(context) }
}

/** Some servers cut a text that does not fit, without a word. Whoever counts fewer tokens than the text can have has not read it. */
function readTooLittle({ input, model }: DecisionRequest, read: number | null, context: FailureContext) {
  if (read === null || read < fewestCounted) return null
  const sentTokens = fewestTokens([input], read)
  const { provider } = context
  return sentTokens === null
    ? null
    : ({ code: 'context_too_long', provider, model, limitTokens: null, readTokens: read, sentTokens } as const)
}

/** Counts below this are none: some servers always report 0. */
const fewestCounted = 16

/** The version that decided, also where it has the name that was asked: `latest` stands for another one every few weeks. */
function namedModel({ model }: Fields, context: FailureContext): { answeredBy?: AnsweredBy } {
  const other = answeredBy(model, context)
  if (other.answeredBy !== undefined || typeof model !== 'string' || model.trim() === '') return other
  const name = model.trim()
  return {
    answeredBy: { model: name === context.model ? name : quote(name, context).slice(0, 200), isFallback: false },
  }
}

/** Null: as far as is known, the place takes it. */
function exceededLimit(
  { provider, model }: FailureContext,
  { input, questions }: DecisionRequest,
  limits: DecisionLimits,
  body: Buffer,
): ReasonFacts | null {
  const problems = findExceeded(questions, limits)
  if (problems.length > 0) return { code: 'questions_invalid', problems }
  const tooLong = { code: 'context_too_long', provider, model: model ?? '' } as const
  if (limits.bytes !== undefined && body.length > limits.bytes)
    return { ...tooLong, limitTokens: limits.tokens ?? null }
  const needed = limits.tokens === undefined ? null : fewestTokens([input, textOf(questions)], limits.tokens)
  return needed === null ? null : { ...tooLong, limitTokens: limits.tokens ?? null, neededTokens: needed }
}

/** The same questions go with every item of a run. */
const texts = new WeakMap<DecisionRequest['questions'], string>()

function textOf(questions: DecisionRequest['questions']): string {
  const text = texts.get(questions) ?? JSON.stringify(questions)
  texts.set(questions, text)
  return text
}

function findExceeded(questions: DecisionRequest['questions'], limits: DecisionLimits): Problem[] {
  const exceeded = (path: string, count: number, most: number | undefined): Problem[] =>
    most === undefined || count <= most
      ? []
      : [
          {
            path,
            ...withMessage('message', localizable('there are {0}, and this server takes at most {1}', count, most)),
          },
        ]
  return [
    ...exceeded('questions', questions.length, limits.questions),
    ...questions.flatMap((question, place) => {
      switch (question.type) {
        case 'choice':
          return exceeded(`questions.${place}.options`, question.options.length, limits.options)
        case 'score':
          return exceeded(`questions.${place}.levels`, question.levels.length, limits.levels)
        case 'predicate':
          return []
        default:
          return assertNever(question)
      }
    }),
  ]
}

/** How servers that have no code for it word that this model decides nothing; the sentences are those of facts/decision-models.md §1.4. */
const noDecisionModelText =
  /not supported by System One|\bnot a decision model\b|\b(?:does not|doesn't) support (?:the )?(?:usecase )?(?:decisions?|systemone|System One)\b|\bUnknown Decisions provider\b|\bdecisions? (?:are|is) not supported\b/i

/** A list of models has no other word for one that is not in it. */
const noModelText = /^(?:the )?model\b.*\bnot found\b/i

/** What the statuses of a decision mean beyond those of any call: this model decides nothing, this server has no such call, or not yet. */
function decisionRules(rules: StatusRules, { dialect, since }: DecisionPlace): StatusRules {
  return (status, body, context) => {
    const { provider, model } = context
    if (model === null) return rules(status, body, context)
    const said = quote(body.message, context).replace(/[.\s]+$/, '')
    const detail = said === '' ? {} : withMessage('detail', localizable('{0}', said))
    const unsupported = {
      code: 'ask_unsupported',
      provider,
      model,
      ask: 'decisions',
      raw: rawCause(context, body),
    } as const
    const isRefusal = status === 400 || status === 404 || status === 422
    if ((status === 501 && body.isApi) || (isRefusal && noDecisionModelText.test(body.message))) {
      return { ...unsupported, why: 'model', ...detail }
    }
    if (status === 404 && body.isApi && noModelText.test(body.message)) {
      return { code: 'model_missing', provider, model, alternatives: [], raw: unsupported.raw }
    }
    const common = rules(status, body, context)
    const isNoPlace = status === 501 || (common.code === 'invalid_response' && common.problem === 'not_the_api')
    if (!isNoPlace) return common
    // Other forms these servers never have.
    const needs = dialect === 'systemone' ? neededVersion(status, body, { ...context, since }) : null
    return needs === null ? { ...unsupported, why: 'server' } : { ...unsupported, why: 'version', needs }
  }
}

/** The version that brought the call, of servers that can be told by how they lack it; null: nobody knows what it is. */
function neededVersion(
  status: number,
  body: ErrorBody,
  { exchange, since }: FailureContext & Pick<DecisionPlace, 'since'>,
): string | null {
  if (status !== 404) return null
  const { headers, bodyKind } = exchange.facts
  if (headerText(headers, 'server') === 'llama.cpp') return 'llama.cpp b11361'
  // A router in Go answers in a line of text what it has no way for, and a model that is missing in JSON.
  return bodyKind === 'text' && /^404 page not found/.test(body.message) ? (since ?? null) : null
}

/**
 * One place after the other while a server says that it has no such call there, or refuses the body at an address that another form is
 * tried at, too: several services take System One where OpenAI's form has its address.
 */
export async function decideAtFirst(
  places: readonly DecisionPlace[],
  ask: (place: DecisionPlace) => Promise<DecisionOutcome>,
): Promise<DecisionOutcome> {
  let first: DecisionOutcome | null = null
  let refused: DecisionOutcome | null = null
  for (const [index, place] of places.entries()) {
    const outcome = await ask(place)
    if (outcome.ok) return outcome
    const { reason } = outcome
    const isElsewhere = reason.code === 'ask_unsupported' && reason.why !== 'model'
    const mayBeOtherForm = places.slice(index + 1).some(({ url }) => url === place.url)
    const isRefused = reason.code === 'invalid_response' && reason.problem === 'rejected_request'
    if (!isElsewhere && !(isRefused && mayBeOtherForm)) return refused ?? outcome
    if (isRefused) refused = outcome
    first ??= outcome
  }
  if (first === null) throw new Error('A decision without a place to ask at')
  return refused ?? first
}
