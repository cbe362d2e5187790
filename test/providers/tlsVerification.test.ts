import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTransport } from '../../server/providers/transport.ts'

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let folder: string
let server: Server
let seen: string[]
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tls-'))
  const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  seen = []
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    seen.push(request.headers.authorization ?? '')
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  vi.unstubAllEnvs()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

it.skipIf(!hasOpenssl()).each(['', '0'])(
  'sends no key to a server with a certificate of its own making (NODE_TLS_REJECT_UNAUTHORIZED=%s)',
  async (value) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value)
    const transport = createTransport({ environment: {} })
    const setting = { signal: new AbortController().signal, secrets: ['key'], headers: { authorization: 'Bearer key' } }
    const exchange = transport.open(setting)
    await exchange.fetch(`https://localhost:${(server.address() as AddressInfo).port}/`).catch(() => undefined)
    await transport.close()
    expect(exchange.facts).toMatchObject({ status: null, failure: { kind: expect.any(String) } })
    expect(seen).toEqual([])
  },
)
