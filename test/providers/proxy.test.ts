import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { proxyFor } from '../../server/providers/proxyRules.ts'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

describe('proxyFor', () => {
  const proxy = 'http://proxy.example:3128'
  const cases: [name: string, url: string, environment: Record<string, string>, expected: string | null][] = [
    ['nothing named', 'https://api.example/v1', {}, null],
    ['https by its own variable', 'https://api.example/', { HTTPS_PROXY: proxy }, proxy],
    ['https by the one for http', 'https://api.example/', { HTTP_PROXY: proxy }, proxy],
    ['http by its own only', 'http://api.example/', { HTTPS_PROXY: proxy }, null],
    ['lower case first', 'https://api.example/', { https_proxy: proxy, HTTPS_PROXY: 'http://other:1' }, proxy],
    ['a proxy without a scheme', 'https://api.example/', { HTTPS_PROXY: 'proxy.example:3128' }, proxy],
    ['a kind of proxy that is not known', 'https://api.example/', { HTTPS_PROXY: 'socks5://proxy.example:1' }, null],
    ['nonsense', 'https://api.example/', { HTTPS_PROXY: 'http://' }, null],
    ['an exception by name', 'https://api.example/', { HTTPS_PROXY: proxy, NO_PROXY: 'x, api.example' }, null],
    ['an exception by domain', 'https://a.b.example/', { HTTPS_PROXY: proxy, NO_PROXY: '.b.example' }, null],
    ['an exception by star', 'https://a.b.example/', { HTTPS_PROXY: proxy, NO_PROXY: '*.example' }, null],
    ['an exception for all', 'https://api.example/', { HTTPS_PROXY: proxy, no_proxy: '*' }, null],
    ['an exception for a port', 'https://api.example/', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:443' }, null],
    [
      'an exception for another port',
      'https://api.example/',
      { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:80' },
      proxy,
    ],
    [
      'an exception for part of a name',
      'https://myapi.example/',
      { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' },
      proxy,
    ],
    ['an IPv6 exception', 'https://[2001:db8::1]/', { HTTPS_PROXY: proxy, NO_PROXY: '[2001:db8::1]' }, null],
    ['localhost', 'http://localhost:11434/', { HTTP_PROXY: proxy }, null],
    ['127.0.0.1', 'http://127.0.0.1:11434/', { HTTP_PROXY: proxy }, null],
    ['::1', 'http://[::1]:11434/', { HTTP_PROXY: proxy }, null],
  ]
  it.each(cases)('%s', (_, url, environment, expected) => {
    expect(proxyFor(new URL(url), environment)?.origin ?? null).toBe(expected)
  })
})

describe('through a proxy', () => {
  let target: ScriptedServer
  let proxy: Server
  let asked: string[]
  let sockets: Socket[]
  let transport: Transport

  beforeEach(async () => {
    target = await startScriptedServer()
    target.play((response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'))
    asked = []
    sockets = []
    proxy = createServer()
    // Only this proxy knows where models.example is.
    proxy.on('connect', (request, client: Socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
      const server = connect(target.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(server).pipe(client)
      })
      for (const socket of [client, server]) sockets.push(socket.on('error', () => {}))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    transport = createTransport({
      environment: { HTTP_PROXY: `http://user:pass%21@127.0.0.1:${port}`, NO_PROXY: 'direct.example' },
      resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    })
  })
  afterEach(async () => {
    await transport.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
    await target.close()
  })

  const open = () => transport.open({ signal: new AbortController().signal, secrets: [] })

  it('a call reaches a name that only the proxy knows', async () => {
    const exchange = open()
    const response = await exchange.fetch('http://models.example:8000/v1/models')
    expect(await response.json()).toEqual({ ok: true })
    expect(asked).toEqual([`models.example:8000 Basic ${Buffer.from('user:pass!').toString('base64')}`])
    expect(target.requests[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('this machine is not asked for', async () => {
    const response = await open().fetch(`${target.origin}/v1/models`)
    expect(response.status).toBe(200)
    expect(asked).toEqual([])
  })

  it('an exception is not asked for', async () => {
    const exchange = open()
    await expect(exchange.fetch('http://direct.example:8000/')).rejects.toThrow('transport: unreachable')
    expect(exchange.facts.failure).toEqual({ kind: 'unreachable', cause: 'ENOTFOUND' })
    expect(asked).toEqual([])
  })

  it.each([
    'http://169.254.169.254/latest',
    'http://metadata.google.internal/',
    'http://[fd00:ec2::254]/',
    // The proxy would look these up, where nobody here sees what they lead to.
    'http://169.254.169.254.nip.io/latest',
    'http://169-254-169-254.sslip.io/latest',
  ])('a machine’s credentials are not asked for (%s)', async (url) => {
    const exchange = open()
    await expect(exchange.fetch(url)).rejects.toThrow('transport: blocked_address')
    expect(asked).toEqual([])
  })

  it('that is gone, the call fails with its cause and without the password', async () => {
    await new Promise((resolve) => proxy.close(resolve))
    const exchange = open()
    await expect(exchange.fetch('http://models.example:8000/')).rejects.toThrow('transport: unreachable')
    expect(JSON.stringify(exchange.facts)).not.toContain('pass')
    expect(exchange.facts.failure).toEqual({
      kind: 'unreachable',
      cause: 'ECONNREFUSED',
      obstacle: 'proxy_unreachable',
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })
})
