import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import { adapter, networkKind, providerCall } from '../support/providers/networkKinds.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

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

const entry = (id: string, created = 1_677_610_602) => ({ id, object: 'model', created, owned_by: 'openai' })
const compatible = networkKind('openai-compatible')

/** Answers by path; what is not there is a 404. */
function serve(answers: Record<string, unknown>): string[] {
  const asked: string[] = []
  server.play((response, request) => {
    asked.push(request.path)
    const answer = answers[request.path]
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { detail: 'Not Found' }))
  })
  return asked
}

const check = () => adapter(compatible).check(providerCall(compatible, { transport, port: server.port }))

it('takes prices and limits of a LiteLLM from its groups, and knows that wildcards are in no list', async () => {
  serve({
    '/v1/models': { data: [entry('priced'), entry('unpriced'), entry('free')] },
    '/model_group/info': {
      data: [
        { model_group: 'priced', input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, max_input_tokens: 3000 },
        { model_group: 'unpriced', input_cost_per_token: null, output_cost_per_token: null },
        { model_group: 'free', input_cost_per_token: 0, output_cost_per_token: 0 },
      ],
    },
    '/v1/models?return_wildcard_routes=true': { data: [entry('priced'), entry('openai/*')] },
  })
  expect(await check()).toMatchObject({
    ok: true,
    value: {
      isListPartial: true,
      models: [
        { model: 'priced', pricing: { input: 1, output: 2 }, contextTokens: 3000 },
        { model: 'unpriced' },
        { model: 'free' },
      ],
    },
  })
  const found = await check()
  expect(found.ok && found.value.models.filter(({ pricing }) => pricing !== undefined)).toHaveLength(1)
})

it('leaves the list as it is where the gateway says no more', async () => {
  serve({ '/v1/models': { data: [entry('good')] } })
  const found = await check()
  expect(found).toMatchObject({ ok: true, value: { models: [{ model: 'good' }] } })
  expect(found.ok && found.value.isListPartial).toBeFalsy()
})

it('asks no other server for prices', async () => {
  const asked = serve({ '/v1/models': { data: [entry('qwen3', 1_796_010_364)] } })
  await check()
  expect(asked).toEqual(['/v1/models'])
})
