import { startTestServer } from '../protocol/testServer.ts'

/** A process that keeps a run and dies as soon as the store has told so, whether or not the results file is written by then. */
const [dataDir = '', runId = ''] = process.argv.slice(2)
const server = await startTestServer({ dataDir })
server.connection.onNotification('data/changed', ({ what }: { what: string[] }) => {
  if (what.includes('runs')) process.kill(process.pid, 'SIGKILL')
})
await server.request('revision/keep', { runId })
// Only where nothing was told: an exit code that the test takes for a failure.
process.exit(3)
