import { describe, expect, test } from 'vitest'
import { UsageError } from '../../cli/invocation/usageError.ts'
import { parseSettings, parseVariableName } from '../../cli/providers/configValues.ts'
import type { ConfigField, KindInfo } from '../../protocol/providers.ts'

function field(name: string, type: ConfigField['type'], values?: string[]): ConfigField {
  return { name, title: name, description: '', type, required: false, ...(values ? { values } : {}) }
}

const kind: KindInfo = {
  kind: 'example',
  label: 'Example',
  description: '',
  key: { need: 'optional', customaryVariable: null, obtainAt: null },
  defaultEndpoint: null,
  embeddings: false,
  decisions: false,
  modelParameters: { generation: [], embedding: [], decision: [], ner: [] },
  canPull: false,
  presets: [],
  fields: [
    field('base_url', 'string'),
    field('port', 'integer'),
    field('share', 'number'),
    field('use_separate_models', 'boolean'),
    field('thinking', 'enum', ['low', 'high']),
    field('key_env', 'string'),
    field('max_tokens', 'integer'),
  ],
}

test.each([
  ['base_url=http://a.example/?x=1', { base_url: 'http://a.example/?x=1' }],
  ['port=11500', { port: 11500 }],
  ['port=-1', { port: -1 }],
  ['share=0.5', { share: 0.5 }],
  ['use_separate_models=yes', { use_separate_models: true }],
  ['use_separate_models=OFF', { use_separate_models: false }],
  ['thinking=low', { thinking: 'low' }],
  ['key_env=MY_KEY', { key_env: 'MY_KEY' }],
])('%s is typed as its field says', (word, config) => {
  expect(parseSettings([word], kind)).toEqual(config)
})

test('the rest of the settings stays, an empty value goes back to the default', () => {
  expect(parseSettings(['port=', 'share=2'], kind, { port: 1, base_url: 'x' })).toEqual({ base_url: 'x', share: 2 })
})

describe('is refused', () => {
  test.each([
    ['nonsense', 'A setting is given as KEY=VALUE'],
    ['=x', 'A setting is given as KEY=VALUE'],
    ['prot=1', 'The kind example has no setting "prot"; its settings are base_url, port, share'],
    ['__proto__=1', 'has no setting "__proto__"'],
    ['port=1.5', 'port takes a whole number, not "1.5"'],
    ['port=eight', 'port takes a whole number'],
    ['share=', null],
    ['share=NaN', 'share takes a number'],
    ['use_separate_models=maybe', 'takes true or false'],
    ['thinking=medium', 'takes one of low, high'],
  ])('%s', (word, message) => {
    if (message === null) expect(parseSettings([word], kind)).toEqual({})
    else expect(() => parseSettings([word], kind)).toThrow(message)
  })

  test.each([
    'api_key=sk-fake-0000000000000000',
    'apikey=fake',
    'token=fake',
    'password=fake',
    'base_url=sk-fake-0000000000000000000000',
    'base_url=Bearer fake0000000000000000',
  ])('what looks like a key, without repeating it: %s', (word) => {
    const value = word.slice(word.indexOf('=') + 1)
    let message = ''
    try {
      parseSettings([word], kind)
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      message = (error as Error).message
    }
    expect(message).toContain('--key-env NAME')
    expect(message).not.toContain(value)
  })

  test.each(['sk-fake-000', 'two words', '', '1KEY', 'ghp_0000000000000000000000'])(
    'a key instead of the name of a variable: %s',
    (name) => {
      expect(() => parseVariableName(name)).toThrow('--key-env takes the name of an environment variable')
    },
  )
})

test('a name is a name', () => {
  expect(parseVariableName('OPENAI_API_KEY')).toBe('OPENAI_API_KEY')
})

test('a setting about tokens that are no secrets can be set', () => {
  expect(parseSettings(['max_tokens=100'], kind)).toEqual({ max_tokens: 100 })
})
