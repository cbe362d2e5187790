import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FakeModelServer, startFakeModelServer } from '../providers/fakeModelServer.ts'

/** A server that speaks as OpenRouter does: its list of models has prices, and its answers come from the fake behind it. */
export interface PricedServer {
  /** With /v1. */
  url: string
  models: FakeModelServer
  close(): Promise<void>
}

/** What a call of the fake takes, whatever it is asked: see wires.ts. */
export const tokensOfCall = { input: 1000, output: 20 }

/** `pricing` is in US dollars a token, as that list has it. */
export async function startPricedServer(pricing: { prompt: string; completion: string }): Promise<PricedServer> {
  const models = await startFakeModelServer({ models: ['gpt-4o-mini'] })
  const lists: Record<string, unknown> = {
    '/v1/key': { data: { limit_remaining: null } },
    '/v1/models': { data: [{ id: 'priced', name: 'Priced', pricing, architecture: { output_modalities: ['text'] } }] },
    '/v1/embeddings/models': { data: [] },
  }
  const server = createServer((request, response) => {
    const list = lists[request.url ?? '']
    if (list) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(list))
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const answer = await fetch(`${models.origin}${request.url}`, { method: 'POST', body: Buffer.concat(chunks) })
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
      response.end(await answer.text())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    models,
    async close() {
      await models.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}
