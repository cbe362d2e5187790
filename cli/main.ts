import { Console } from 'node:console'
import { version } from '../package.json'
import type { Outcome } from '../protocol/outcome.ts'
import type { Host } from './invocation/invocation.ts'
import { createKeyStore } from './keys/keyStore.ts'
import { runCli, tellStrayBug } from './runCli.ts'
import { keepHeapSmall } from './smallHeap.ts'
import { flush, processTerminal } from './terminal/processTerminal.ts'

const debug = Boolean(process.env.LLM_PROVIDERS_DEBUG)
const tellLog = (text: string): void => {
  if (debug) process.stderr.write(`${text}\n`)
}

// Stdout belongs to the results. What libraries print is for those who look for a cause: ollama-js prints bodies of errors.
const quiet = new Console({ stdout: process.stderr, stderr: process.stderr })
for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const) {
  console[method] = debug ? quiet[method].bind(quiet) : () => undefined
}

const words = process.argv.slice(2)
const terminal = processTerminal(process)

// Nothing may end without a word and an exit code, not even what went wrong where nobody waited for it.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => void tellStrayBug(words, terminal, error).then(end))
}
void runCli(words, terminal, version, startHost).then(end)

/** Help, the version and wrong use need no server, so it is loaded on first use. */
async function startHost(dataDir: string): Promise<Outcome<Host>> {
  const { hostServer } = await import('./host/hostServer.ts')
  const host = await hostServer(dataDir, process.env, createKeyStore(terminal), tellLog)
  keepHeapSmall()
  return host
}

async function end(code: number): Promise<void> {
  await flush(process)
  process.exit(code)
}
