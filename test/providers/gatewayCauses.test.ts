import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { isAboutProvider } from '../../server/domain/reasonScope.ts'
import { retryRule } from '../../server/domain/retryRules.ts'
import { compatiblePresets } from '../../server/providers/compatiblePresets.ts'
import { withoutGatewayWords } from '../../server/providers/gatewayWords.ts'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import { adapter, completionRequest, networkKind, providerCall } from '../support/providers/networkKinds.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

const advice = "\n\nLiteLLM: model group 'priced' failed with the error above. No fallback was attempted."
const behind = { 'llm_provider-x-request-id': 'req_backend_1', 'x-litellm-call-id': 'e556c59' }

interface Case {
  name: string
  status: number
  error: object
  headers?: Record<string, string>
  /** Of the reason. */
  expected: object
  rule: string
  /** Whether it counts for all models of the provider. */
  isAboutProvider: boolean
}

// Bodies as LiteLLM 1.108.7, OpenRouter, Portkey, Anthropic and DeepSeek send them; facts/real-litellm.md §2.2.
const cases: Case[] = [
  {
    name: 'a quota of the backend, its code lost',
    status: 429,
    error: {
      message: `litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check your plan and billing details.${advice}`,
      type: 'throttling_error',
      code: '429',
    },
    headers: behind,
    expected: {
      code: 'quota_exceeded',
      behindGateway: true,
      detail: 'You exceeded your current quota, please check your plan and billing details',
    },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'the budget of one deployment',
    status: 429,
    error: {
      message:
        'No deployments available - crossed budget: Exceeded budget for deployment model_name: budget: 7.44 >= 1d\n',
      type: 'internal_server_error',
      code: '429',
    },
    expected: { code: 'quota_exceeded', behindGateway: true },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'the budget of a key',
    status: 422,
    error: {
      message: 'Budget has been exceeded! Current cost: 0.31, Max budget: 0.25',
      type: 'budget_exceeded',
      code: '422',
    },
    expected: { code: 'quota_exceeded', detail: 'Budget has been exceeded! Current cost: 0.31, Max budget: 0.25' },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'the budget of a key, as it was told before',
    status: 400,
    error: { message: 'ExceededBudget: User=team-a over budget. Spend=5.1, Budget=5.0', type: 'auth_error' },
    expected: { code: 'quota_exceeded' },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'a limit of spending, in a sentence alone',
    status: 429,
    error: { message: 'You have reached your monthly spending limit.', type: 'error' },
    expected: { code: 'quota_exceeded' },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'an account in arrears',
    status: 400,
    error: { message: 'Access denied, please make sure your account is in good standing.', code: 'Arrearage' },
    expected: { code: 'quota_exceeded' },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'a filter by the code of Alibaba',
    status: 400,
    error: { message: 'Output data may contain inappropriate content.', code: 'data_inspection_failed' },
    expected: { code: 'content_filtered' },
    rule: 'split_batch',
    isAboutProvider: false,
  },
  {
    name: 'a filter in the words of DeepSeek',
    status: 400,
    error: { message: 'Content Exists Risk', type: 'invalid_request_error' },
    expected: { code: 'content_filtered' },
    rule: 'split_batch',
    isAboutProvider: false,
  },
  {
    name: 'a model that is gone, as a bare 400',
    status: 400,
    error: { message: "model 'gpt-9' not found", code: 400 },
    expected: { code: 'model_missing' },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'a model that is gone, as a failure',
    status: 500,
    error: { message: 'model gpt-9 is not available', type: 'server_error' },
    expected: { code: 'model_missing' },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'no credit, as a bare 400',
    status: 400,
    error: {
      message: 'Your credit balance is too low to access the API. Please go to Plans & Billing.',
      type: 'invalid_request_error',
    },
    expected: { code: 'quota_exceeded' },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'a limit of a minute that is called a quota',
    status: 429,
    error: { message: 'You exceeded your current quota, limit: 10 per minute. Please retry in 17.5s.' },
    expected: { code: 'rate_limited' },
    rule: 'wait',
    isAboutProvider: true,
  },
  {
    name: 'an ordinary limit behind the gateway',
    status: 429,
    error: {
      message: `litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached for requests.${advice}`,
      type: 'throttling_error',
    },
    headers: { ...behind, 'llm_provider-retry-after': '7' },
    expected: { code: 'rate_limited', retryAfterMs: 7_000 },
    rule: 'wait',
    isAboutProvider: true,
  },
  {
    name: 'a filter, its code lost',
    status: 400,
    error: {
      message: `litellm.BadRequestError: OpenAIException - The response was filtered due to the prompt triggering content management policy.${advice}`,
      type: 'invalid_request_error',
      param: 'prompt',
      code: '400',
    },
    headers: behind,
    expected: {
      code: 'content_filtered',
      detail: 'The response was filtered due to the prompt triggering content management policy',
    },
    rule: 'split_batch',
    isAboutProvider: false,
  },
  {
    name: "a gateway's own guardrail",
    status: 446,
    error: { message: 'The guardrail checks failed', type: 'hooks_failed' },
    expected: { code: 'content_filtered' },
    rule: 'split_batch',
    isAboutProvider: false,
  },
  {
    name: "the gateway's key for a backend",
    status: 401,
    error: {
      message: `litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided: sk-****.${advice}`,
      type: 'authentication_error',
      code: '401',
    },
    headers: behind,
    expected: { code: 'auth_failed', behindGateway: true, action: { id: 'chooseModel' } },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'a backend that lets the gateway not in',
    status: 403,
    error: {
      message: `litellm.APIError: APIError: OpenAIException - Project does not have access.${advice}`,
      type: 'permission_error',
    },
    headers: behind,
    expected: { code: 'auth_failed', behindGateway: true },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'a provider behind OpenRouter that refuses its key',
    status: 401,
    error: { code: 401, message: 'Provider returned error', metadata: { provider_name: 'Acme', raw: '{}' } },
    expected: { code: 'auth_failed', behindGateway: true },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: "the user's own key at the gateway",
    status: 401,
    error: { message: 'Authentication Error, Invalid API key provided.', type: 'token_not_found_in_db', param: 'key' },
    expected: { code: 'auth_failed', action: { id: 'setKey' } },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'a wrong key where there is no database',
    status: 400,
    error: { message: 'No connected db.', type: 'no_db_connection', code: '400' },
    expected: { code: 'auth_failed', detail: expect.stringContaining('no database') },
    rule: 'stop_run',
    isAboutProvider: true,
  },
  {
    name: 'a key that may not use the model',
    status: 403,
    error: { message: 'key not allowed to access model.', type: 'key_model_access_denied', param: 'model' },
    expected: { code: 'model_missing', detail: 'key not allowed to access model' },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'a model that the gateway lost',
    status: 400,
    error: {
      message:
        '/chat/completions: Invalid model name passed in model=nix. Call `/v1/models` to view available models for your key.',
      type: 'invalid_request_error',
    },
    expected: { code: 'model_missing' },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'a name that no router knows',
    status: 400,
    error: { message: 'acme/none is not a valid model ID', code: 400 },
    expected: { code: 'model_missing' },
    rule: 'stop_run',
    isAboutProvider: false,
  },
  {
    name: 'all deployments in cooldown',
    status: 429,
    error: {
      message: 'No deployments available for selected model, Try again in 25 seconds.',
      type: 'all_deployments_in_cooldown',
    },
    headers: { 'retry-after': '25' },
    expected: { code: 'rate_limited', retryAfterMs: 25_000 },
    rule: 'wait',
    isAboutProvider: true,
  },
  {
    name: 'a refusal that only mentions policies of money',
    status: 400,
    error: { message: 'Invalid parameter: response_format of type json_schema is not supported with this model.' },
    expected: { code: 'invalid_response', problem: 'rejected_request' },
    rule: 'split_batch',
    isAboutProvider: true,
  },
]

