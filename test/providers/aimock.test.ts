import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import {
  adapter,
  completionRequest,
  type NetworkKind,
  providerCall,
  recordedAnswer,
  writingKinds,
} from '../support/providers/networkKinds.ts'

// A peer that nobody here wrote, for the happy paths that facts/providers.md §16 found it to get right.
let mock: LLMock
let transport: Transport

beforeAll(async () => {
  mock = new LLMock({ port: 0 })
  mock.onToolCall('score_verdicts', { toolCalls: [{ name: 'score_verdicts', arguments: recordedAnswer }] })
  mock.onMessage(/Rate this item/, { content: recordedAnswer })
  await mock.start()
  transport = createTransport()
})
afterAll(async () => {
  await transport.close()
  await mock.stop()
})

function call(kind: NetworkKind, config = {}) {
  return providerCall(kind, { transport, port: Number(new URL(mock.url).port), config })
}

/** Native lists that aimock does not have, or has in another shape than the real one. */
const lacksList = ['google', 'deepseek', 'azure', 'cohere']

describe.each(writingKinds)('$kind', (kind) => {
  it.each(['schema', 'tool', 'json', 'text'] as const)('completes in mode %s', async (mode) => {
    const { outputModes } = adapter(kind).capabilities
    // What a kind does not offer is told by its capabilities, not left out in silence.
    if (!outputModes.includes(mode)) return expect(outputModes).toContain('text')
    const outcome = await adapter(kind).complete(call(kind), completionRequest({ mode }))
    expect(outcome.ok && JSON.parse(outcome.value.text)).toEqual(JSON.parse(recordedAnswer))
  })

  it('lists models, or tells that its list is not there', async () => {
    const outcome = await adapter(kind).listModels(call(kind))
    if (lacksList.includes(kind.kind)) {
      expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response', problem: 'not_the_api' } })
    } else {
      expect(outcome.ok && outcome.value.length).toBeGreaterThan(0)
    }
  })
})

it('streams over the compatible wire', async () => {
  const kind = writingKinds.find((each) => each.kind === 'openai-compatible') as NetworkKind
  const outcome = await adapter(kind).complete(call(kind, { stream: true }), completionRequest())
  expect(outcome).toMatchObject({ ok: true, value: { text: recordedAnswer } })
})
