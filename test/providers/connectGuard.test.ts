import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  assertAllowedName,
  BlockedAddressError,
  resolveAllowed,
  whyBlocked,
} from '../../server/providers/connectGuard.ts'
import { createTransport } from '../../server/providers/transport.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

describe('whyBlocked', () => {
  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'FD00:0EC2:0:0:0:0:0:254',
    'ff02::1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '::ffff:0:a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::ffff:100.100.100.200',
    'fd00:ec2::23',
    'fd00:ec2:0:0::253',
    '2001:0:4136:e378:8000:63bf:5601:5601',
    '2001::5601:5601',
    'fd12::200:5efe:169.254.169.254',
    'not an address',
  ])('blocks %s', (address) => {
    expect(whyBlocked(address)).not.toBeNull()
  })

  it.each([
    '127.0.0.1',
    '127.255.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '10.0.0.5',
    '172.16.0.1',
    '192.168.1.20',
    '100.64.0.1',
    'fd12:3456::1',
    '8.8.8.8',
    '2606:4700::1111',
    '64:ff9b::808:808',
    '2001:0:4136:e378:8000:63bf:f7f7:f7f7',
    'fd00:ec3::23',
  ])('allows %s', (address) => {
    expect(whyBlocked(address)).toBeNull()
  })
})

describe('resolveAllowed', () => {
  const leadsTo =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'api.localhost'])('knows %s without asking', async (name) => {
    const addresses = await resolveAllowed(name, leadsTo('169.254.169.254'))
    expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '::1'])
  })

  it('condemns a name for one bad address among good ones', async () => {
    const resolving = resolveAllowed('models.example', leadsTo('8.8.8.8', '::ffff:a9fe:a9fe'))
    await expect(resolving).rejects.toBeInstanceOf(BlockedAddressError)
  })

  it.each(['metadata.google.internal', 'Metadata.Google.Internal.'])('refuses %s wherever it leads', async (name) => {
    await expect(resolveAllowed(name, leadsTo('10.0.0.1'))).rejects.toBeInstanceOf(BlockedAddressError)
  })
})

describe('a name that a proxy will resolve', () => {
  it.each([
    'metadata.google.internal',
    '169.254.169.254.nip.io',
    '169-254-169-254.sslip.io',
    'x.169-254-169-254.y.example',
    'a9fea9fe.nip.io',
    'A9FEA9FE.nip.io',
    '0.0.0.0.nip.io',
    '100.100.100.200.nip.io',
  ])('is refused where it carries such an address (%s)', (name) => {
    expect(() => assertAllowedName(name)).toThrow(BlockedAddressError)
  })

  it.each(['api.openai.com', '10.0.0.5.nip.io', 'deadbeef.example', 'v1-2-3.example', '999-254-169-254.example'])(
    'is allowed otherwise (%s)',
    (name) => expect(() => assertAllowedName(name)).not.toThrow(),
  )
})

describe('a transport', () => {
  let server: ScriptedServer
  beforeEach(async () => {
    server = await startScriptedServer()
    server.play((response) => void response.writeHead(200, { connection: 'close' }).end('{}'))
  })
  afterEach(async () => await server.close())

  async function failureOf(url: string, resolve = async () => [{ address: '127.0.0.1', family: 4 }]) {
    const transport = createTransport({ environment: {}, resolve })
    const exchange = transport.open({ signal: new AbortController().signal, secrets: [] })
    await exchange.fetch(url).catch(() => undefined)
    await transport.close()
    return exchange.facts.failure?.kind ?? exchange.facts.status
  }

  it.each([
    'http://169.254.169.254/latest',
    'http://2852039166/latest',
    'http://0xa9fea9fe/latest',
    'http://0251.0376.0251.0376/latest',
    'http://[::ffff:a9fe:a9fe]/latest',
    'http://[::ffff:169.254.169.254]/latest',
    'http://[fd00:ec2::254]/latest',
    'http://0.0.0.0:1/',
    'https://169.254.169.254/latest',
  ])('does not call %s', async (url) => {
    expect(await failureOf(url)).toBe('blocked_address')
  })

  it('judges the address again for each connection, so that a name cannot move after it was checked', async () => {
    const answers = ['127.0.0.1', '169.254.169.254']
    const transport = createTransport({
      environment: {},
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
    })
    const call = async () => {
      const exchange = transport.open({ signal: new AbortController().signal, secrets: [] })
      await exchange.fetch(`http://moving.example:${server.port}/`).catch(() => undefined)
      return exchange.facts
    }
    expect(await call()).toMatchObject({ status: 200, failure: null })
    await server.deserted()
    expect(await call()).toMatchObject({ failure: { kind: 'blocked_address' } })
    expect(server.requests).toHaveLength(1)
    await transport.close()
  })

  it('reaches a server by the name localhost, without asking a name server', async () => {
    const mustNotAsk = () => Promise.reject(new Error('asked'))
    expect(await failureOf(`http://localhost:${server.port}/`, mustNotAsk)).toBe(200)
  })
})