let server: ScriptedServer
let transport: Transport

beforeEach(async () => {
  server = await startScriptedServer()
  transport = createTransport()
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

const compatible = networkKind('openai-compatible')

async function ask(status: number, body: object, headers: Record<string, string> = {}, key?: string | null) {
  server.play((response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  const call = providerCall(compatible, { transport, port: server.port, ...(key === undefined ? {} : { key }) })
  return await adapter(compatible).complete(call, completionRequest())
}

it.each(cases)('$name ($status)', async ({ status, error, headers, expected, rule, isAboutProvider: isForAll }) => {
  const outcome = await ask(status, { error }, headers)
  expect(outcome).toMatchObject({ ok: false, reason: expected })
  if (outcome.ok) return
  expect(retryRule(outcome.reason).kind).toBe(rule)
  expect(isAboutProvider(outcome.reason)).toBe(isForAll)
  expect(outcome.reason.message).not.toMatch(/LiteLLM: model group|\.\./)
})

it('asks a LiteLLM by its preset to stream, and not to try again by itself', async () => {
  const preset = compatiblePresets.find(({ id }) => id === 'litellm')
  server.play((response) => {
    const pieces = [
      { choices: [{ delta: { content: '{}' }, finish_reason: 'stop' }] },
      { choices: [], usage: { cost: 0.25 } },
    ]
    const events = pieces.map((piece) => `data: ${JSON.stringify(piece)}\n\n`).join('')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${events}data: [DONE]\n\n`)
  })
  const config = { ...preset?.config, base_url: `${server.origin}/v1` }
  const call = providerCall(compatible, { transport, port: server.port, config })
  const outcome = await adapter(compatible).complete(call, completionRequest())
  expect(outcome).toMatchObject({ ok: true, value: { text: '{}', costUsd: 0.25 } })
  const [request] = server.requests
  expect(request?.headers['x-litellm-num-retries']).toBe('0')
  expect(JSON.parse(request?.body ?? '')).toMatchObject({ stream: true, stream_options: { include_usage: true } })
})

it('says that a key is wanted where none was sent', async () => {
  const outcome = await ask(401, { error: { message: 'No api key passed in.', type: 'auth_error' } }, {}, null)
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'auth_failed', wantsKey: true } })
  expect(!outcome.ok && outcome.reason.message).toContain('requires a key')
})

it('takes the cost of an answer from the header, and never the parts of it', async () => {
  const answer = { choices: [{ finish_reason: 'stop', message: { content: '{}' } }] }
  const told = await ask(200, answer, {
    'x-litellm-response-cost': '0.0013392',
    'x-litellm-response-cost-original': '9',
  })
  expect(told).toMatchObject({ ok: true, value: { costUsd: 0.0013392 } })
  const small = await ask(200, answer, { 'x-litellm-response-cost': '6.3e-06' })
  expect(small).toMatchObject({ ok: true, value: { costUsd: 6.3e-6 } })
  const untold = await ask(200, answer, { 'x-litellm-response-cost-original': '0.0' })
  expect(untold.ok && 'costUsd' in untold.value).toBe(false)
})

describe('withoutGatewayWords', () => {
  test.each([
    [`litellm.BadRequestError: OpenAIException - Too long.${advice}`, 'Too long.'],
    [
      `litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - 900 tokens.${advice}`,
      '900 tokens.',
    ],
    ['litellm.Timeout: APITimeoutError - Request timed out.', 'APITimeoutError - Request timed out.'],
    ['Error: plain words', 'Error: plain words'],
    ['', ''],
  ])('%s', (message, expected) => {
    expect(withoutGatewayWords(message)).toBe(expected)
  })
})
