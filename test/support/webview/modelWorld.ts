import type { TestServer } from '../protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../providers/scriptedServer.ts'

/** A hosted provider's list in which one model's end is announced, together with what replaces it. */
export async function startEndingModels(): Promise<ScriptedServer> {
  const hosted = await startScriptedServer()
  const model = (id: string, more: object = {}) => ({
    ...{ id, object: 'model', name: id, max_context_length: 131072, capabilities: { completion_chat: true } },
    ...{ deprecation: null, deprecation_replacement_model: null, ...more },
  })
  hosted.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        object: 'list',
        data: [
          model('old-chat', { deprecation: '2027-03-01T00:00:00Z', deprecation_replacement_model: 'new-chat' }),
          model('new-chat'),
          model('old-embed', { capabilities: {} }),
        ],
      }),
    )
  })
  return hosted
}

/** As its person has set it up and tested it: the list is there. */
export async function connectHosted(
  server: TestServer,
  hosted: ScriptedServer,
  keys: Map<string, { key: string; origin: string }>,
): Promise<void> {
  keys.set('lab', { key: 'sk-fake-lab', origin: hosted.origin })
  await server.request('provider/save', {
    provider: 'lab',
    kind: 'mistral',
    config: { base_url: `${hosted.origin}/v1` },
  })
  await server.request('provider/test', { provider: 'lab' })
}
