import { describe, expect, it } from 'vitest'
import { checkBaseUrl, isLoopback, withPort } from '../../server/providers/endpointRules.ts'
import { listKinds } from '../../server/providers/registry.ts'
import { localizable } from '../../shared/message.ts'
import { adapter, networkKind, networkKinds } from '../support/providers/networkKinds.ts'

describe('checkBaseUrl', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['https://api.openai.com/v1/', 'https://api.openai.com/v1'],
    [' http://localhost:1234/v1// ', 'http://localhost:1234/v1'],
    ['HTTP://LocalHost', 'http://localhost'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://192.168.1.20:65535', 'http://192.168.1.20:65535'],
    ['http://host:1', 'http://host:1'],
    ['http://müller.example', 'http://xn--mller-kva.example'],
  ])('takes %j', (text, url) => {
    expect(checkBaseUrl(text, 'inside')).toEqual({ ok: true, url })
  })

  it.each([
    ['', 'begin with http'],
    ['localhost:1234', 'begin with http'],
    ['ftp://host', 'begin with http'],
    ['file:///etc/passwd', 'begin with http'],
    ['javascript:alert(1)', 'begin with http'],
    ['http://', 'begin with http'],
    ['http:///path', 'begin with http'],
    ['http://user:pass@host', 'user name'],
    ['http://user@host', 'user name'],
    ['http://@host', 'user name'],
    ['http://host/v1?key=1', 'query'],
    ['http://host/v1?', 'query'],
    ['http://host/v1#part', 'fragment'],
    ['http://host:0', 'port'],
    ['http://host:65536', 'port'],
    ['http://host:', 'port'],
    ['http://host:-1', 'port'],
    ['http://host:80a', 'port'],
    ['http://ho st', 'spaces'],
    ['http://host\\@evil.example', 'spaces'],
    ['http://host\n.example', 'spaces'],
    ['http://[::1', 'not a valid address'],
    ['http://999.1.1.1', 'not a valid address'],
  ])('refuses %j', (text, problem) => {
    expect(checkBaseUrl(text, 'inside')).toEqual({
      ok: false,
      problem: { text: expect.stringContaining(problem), values: [] },
    })
  })

  it.each(['http://host:11434', 'http://[::1]:80', 'https://host:443/ollama', 'http://host:80'])(
    'refuses the port of %j where the port is apart',
    (text) => {
      const refused = { ok: false, problem: localizable('the port has a field of its own') }
      expect(checkBaseUrl(text, 'apart')).toEqual(refused)
    },
  )

  it('takes an IPv6 host without a port where the port is apart', () => {
    expect(checkBaseUrl('http://[::1]', 'apart')).toEqual({ ok: true, url: 'http://[::1]' })
  })
})

describe('withPort', () => {
  it.each([
    ['http://localhost', 11434, 'http://localhost:11434'],
    ['https://ollama.com', 443, 'https://ollama.com'],
    ['http://[::1]', 8080, 'http://[::1]:8080'],
    ['http://host/ollama', 8080, 'http://host:8080/ollama'],
  ])('joins %s and %i', (base, port, endpoint) => {
    expect(withPort(base, port)).toBe(endpoint)
  })
})

describe('isLoopback', () => {
  it.each([
    ['http://localhost:1', true],
    ['http://api.localhost', true],
    ['http://localhost.', true],
    ['http://127.0.0.1', true],
    ['http://127.9.9.9', true],
    ['http://0x7f.1', true],
    ['http://[::1]', true],
    ['http://localhost.evil.example', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://192.168.1.2', false],
    ['http://10.0.0.1', false],
  ])('%s: %j', (endpoint, expected) => {
    expect(isLoopback(endpoint)).toBe(expected)
  })
})

describe('settings of the kinds', () => {
  it.each(networkKinds)('$kind refuses what it does not know, and bad names of variables', (kind) => {
    const { configSchema } = adapter(kind)
    const good = kind.config('127.0.0.1', 8080)
    expect(configSchema.safeParse(good).success).toBe(true)
    expect(configSchema.safeParse({ ...good, base_ulr: 'x' }).success).toBe(false)
    expect(configSchema.safeParse({ ...good, base_url: 'http://u:p@host' }).success).toBe(false)
    for (const key_env of ['', 'A B', '1A', 'A=B', 'Ä']) {
      expect(configSchema.safeParse({ ...good, key_env }).success).toBe(false)
    }
  })

  it('stores no key in any field, and shows none that the product sets', () => {
    for (const { fields } of listKinds()) {
      expect(fields.map(({ name }) => name)).not.toContain('key_origin')
      expect(fields.map(({ name }) => name)).not.toContain('key')
      for (const field of fields) expect(field.title).not.toBe(field.name)
    }
  })

  it('has the fields of ollama to the letter, with their defaults', () => {
    const fields = listKinds().find(({ kind }) => kind === 'ollama')?.fields ?? []
    expect(Object.fromEntries(fields.map((field) => [field.name, [field.type, field.default]]))).toEqual({
      base_url: ['string', 'http://localhost'],
      port: ['integer', 11434],
      categorization_model: ['string', null],
      scoring_model: ['string', null],
      use_separate_models: ['boolean', false],
      thinking: ['boolean', false],
      key_env: ['string', undefined],
      daily_cap_usd: ['number', undefined],
      'price.input': ['number', undefined],
      'price.output': ['number', undefined],
      'price.cached_input': ['number', undefined],
      'price.batch_input': ['number', undefined],
      'price.batch_output': ['number', undefined],
      allow_plain_http: ['boolean', false],
    })
  })

  it.each([
    [{ categorization_model: 'a', scoring_model: 'b', use_separate_models: true }, 'a', 'b'],
    [{ categorization_model: 'a', scoring_model: 'b', use_separate_models: false }, 'a', 'a'],
    [{ categorization_model: 'a', scoring_model: null, use_separate_models: true }, 'a', 'a'],
    [{}, null, null],
  ])('chooses the models of ollama by task (%j)', (config, categorization, scoring) => {
    const ollama = adapter(networkKind('ollama'))
    const parsed = ollama.configSchema.parse(config)
    expect(ollama.defaultModel(parsed, 'categorization')).toBe(categorization)
    expect(ollama.defaultModel(parsed, 'scoring')).toBe(scoring)
  })
})
