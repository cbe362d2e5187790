import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Places that ought to answer and do not, each in its own way. */
export interface DeadEndpoints {
  /** Base URLs by what is wrong with them. */
  urls: Record<string, string>
  /** Resolves when every one that can be reached was asked. */
  asked: Promise<void>
  /** How many questions are still without an answer. */
  hanging(): number
  close(): Promise<void>
}

type Behave = (socket: Socket) => void

/** Answers the head of a list and nothing more. */
const hangInBody: Behave = (socket) =>
  void socket.write(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"object":"list",',
  )

const behaviours: Record<string, Behave> = {
  'hangs before headers': () => {},
  'hangs before headers, too': () => {},
  'hangs in the headers': (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/js'),
  'hangs in the body': hangInBody,
  'hangs in the body, too': hangInBody,
  'cuts the connection': (socket) => void socket.destroy(),
  'speaks another protocol': (socket) => void socket.end('220 mail.example ESMTP\r\n'),
}

/** Nine of them: seven on ports of this machine, one port that nobody listens on, one name that does not exist. */
export async function startDeadEndpoints(): Promise<DeadEndpoints> {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const urls: Record<string, string> = {}
  const waiting = new Set(Object.keys(behaviours))
  let resolveAsked = (): void => {}
  const asked = new Promise<void>((resolve) => {
    resolveAsked = resolve
  })
  for (const [name, behave] of Object.entries(behaviours)) {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
      socket.once('data', () => {
        behave(socket)
        waiting.delete(name)
        if (waiting.size === 0) resolveAsked()
      })
    })
    servers.push(server)
    urls[name] = `http://127.0.0.1:${await listen(server)}/v1`
  }
  urls['refuses connections'] = `http://127.0.0.1:${await closedPort()}/v1`
  // Reserved by RFC 6761: no resolver may know it.
  urls['has no address'] = 'http://nobody.invalid/v1'
  return {
    urls,
    asked,
    hanging: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function closedPort(): Promise<number> {
  const server = createHttpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
