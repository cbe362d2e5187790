import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { retryRule } from '../../server/domain/retryRules.ts'
import { nearbyBaseUrls, withOtherProtocol } from '../../server/health/findAddress.ts'
import { trustedAuthorities } from '../../server/providers/connections.ts'
import { createTransport } from '../../server/providers/transport.ts'
import { failureOfSocketError } from '../../server/providers/transportFailure.ts'
import { localServer } from '../../shared/describe/localServer.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { adapter, completionRequest, networkKind, providerCall } from '../support/providers/networkKinds.ts'

describe('a failed connection', () => {
  test.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate_untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate_untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate_untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate_untrusted'],
    ['CERT_REVOKED', 'certificate_untrusted'],
    ['CERT_HAS_EXPIRED', 'certificate_expired'],
    ['CERT_NOT_YET_VALID', 'certificate_expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate_host'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'speaks_http'],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'http2_only'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_failed'],
    ['EPROTO', 'tls_failed'],
  ])('%s is told as %s, and not tried again', (code, obstacle) => {
    const failure = failureOfSocketError(new Error('x', { cause: Object.assign(new Error('y'), { code }) }), 0)
    expect(failure).toEqual({ kind: 'unreachable', cause: code, obstacle })
    const facts = {
      code: 'provider_unreachable',
      provider: 'p',
      endpoint: 'https://models.example',
      cause: code,
      obstacle,
    } as const
    const reason = explainReason(facts as Parameters<typeof explainReason>[0])
    expect(retryRule(reason)).toEqual({ kind: 'stop_run' })
    expect(reason.action.id).not.toBe('testConnection')
    expect(reason.message).not.toContain('{')
  })

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EHOSTUNREACH'])('%s may pass', (code) => {
    const failure = failureOfSocketError(Object.assign(new Error('x'), { code }), 0)
    expect(failure).toEqual({ kind: 'unreachable', cause: code })
  })
})

describe('over a proxy', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  })

  async function askThrough(answer: string | null): Promise<unknown> {
    const proxy = createServer()
    if (answer !== null) proxy.on('connect', (_, socket) => socket.end(answer))
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready))
    const { port } = proxy.address() as AddressInfo
    if (answer === null) await new Promise((closed) => proxy.close(closed))
    else servers.push(proxy)
    const transport = createTransport({ environment: { HTTPS_PROXY: `http://user:secret@127.0.0.1:${port}` } })
    const kind = networkKind('openai-compatible')
    const config = { base_url: 'https://models.example/v1' }
    const outcome = await adapter(kind).complete(
      providerCall(kind, { transport, port: 1, config }),
      completionRequest(),
    )
    await transport.close()
    expect(JSON.stringify(outcome)).not.toContain('secret')
    return outcome
  }

  it.each([
    [
      'a user is wanted',
      'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n',
      'proxy_login',
      'HTTP 407',
    ],
    ['the way is refused', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n', 'proxy_refused', 'HTTP 403'],
    ['nobody is there', null, 'proxy_unreachable', 'ECONNREFUSED'],
  ])('%s', async (_, answer, obstacle, cause) => {
    expect(await askThrough(answer)).toMatchObject({
      ok: false,
      reason: {
        code: 'provider_unreachable',
        obstacle,
        cause,
        proxy: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        action: { id: 'fixConnection' },
      },
    })
  })
})

describe('an address that is nearly right', () => {
  test.each([
    ['http://h:1', ['http://h:1/v1']],
    ['http://h:1/v1', ['http://h:1']],
    ['http://h:1/v1/chat/completions', ['http://h:1/v1', 'http://h:1']],
    ['http://h:1/v1/models', ['http://h:1/v1', 'http://h:1']],
    ['http://h:1/v1/messages', ['http://h:1/v1', 'http://h:1']],
    ['http://h:1/chat/completions', ['http://h:1', 'http://h:1/v1']],
    ['http://h:1/gateway', ['http://h:1/gateway/v1']],
    ['http://h:1/v1/v1', ['http://h:1/v1']],
    ['https://h/v1beta', ['https://h']],
  ])('%s', (address, expected) => {
    expect(nearbyBaseUrls(address)).toEqual(expected)
  })

  test('never leads to another origin', () => {
    for (const each of nearbyBaseUrls('https://h.example:8443/v1/responses')) {
      expect(new URL(each).origin).toBe('https://h.example:8443')
    }
  })

  test('has another protocol', () => {
    expect(withOtherProtocol('http://h:1/v1')).toBe('https://h:1/v1')
    expect(withOtherProtocol('https://h:1')).toBe('http://h:1')
  })
})

test.each([
  ['http://localhost:11434', 'ollama serve'],
  ['http://127.0.0.1:8080/v1', 'llama-server -m MODEL.gguf'],
  ['http://[::1]:1234/v1', 'lms server start'],
  ['http://localhost:4000/v1', 'litellm --config config.yaml'],
  ['http://localhost:9999/v1', undefined],
  ['http://box.example:11434', undefined],
  ['https://localhost.evil.example:8080', undefined],
])('what is meant to run at %s', (endpoint, command) => {
  expect(localServer({ endpoint })?.command).toBe(command)
})

test.each([
  [
    'my-ollama',
    'http://localhost:5555',
    'ollama' as const,
    /Ollama is not running\. Start the Ollama app, or run "OLLAMA_HOST=127\.0\.0\.1:5555 ollama serve"\.$/,
  ],
  [
    'lm-studio-2',
    'http://localhost:5555/v1',
    undefined,
    /LM Studio is not running\. Start the server in LM Studio's Developer tab, or run "lms server start --port 5555"\.$/,
  ],
  ['work', 'http://127.0.0.1:8000/v1', undefined, /vLLM is not running\. Run "vllm serve MODEL"\.$/],
])('a refused connection says how %s is started, and looks again', (provider, endpoint, server, sentence) => {
  const facts = { code: 'provider_unreachable' as const, provider, endpoint, cause: 'ECONNREFUSED' }
  const { message, action } = explainReason({ ...facts, ...(server ? { server } : {}) })
  expect(message).toMatch(sentence)
  expect(action).toEqual({ id: 'testConnection', label: 'Look again' })
  expect(explainReason({ ...facts, cause: 'ENOTFOUND' }).action.label).toBe('Test the connection')
})

test('the authorities of the system are trusted only where that is said', () => {
  expect(trustedAuthorities({})).toBeUndefined()
  expect(trustedAuthorities({ NODE_USE_SYSTEM_CA: '0' })).toBeUndefined()
  const authorities = trustedAuthorities({ NODE_USE_SYSTEM_CA: '1' })
  expect(authorities?.length).toBeGreaterThan(0)
  expect(authorities?.[0]).toContain('BEGIN CERTIFICATE')
})
