// The same rows at equal concurrency, one item a call and five: ours, plain fetch, the ai SDK, promptfoo; one after the other.
import path from 'node:path'
import { checkResults, writeItems } from '../items.mjs'
import { installPromptfoo, promptfooEnvironment } from '../promptfoo.mjs'
import { openTerminal, peerRun, readTemplate, startInstantServer } from './terminalRuns.mjs'

const promptfooFile = path.join(import.meta.dirname, '..', 'peers', 'promptfooRun.mjs')

/** promptfoo keeps everything of a test until the end and takes minutes for what others do in seconds: it gets a tenth of the items. */
const slowShare = 10

/** `speeds[itemsPerCall][name]`: items a second; null where it could not be run, and `notes` says why. */
export async function comparePeers({ cliFile, peer, scratch, items, say }) {
  const input = path.join(scratch, 'peer-items.jsonl')
  const fewItems = Math.ceil(items / slowShare)
  const fewInput = path.join(scratch, 'fewer-peer-items.jsonl')
  await writeItems(input, items)
  await writeItems(fewInput, fewItems)
  const server = await startInstantServer()
  const notes = []
  const promptfoo = await installPromptfoo().catch((error) => {
    notes.push(`promptfoo could not be installed: ${String(error.message).slice(0, 300)}`)
    return null
  })
  try {
    const cli = await openTerminal(cliFile, scratch, server.url)
    const speeds = {}
    for (const itemsPerCall of [1, 5]) {
      const template = await readTemplate(cli, server.url, scratch, itemsPerCall)
      const through = (file, env) => peerRun(file, template, { input, scratch, itemsPerCall, env })
      const contestants = {
        ours: { output: cli.output, run: () => cli.categorize(input, itemsPerCall) },
        fetch: through(peer('fetchRun')),
        'ai SDK': through(peer('aiSdkRun')),
        promptfoo: promptfoo && {
          ...peerRun(promptfooFile, template, {
            ...{ input: fewInput, scratch, itemsPerCall },
            env: promptfooEnvironment(promptfoo, scratch),
          }),
          items: fewItems,
        },
      }
      speeds[itemsPerCall] = {}
      for (const [name, contestant] of Object.entries(contestants)) {
        say(`${items.toLocaleString('en')} items, ${itemsPerCall} a call: ${name} ...`)
        speeds[itemsPerCall][name] = await speedOf({ items, ...contestant }).catch((error) => {
          if (name === 'ours') throw error
          notes.push(`${name}, ${itemsPerCall} a call: ${error.message.slice(0, 300)}`)
          return null
        })
      }
    }
    return { speeds, notes }
  } finally {
    server.stop()
  }
}

/** Null: it is not there. */
async function speedOf({ run, output, items }) {
  if (run === undefined) return null
  const { seconds } = await run()
  await checkResults(output, items)
  return items / seconds
}
