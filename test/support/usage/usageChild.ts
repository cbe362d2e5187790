/*
 * A process that uses a model: `usageChild.ts DATA_DIR MODEL ROUNDS`. Each round adds ten calls and writes the sums, as a run does now
 * and then. Prints `ready`, then `written N` for each round, then `done`.
 */
import { writeSync } from 'node:fs'
import path from 'node:path'
import { openStore } from '../../../server/store/openStore.ts'
import { UsageAccounts } from '../../../server/usage/usageAccounts.ts'
import { realClock } from '../store/storeFolder.ts'

const [dataDir = '', model = '', rounds = '0'] = process.argv.slice(2)
const print = (line: string): void => void writeSync(1, `${line}\n`)

const opened = await openStore({
  dataDir,
  migrationsDir: path.resolve(import.meta.dirname, '../../../migrations'),
  clock: realClock,
  random: Math.random,
})
if (!opened.ok) throw new Error(opened.reason.message)
const store = opened.value
const accounts = new UsageAccounts({
  change: (mutation) => store.change(mutation),
  timers: { after: () => ({ dispose: () => {} }) },
  companions: () => [],
  onWritten: () => {},
  log: (line) => print(`refused ${line}`),
})
print('ready')
const usage = { input: 100, output: 20, cached: 10, reasoning: 5 }
for (let round = 0; round < Number(rounds); round++) {
  for (let call = 0; call < 10; call++) {
    accounts.add({ day: '2026-11-21', provider: 'paid', model, task: 'scoring', items: 5, usage, costUsd: 0.25 })
  }
  await accounts.flush()
  print(`written ${round}`)
}
accounts.dispose()
await store.close()
print('done')
