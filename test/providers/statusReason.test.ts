import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ReasonCode } from '../../protocol/reasons.ts'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import { adapter, completionRequest, networkKinds, providerCall } from '../support/providers/networkKinds.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

// Bodies of other servers than the recorded ones, each with what only it does: facts/providers.md, sections 3 to 14.
const openai: [name: string, status: number, body: unknown, code: ReasonCode, more?: object][] = [
  ['OpenAI, older quota code', 429, { error: { code: 'insufficient_quota' } }, 'quota_exceeded'],
  ['OpenAI, spend limit', 429, { error: { code: 'organization_spend_limit_exceeded' } }, 'quota_exceeded'],
  ['OpenAI, slow down', 429, { error: { code: 'slow_down', type: 'requests' } }, 'rate_limited'],
  ['OpenAI, region', 403, { error: { code: 'unsupported_country_region_territory' } }, 'invalid_response'],
  ['OpenAI, no access', 403, { error: { message: 'not allowed' } }, 'auth_failed'],
  ['OpenAI, policy', 400, { error: { code: 'content_policy_violation' } }, 'content_filtered'],
  ['Azure, filter', 400, { error: { code: 'content_filter', message: 'filtered' } }, 'content_filtered'],
  ['Azure, no deployment', 404, { error: { code: 'DeploymentNotFound', message: 'none' } }, 'model_missing'],
  [
    'Gemini, bad key',
    400,
    [{ error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } }],
    'auth_failed',
  ],
  [
    'Gemini, daily quota',
    429,
    [{ error: { status: 'RESOURCE_EXHAUSTED', details: [{ violations: [{ quotaId: 'GenerateRequestsPerDay' }] }] } }],
    'quota_exceeded',
  ],
  ['Gemini, minute quota', 429, [{ error: { status: 'RESOURCE_EXHAUSTED' } }], 'rate_limited'],
  ['Groq, capacity', 498, { error: { code: 'capacity_exceeded' } }, 'overloaded'],
  [
    'Gemini, no quota for the model',
    429,
    [
      {
        error: { status: 'RESOURCE_EXHAUSTED', details: [{ violations: [{ quotaId: 'PerMinute', quotaValue: '0' }] }] },
      },
    ],
    'quota_exceeded',
  ],
  [
    'Gemini, says when to come back',
    429,
    [{ error: { status: 'RESOURCE_EXHAUSTED', details: [{ '@type': 'x/RetryInfo', retryDelay: '17.5s' }] } }],
    'rate_limited',
    { retryAfterMs: 17_500 },
  ],
  ['Groq, too large for its rate', 413, { error: { code: 'rate_limit_exceeded', type: 'tokens' } }, 'rate_limited'],
  ['Groq, retired model', 400, { error: { code: 'model_decommissioned' } }, 'model_deprecated', { shutdownAt: null }],
  ['Cohere, bad key', 498, { message: 'invalid token' }, 'auth_failed'],
  ['DeepSeek, no credit', 402, { error: { type: 'unknown_error', code: 'invalid_request_error' } }, 'quota_exceeded'],
  [
    'Mistral, unknown model',
    400,
    { object: 'error', type: 'invalid_model', message: 'Invalid model' },
    'model_missing',
  ],
  [
    'Mistral, validation',
    422,
    { detail: [{ loc: ['body', 'top_k'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }] },
    'invalid_response',
    { problem: 'rejected_request', detail: expect.stringContaining('top_k: Extra inputs') },
  ],
  [
    'vLLM, context',
    400,
    { message: "This model's maximum context length is 4096 tokens.", code: 400 },
    'context_too_long',
  ],
  ['llama.cpp, context', 400, { error: { type: 'exceed_context_size_error' } }, 'context_too_long'],
  ['LM Studio, text only', 400, { error: 'Context length of 4096 tokens exceeded' }, 'context_too_long'],
  ['any, too large', 413, '', 'context_too_long'],
  ['any, gone', 410, { error: { message: 'retired' } }, 'model_deprecated'],
  ['a proxy without its server', 502, '<html>Bad gateway</html>', 'provider_unreachable', { cause: 'HTTP 502' }],
  ['a server without its model', 502, { error: { message: 'upstream failed', code: 502 } }, 'overloaded'],
  ['Cloudflare, timeout', 524, '<html></html>', 'timeout', { phase: 'server' }],
  ['a router that knows no such path', 404, { detail: 'Not Found' }, 'invalid_response', { problem: 'not_the_api' }],
  ['another method', 405, { detail: 'Method Not Allowed' }, 'invalid_response', { problem: 'not_the_api' }],
  ['a refusal without an API', 400, 'bad request', 'invalid_response', { problem: 'unexpected_status' }],
  ['another status', 304, '', 'invalid_response', { problem: 'unexpected_status' }],
  ['OpenRouter, 200 with a status in it', 200, { error: { code: 429, message: 'slow' } }, 'rate_limited'],
  ['OpenRouter, 200 with another error', 200, { error: { code: 1234, message: 'odd' } }, 'invalid_response'],
]

