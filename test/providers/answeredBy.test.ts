import { expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import { recorded } from '../support/providers/recordedBodies.ts'

const harness = useHarness()

async function answeredBy(model: unknown, headers: Record<string, string>) {
  harness.server.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ ...(recorded('openai-compatible', 'ok').body as object), model }))
  })
  const outcome = await harness.complete('openai-compatible', { model: 'prim' })
  return outcome.ok ? outcome.value.answeredBy : outcome
}

it.each<[what: string, model: unknown, headers: Record<string, string>, expected: unknown]>([
  ['the model that was asked', 'prim', {}, undefined],
  ['no word', undefined, {}, undefined],
  ['the same by a longer name', 'prim:latest', {}, undefined],
  ['no fallback that was needed', 'prim', { 'x-litellm-attempted-fallbacks': '0' }, undefined],
  ['a dated name', 'prim-2026-01-01', {}, { model: 'prim-2026-01-01', isFallback: false }],
  [
    'a fallback of LiteLLM',
    'second-1',
    { 'x-litellm-attempted-fallbacks': '1', 'x-litellm-model-group': 'second' },
    { model: 'second-1', isFallback: true },
  ],
  [
    'a fallback that the body hides',
    'prim',
    { 'x-litellm-attempted-fallbacks': '2', 'x-litellm-model-group': 'second' },
    { model: 'second', isFallback: true },
  ],
  ['a fallback of nobody knows what', 'prim', { 'cf-aig-step': '1' }, { model: null, isFallback: true }],
  [
    'another target',
    'x',
    { 'x-portkey-last-used-option-index': 'config.targets[1]' },
    { model: 'x', isFallback: true },
  ],
])('tells who answered: %s', async (_what, model, headers, expected) => {
  expect(await answeredBy(model, headers)).toEqual(expected)
})
