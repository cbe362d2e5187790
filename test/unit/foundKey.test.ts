import { describe, expect, test } from 'vitest'
import { listKinds } from '../../server/providers/registry.ts'
import { keyInSetting, kindOfKey } from '../../shared/keys/foundKey.ts'

const kinds = listKinds()

describe('a key is found', () => {
  test.each([
    ['chatgpt.apiKey', 'sk-fake-0123456789abcdef', 'sk-fake-0123456789abcdef'],
    ['Authorization', 'Bearer sk-fake-0123456789abcdef', 'sk-fake-0123456789abcdef'],
    ['X-Api-Key', 'fake.0123456789.abcdefgh', 'fake.0123456789.abcdefgh'],
    ['COHERE_API_KEY', ' FAKE0123456789abcdefghijklmnopqrstuvwxyz ', 'FAKE0123456789abcdefghijklmnopqrstuvwxyz'],
  ])('%s: %s', (name, value, key) => expect(keyInSetting(name, value)).toBe(key))
})

describe('none is found', () => {
  test.each([
    ['apiKey', ''],
    ['apiKey', '$' + '{env:OPENAI_API_KEY}'],
    ['apiKey', '<your-key-0123456789-here>'],
    ['apiKey', 'your key of 2026 comes here'],
    ['apiKey', 'sk-xxxxxxxxxxxxxxxx0123'],
    ['apiKey', 'https://keys.example/0123456789'],
    ['editor.sortKey', 'created_at_2026_desc_nulls'],
    ['model', 'claude-sonnet-4-5-20250929-thinking'],
    ['key_env', 'OPENAI_API_KEY'],
  ])('%s: %s', (name, value) => expect(keyInSetting(name, value)).toBeNull())
})

describe('its kind', () => {
  test.each([
    ['apiKey', 'sk-ant-api03-fake-0123', 'anthropic'],
    ['apiKey', 'sk-or-v1-fake-0123', 'openrouter'],
    ['apiKey', 'sk-proj-fake-0123', 'openai'],
    ['apiKey', 'gsk_fake0123', 'groq'],
    ['googleKey', 'AIzaFAKE0123456789', 'google'],
    ['OPENAI_API_KEY', 'sk-fake-0123', 'openai'],
    ['AZURE_OPENAI_API_KEY', 'fake0123', 'azure'],
    ['continue.openAiApiKey', 'sk-fake-0123', 'openai'],
    ['myTool.mistral.key', 'fake0123', 'mistral'],
    ['DEEPSEEK_API_KEY', 'sk-fake-0123', 'deepseek'],
    ['tool.apiKey', 'sk-fake-0123', null],
    ['GITHUB_TOKEN', 'ghp_fake0123456789', null],
  ])('%s: %s is %s', (name, key, kind) => expect(kindOfKey(name, key, kinds)).toBe(kind))
})