const anthropic: typeof openai = [
  ['billing', 402, { error: { type: 'billing_error' } }, 'quota_exceeded'],
  ['contract', 429, { error: { details: { error_code: 'contract_spend_limit_reached' } } }, 'quota_exceeded'],
  ['ramp', 429, { error: { details: { error_code: 'ramp_limit_exceeded' } } }, 'rate_limited'],
  [
    'own spend limit',
    400,
    { error: { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' } },
    'quota_exceeded',
  ],
  ['permission', 403, { error: { type: 'permission_error' } }, 'auth_failed'],
  ['too large', 413, { error: { type: 'request_too_large' } }, 'context_too_long'],
  ['internal', 500, { error: { type: 'api_error' } }, 'overloaded'],
  ['timeout', 504, { error: { type: 'timeout_error' } }, 'timeout', { phase: 'server' }],
  [
    'window exceeded with 200',
    200,
    { type: 'message', content: [{ type: 'text', text: '{' }], stop_reason: 'model_context_window_exceeded' },
    'context_too_long',
  ],
]

const ollama: typeof openai = [
  ['cloud switched off', 403, { error: 'ollama cloud is disabled: remote model is unavailable' }, 'config_invalid'],
  ['another 403', 403, { error: 'forbidden' }, 'auth_failed'],
  ['cloud unreachable', 502, { error: 'upstream error' }, 'provider_unreachable'],
  [
    'other wording of a missing model',
    404,
    { error: 'model "gpt-9" not found, try pulling it first' },
    'model_missing',
  ],
  ['a router without Ollama', 404, '404 page not found', 'invalid_response', { problem: 'not_the_api' }],
  [
    'out of memory',
    500,
    { error: 'model requires more system memory (5.6 GiB) than is available (2.1 GiB)' },
    'invalid_response',
    { problem: 'cannot_serve' },
  ],
  ['error object of a proxy', 500, { error: { message: 'x' } }, 'overloaded'],
  ['cancelled by the server', 499, { error: 'request canceled' }, 'overloaded'],
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

function casesOf(kind: string, rows: typeof openai) {
  return rows.map(([name, status, body, code, more = {}]) => ({ kind, name, status, body, code, more }))
}

const cases = [
  ...casesOf('openai-compatible', openai),
  ...casesOf('anthropic', anthropic),
  ...casesOf('ollama', ollama),
]

it.each(cases)('$kind: $name ($status) is $code', async ({ kind: name, status, body, code, more }) => {
  const kind = networkKinds.find((each) => each.kind === name) as (typeof networkKinds)[number]
  server.play((response) => {
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const outcome = await adapter(kind).complete(
    providerCall(kind, { transport, port: server.port }),
    completionRequest(),
  )
  expect(outcome).toMatchObject({ ok: false, reason: { code, ...more } })
})

it('takes 402 with Retry-After for a limit that passes', async () => {
  const kind = networkKinds.find((each) => each.kind === 'openai-compatible') as (typeof networkKinds)[number]
  server.play((response) => void response.writeHead(402, { 'retry-after': '3' }).end('{"error":{"code":402}}'))
  const outcome = await adapter(kind).complete(
    providerCall(kind, { transport, port: server.port }),
    completionRequest(),
  )
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'rate_limited', retryAfterMs: 3000 } })
})
