import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeed } from '../../../protocol/outcome.ts'
import { RunRequest } from '../../../protocol/runs.ts'
import { createRuns } from '../../../server/runs/liveRuns.ts'
import { createFileLedger } from './fileLedger.ts'
import { goodAnswer, profile, routeFor } from './harness.ts'

/**
 * A process to be killed: starts the run over `<folder>/in.jsonl`, or goes on with it. Every call is written down before it is
 * answered (`calls.log`: the ids of its items), as a provider would have billed it.
 */
const [folder = '', concurrency = '4', batchSize = '5'] = process.argv.slice(2)
const ledger = createFileLedger(join(folder, 'ledger.json'))
const log = (line: string) => appendFileSync(join(folder, 'events.log'), `${line}\n`)

const runs = createRuns({
  dataDir: join(folder, 'data'),
  ledger,
  resolve: async (task) => ({ ok: true, value: routeFor(task), warnings: [], trace: [] }),
  connect: async () =>
    succeed({
      outputModes: ['schema'],
      mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
      async complete(request) {
        appendFileSync(join(folder, 'calls.log'), `${request.work.items.map((item) => item.text).join(',')}\n`)
        await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 4))
        return goodAnswer(request)
      },
    }),
  loadProfile: async () => succeed({ profile, from: { origin: 'stored', name: null } }),
  onProgress(view) {
    if (view.finishedAt === null) return
    log(`ended ${view.state} ${view.counts.ok}`)
    process.exitCode = view.state === 'completed' ? 0 : 3
  },
  onChange: () => undefined,
  onSuggestions: () => undefined,
  log,
})

const known = await runs.list(null)
const row = known.ok ? known.value.rows[0] : undefined
const begun = row
  ? await runs.resume(row.runId)
  : await runs.start(
      RunRequest.parse({
        tasks: ['categorization'],
        source: { kind: 'paths', paths: [join(folder, 'in.jsonl')] },
        concurrency: Number(concurrency),
        batchSize: Number(batchSize),
      }),
    )
if (!begun.ok) {
  log(`refused ${begun.reason.code}`)
  process.exitCode = begun.reason.code === 'run_not_resumable' ? 0 : 4
}
