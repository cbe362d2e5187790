import type { TestServer } from '../protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../providers/scriptedServer.ts'

/** A hosted provider that lists what it is told to. */
export async function startListing(models: readonly (string | ListedModel)[]): Promise<ScriptedServer> {
  const hosted = await startScriptedServer()
  const data = models.map((model) => ({ ...plain, ...(typeof model === 'string' ? { id: model } : model) }))
  hosted.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', data }))
  })
  return hosted
}

type ListedModel = { id: string } & Partial<typeof plain>
const plain = {
  object: 'model',
  max_context_length: 131072,
  capabilities: { completion_chat: true },
  deprecation: null as string | null,
  deprecation_replacement_model: null as string | null,
}

/** One model's end is announced, together with what replaces it. */
export const startEndingModels = () =>
  startListing([
    { id: 'old-chat', deprecation: '2027-03-01T00:00:00Z', deprecation_replacement_model: 'new-chat' },
    'new-chat',
    'old-embed',
  ])

/** Its person has set it up. */
const saveLab = (server: TestServer, hosted: ScriptedServer) =>
  server.request('provider/save', { provider: 'lab', kind: 'mistral', config: { base_url: `${hosted.origin}/v1` } })

/** And tested it: the list is there. */
export async function connectHosted(
  server: TestServer,
  hosted: ScriptedServer,
  keys: Map<string, { key: string; origin: string }>,
): Promise<void> {
  keys.set('lab', { key: 'sk-fake-lab', origin: hosted.origin })
  await saveLab(server, hosted)
  await server.request('provider/test', { provider: 'lab' })
}
