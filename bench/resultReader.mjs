// A process of its own, for its memory: opens the results of a journal as the server does, and prints what took how long.

import { diskFiles } from '../server/files/diskFiles.ts'
import { journalPathIn } from '../server/journal/journalPath.ts'
import { createResultQueries } from '../server/results/resultQueries.ts'
import { memoryOf, timed } from './measure.mjs'

const [dataDir, runId] = process.argv.slice(2)
const context = {
  files: diskFiles,
  journalPath: (id) => journalPathIn(dataDir, id),
  ledger: { read: async () => ({ ok: true }) },
}
const queries = createResultQueries(context, async () => ({ ok: true, value: null }))
const figures = { idleMb: memoryOf(process.pid) }

async function measure(name, ask) {
  figures[name] = await timed(async () => {
    const outcome = await ask()
    if (!outcome.ok) throw new Error(`${name}: ${outcome.reason.message}`)
    figures.last = outcome.value
  })
}

const page = (query) => () => queries.results(runId, { limit: 100, ...query })
await measure('firstPageMs', page({}))
const { total } = figures.last
const middle = Math.floor(total / 2)
await measure('middleMs', page({ offset: middle }))
await measure('summaryMs', () => queries.summary(runId))
figures.columnsMb = figures.last.memoryBytes / 2 ** 20
await measure('sortedMs', page({ sort: { by: 'score', descending: true } }))
await measure('sortedMiddleMs', page({ sort: { by: 'score', descending: true }, offset: middle }))
await measure('filteredMs', page({ filter: { minScore: 10, status: ['ok'] } }))
await measure('searchMs', page({ filter: { search: 'nothing has this' } }))
await measure('sortedByIdMs', page({ sort: { by: 'id', descending: false } }))
figures.peakMb = memoryOf(process.pid, 'VmHWM')
delete figures.last
process.send({ total, ...figures })
process.disconnect()
