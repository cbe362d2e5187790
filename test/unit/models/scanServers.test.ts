import { describe, expect, it } from 'vitest'
import { configFor } from '../../../server/models/scanServers.ts'
import { adapterOf } from '../../../server/providers/registry.ts'

describe('the settings to add a server with that was found', () => {
  it.each([
    ['ollama', null, 'http://localhost:11434', {}],
    ['ollama', null, 'http://127.0.0.1:11434', { base_url: 'http://127.0.0.1', port: 11434 }],
    ['openai-compatible', null, 'http://localhost:9000/v1', { base_url: 'http://localhost:9000/v1' }],
    [
      'openai-compatible',
      'llama-cpp',
      'http://localhost:8080/v1',
      { base_url: 'http://localhost:8080/v1', stream: true },
    ],
    ['openai-compatible', 'llama-cpp', 'http://localhost:9/v1', { base_url: 'http://localhost:9/v1', stream: true }],
  ])('of %s with the preset %s at %s lead there', (kind, preset, endpoint, config) => {
    const adapter = adapterOf(kind)
    if (!adapter) throw new Error(`no kind ${kind}`)
    expect(configFor(adapter, { preset, endpoint })).toEqual(config)
    expect(adapter.endpoint(adapter.configSchema.parse(config))).toBe(endpoint)
  })
})
