import { expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import { recordedAnswer } from '../support/providers/networkKinds.ts'

const harness = useHarness()

/** Refuses schemas, and answers everything else in prose. */
function playLlamaCpp(props: object) {
  harness.server.play((response, { path, body }) => {
    const isRefused = body.includes('json_schema')
    response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json', server: 'llama.cpp' })
    const message = { role: 'assistant', content: recordedAnswer }
    const refusal = { error: { code: 400, message: 'failed to parse grammar', type: 'invalid_request_error' } }
    const answer = { choices: [{ index: 0, message, finish_reason: 'stop' }] }
    response.end(JSON.stringify(path.endsWith('/props') ? props : isRefused ? refusal : answer))
  })
}

it.each([
  [false, { ok: false, reason: { code: 'invalid_response', problem: 'rejected_request' } }, 0],
  [true, { ok: true }, 2],
])(
  'asks llama.cpp for a tool call only where its template knows tools: %s',
  async (supports_tools, expected, calls) => {
    // An address of its own: what was said of one is remembered.
    const config = { base_url: `${harness.server.origin}/${supports_tools}/v1` }
    const complete = (mode: 'schema' | 'tool') => harness.complete('openai-compatible', { mode }, { config })
    playLlamaCpp({ chat_template_caps: { supports_tools } })
    await complete('schema')
    const before = harness.server.requests.length
    expect(await complete('tool')).toMatchObject(expected)
    await complete('tool')
    const after = harness.server.requests.slice(before).map(({ path }) => path)
    expect(after.filter((path) => path.endsWith('/props'))).toHaveLength(1)
    expect(after.filter((path) => path.endsWith('/chat/completions'))).toHaveLength(calls)
  },
)
