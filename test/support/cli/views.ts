import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'

const at = '2026-11-21T11:00:00.000Z'

/** A provider as the server shows it, with a key that is kept by the client. */
export function providerView(changes: Partial<ProviderView> = {}): ProviderView {
  return {
    provider: 'work',
    kind: 'openai',
    kindLabel: 'OpenAI',
    enabled: true,
    config: {},
    endpoint: 'https://api.example/v1',
    key: 'unknown',
    health: { state: 'unknown', reason: null, latencyMs: null, version: null, checkedAt: null },
    models: { state: 'never', models: [], listedAt: null },
    reason: null,
    updatedAt: at,
    ...changes,
  }
}

export function kindInfo(changes: Partial<KindInfo> = {}): KindInfo {
  return {
    kind: 'openai',
    label: 'OpenAI',
    description: '',
    key: { need: 'required', customaryVariable: 'OPENAI_API_KEY', obtainAt: null },
    defaultEndpoint: 'https://api.example/v1',
    embeddings: true,
    decisions: false,
    modelParameters: { generation: [], embedding: [], decision: [], ner: [] },
    canPull: false,
    fields: [],
    presets: [],
    ...changes,
  }
}
