// The results of a long run as the results panel asks for them, from a server that has just started.
import { readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openServer, succeed } from '../channel.mjs'
import { memoryOf, timed } from '../measure.mjs'
import { keepTrack } from '../processes.mjs'

const byScore = { by: 'score', descending: true }
const byId = { by: 'id', descending: false }

/** Milliseconds of each step, one after the other, and MB over the idle server at its highest. `isFirst`: nobody has looked before. */
export async function measureOpening({ serverFile, dataDir, runId, rows, isFirst }) {
  if (isFirst) forgetColumns(dataDir, runId)
  const server = await openServer(serverFile, dataDir)
  keepTrack(server.child)
  try {
    await pause(2_000)
    const idle = memoryOf(server.pid)
    const page = (query) =>
      timed(async () => {
        const { rows: found } = await succeed(server.call('run/results', { runId, limit: 100, ...query }))
        if (found.length === 0) throw new Error(`No results for ${JSON.stringify(query)}`)
      })
    const middle = Math.floor(rows / 2)
    const steps = {
      firstPage: await page({}),
      middle: await page({ offset: middle }),
      summary: await timed(() => server.call('run/summary', { runId }).then(succeed)),
      sortedByScore: await page({ sort: byScore }),
      sortedByScoreMiddle: await page({ sort: byScore, offset: middle }),
      filtered: await page({ filter: { minScore: 0, status: ['ok'] } }),
    }
    const peak = memoryOf(server.pid, 'VmHWM') - idle
    steps.sortedById = await page({ sort: byId })
    return { steps, peak, peakById: memoryOf(server.pid, 'VmHWM') - idle, columnsMb: columnsSize(dataDir, runId) }
  } finally {
    await server.close()
  }
}

function columnFiles(dataDir, runId) {
  const folder = path.join(dataDir, 'runs')
  return readdirSync(folder)
    .filter((name) => name.startsWith(runId) && name.includes('.columns'))
    .map((name) => path.join(folder, name))
}

function forgetColumns(dataDir, runId) {
  for (const file of columnFiles(dataDir, runId)) rmSync(file)
}

function columnsSize(dataDir, runId) {
  return columnFiles(dataDir, runId).reduce((sum, file) => sum + statSync(file).size, 0) / 2 ** 20
}
