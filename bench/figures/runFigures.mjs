// A run over many rows against a model that answers at once: what everything but the model costs.
import path from 'node:path'
import { checkResults, writeItems } from '../items.mjs'
import { median, takeTurns } from '../measure.mjs'
import { openTerminal, peerRun, readTemplate, startInstantServer } from './terminalRuns.mjs'

export async function measureRuns({ cliFile, peer, scratch, items, rounds }) {
  const input = path.join(scratch, 'items.jsonl')
  await writeItems(input, items)
  const server = await startInstantServer()
  try {
    const cli = await openTerminal(cliFile, scratch, server.url)
    const template = await readTemplate(cli, server.url, scratch, 1)
    const perItem = (name) => peerRun(peer(name), template, { input, scratch, itemsPerCall: 1 }).run
    const runs = {
      'ours, 5 items a call': () => cli.categorize(input, 5),
      'ours, 1 item a call': () => cli.categorize(input, 1),
      'undici.request': perItem('undiciRun'),
      fetch: perItem('fetchRun'),
      'ai SDK': perItem('aiSdkRun'),
    }
    let memory = 0
    const processor = Object.fromEntries(Object.keys(runs).map((name) => [name, []]))
    const contestants = Object.fromEntries(
      Object.entries(runs).map(([name, run]) => [
        name,
        async () => {
          const { seconds, peak, processor: used } = await run()
          processor[name].push((used * 1e6) / items)
          if (name.startsWith('ours')) memory = Math.max(memory, peak ?? 0)
          return items / seconds
        },
      ]),
    )
    const speeds = await takeTurns(rounds, contestants)
    await checkResults(cli.output, items)
    const microseconds = Object.fromEntries(Object.entries(processor).map(([name, used]) => [name, median(used)]))
    return { speeds, microseconds, peakMemory: memory }
  } finally {
    server.stop()
  }
}
