import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { succeed } from '../../../protocol/outcome.ts'
import { RunRequest } from '../../../protocol/runs.ts'
import { createRuns } from '../../../server/runs/liveRuns.ts'
import { createMemoryLedger, goodAnswer, profile, routeFor } from './harness.ts'

/** A process that judges many generated rows and prints, as JSON, what memory is really in use along the way (needs --expose-gc). */
const [folder = '', count = '0'] = process.argv.slice(2)
const total = Number(count)
const source = join(folder, 'in.jsonl')

const stream = createWriteStream(source)
for (let id = 0; id < total; id++) {
  const line = JSON.stringify({
    id,
    title: `Issue ${id}`,
    body: `The compiler stops when ${id} files are open. `.repeat(8),
  })
  if (!stream.write(`${line}\n`)) await once(stream, 'drain')
}
stream.end()
await once(stream, 'finish')

const samples: { done: number; bytes: number }[] = []
const collect = (globalThis as { gc?: () => void }).gc
let calls = 0

function sample(done: number): void {
  collect?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  samples.push({ done, bytes: heapUsed + arrayBuffers })
}

const runs = createRuns({
  dataDir: join(folder, 'data'),
  ledger: createMemoryLedger(),
  resolve: async (task) => ({ ok: true, value: routeFor(task), warnings: [], trace: [] }),
  connect: async () =>
    succeed({
      outputModes: ['schema'],
      mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
      async complete(request) {
        calls++
        if (calls % Math.ceil(total / 100) === 0) sample(calls * 10)
        await new Promise(setImmediate)
        return goodAnswer(request)
      },
    }),
  loadProfile: async () => succeed({ profile, from: { origin: 'stored', name: null } }),
  onProgress(view) {
    if (view.finishedAt === null) return
    sample(total)
    process.stdout.write(JSON.stringify({ state: view.state, ok: view.counts.ok, samples }))
  },
  onChange: () => undefined,
  onSuggestions: () => undefined,
  log: (line) => process.stderr.write(`${line}\n`),
})

const started = await runs.start(
  RunRequest.parse({
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [source] },
    concurrency: 16,
    batchSize: 10,
  }),
)
if (!started.ok) throw new Error(started.reason.message)
