import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createConnection } from 'vscode-languageserver/node'
import { createLog, sayToClient } from '../../../server/rpc/toClient.ts'

function connect() {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const connection = createConnection(input, output)
  connection.listen()
  return { input, output, connection }
}

describe('a client that is gone', () => {
  it('hears nothing, and whoever speaks goes on', async () => {
    const { connection } = connect()
    connection.dispose()
    expect(() => connection.console.info('a line')).toThrow()
    const log = createLog(connection)
    log.info('a line')
    log.warn('a line')
    log.error('a line', new Error('of a bug'))
    await sayToClient(connection).sendNotification('data/changed', { what: [] })
  })

  it('whose pipe is broken is no failure either', async () => {
    const { connection, output } = connect()
    output.on('error', () => {})
    output.destroy(new Error('EPIPE'))
    await expect(connection.sendNotification('data/changed', { what: [] })).rejects.toThrow()
    await sayToClient(connection).sendNotification('data/changed', { what: [] })
  })
})

describe('a client that is there', () => {
  it('hears what is said and logged', async () => {
    const { connection, output } = connect()
    const said: string[] = []
    output.on('data', (bytes: Buffer) => said.push(bytes.toString()))
    await sayToClient(connection).sendNotification('data/changed', { what: ['runs'] })
    createLog(connection).error('a line', new Error('of a bug'))
    await expect.poll(() => said.join('')).toContain('of a bug')
    expect(said.join('')).toContain('"method":"data/changed","params":{"what":["runs"]}')
  })
})
