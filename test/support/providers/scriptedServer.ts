import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** What the server does with a request, once it has read it whole. Not ending the response leaves the client waiting. */
export type Script = (response: ServerResponse, request: ReceivedRequest) => void | Promise<void>

export interface ScriptedServer {
  readonly origin: string
  readonly port: number
  readonly requests: readonly ReceivedRequest[]
  /** Replaces what happens to requests from now on. */
  play(script: Script): void
  /** Resolves when the next request has arrived. */
  nextRequest(): Promise<ReceivedRequest>
  /** Resolves when no client is connected any more: what was given up must have freed its socket. */
  deserted(): Promise<void>
  close(): Promise<void>
}

/** A server that misbehaves as told. It has no clock of its own but for scripts that bring one. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = []
  const sockets = new Set<Socket>()
  let arrivals: ((request: ReceivedRequest) => void)[] = []
  let departures: (() => void)[] = []
  let script: Script = (response) => void response.writeHead(500).end()

  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const request = { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body }
    requests.push(request)
    for (const resolve of arrivals) resolve(request)
    arrivals = []
    await script(response, request)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const resolve of departures) resolve()
      departures = []
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    play: (next) => {
      script = next
    },
    nextRequest: () => new Promise((resolve) => arrivals.push(resolve)),
    deserted: () => new Promise((resolve) => (sockets.size === 0 ? resolve() : departures.push(resolve))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
