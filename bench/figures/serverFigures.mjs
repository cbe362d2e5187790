// The server: start, memory, round trip, durable change; always with a database of about 1 MB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { openChannel, openServer, succeed } from '../channel.mjs'
import { memoryOf, takeTurns, timed } from '../measure.mjs'

/** Fills a new database until its newest file has about 1 MB: each change leaves its text in the audit log. */
export async function makeDatabase(serverFile, dataDir) {
  const server = await openServer(serverFile, dataDir)
  for (let letter = 0; databaseSize(dataDir) < 1_000_000; letter += 1) {
    if (letter > 300) throw new Error('The database does not grow: the audit log keeps no texts any more.')
    const interests = String.fromCharCode(97 + (letter % 26)).repeat(10_000)
    await succeed(server.call('preferences/save', { interests }))
  }
  await succeed(server.call('preferences/save', { interests: '' }))
  await server.close()
  return databaseSize(dataDir)
}

function databaseSize(dataDir) {
  const sizes = readdirSync(dataDir)
    .filter((name) => name.endsWith('.db'))
    .map((name) => statSync(path.join(dataDir, name)).size)
  return Math.max(0, ...sizes)
}

export async function measureStart({ serverFile, dataDir, peer, scratch }) {
  const compiled = { NODE_COMPILE_CACHE: path.join(scratch, 'compiled') }
  const start = (file, env) => async () => {
    let server
    const taken = await timed(async () => {
      server = await openServer(file, dataDir, env)
    })
    await server.close()
    return taken
  }
  return takeTurns(15, {
    ours: start(serverFile),
    'ours, with a compile cache': start(serverFile, compiled),
    'node -e 0': () => timed(() => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')),
    'minimal server': start(peer('minimalServer')),
  })
}

export async function measureIdleMemory({ serverFile, dataDir, peer }) {
  const idle = async (file) => {
    const server = await openServer(file, dataDir)
    // Long enough for what a server does after its start; memory is no race.
    await pause(2_000)
    const memory = memoryOf(server.pid)
    await server.close()
    return memory
  }
  return { ours: await idle(serverFile), 'minimal server': await idle(peer('minimalServer')) }
}

export async function measureRoundTrip({ serverFile, dataDir, peer }) {
  const server = await openServer(serverFile, dataDir)
  const echo = openChannel(peer('echo'))
  const params = { task: 'categorization' }
  const answer = await server.call('route/resolve', params)
  const microseconds = (channel, method, sent) => async () => {
    const calls = 1_500
    const taken = await timed(async () => {
      for (let call = 0; call < calls; call += 1) await channel.call(method, sent)
    })
    return (taken * 1000) / calls
  }
  const contestants = {
    ours: microseconds(server, 'route/resolve', params),
    echo: microseconds(echo, 'echo', params),
    'echo of the same answer': microseconds(echo, 'echo', answer),
  }
  // The first calls warm the programs up.
  await takeTurns(1, contestants)
  const taken = await takeTurns(5, contestants)
  await Promise.all([server.close(), echo.close()])
  return taken
}

export async function measureDurableChange({ serverFile, dataDir, scratch }) {
  const server = await openServer(serverFile, dataDir)
  const [provider] = await succeed(server.call('provider/list', {}))
  let isEnabled = provider.enabled
  const change = () => {
    isEnabled = !isEnabled
    return succeed(
      server.call('provider/setEnabled', { provider: provider.provider, enabled: isEnabled, confirm: true }),
    )
  }
  const native = openNative(path.join(scratch, 'native.db'))
  const image = Buffer.alloc(1_000_000, 'x')
  const taken = await takeTurns(60, {
    ours: () => timed(change),
    '1 MB written, synced, linked': () => timed(() => writeDurably(scratch, image)),
    'node:sqlite, WAL, FULL': () => timed(native.insert),
  })
  native.close()
  await server.close()
  return taken
}

/** What the disk asks for at least when a change is a new file of 1 MB. */
function writeDurably(folder, image) {
  const [temporary, final] = [path.join(folder, 'new'), path.join(folder, 'linked')]
  rmSync(final, { force: true })
  const file = openSync(temporary, 'w')
  writeSync(file, image)
  fsyncSync(file)
  closeSync(file)
  linkSync(temporary, final)
  unlinkSync(temporary)
  const directory = openSync(folder, 'r')
  fsyncSync(directory)
  closeSync(directory)
}

function openNative(file) {
  mkdirSync(path.dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (text TEXT) STRICT;')
  const statement = database.prepare('INSERT INTO t VALUES (?)')
  for (let row = 0; row < 100; row += 1) statement.run('x'.repeat(10_000))
  return { insert: () => statement.run('a change'), close: () => database.close() }
}
