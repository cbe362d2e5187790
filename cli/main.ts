import { Console } from 'node:console'
import { setFlagsFromString } from 'node:v8'
import { version } from '../package.json'
import type { Outcome } from '../protocol/outcome.ts'
import type { Host } from './invocation/invocation.ts'
import { KeyStore } from './keys/keyStore.ts'
import { printStrayBug, runCli } from './runCli.ts'
import { flush, processTerminal } from './terminal/processTerminal.ts'

const debug = Boolean(process.env.LLM_PROVIDERS_DEBUG)
const writeLog = (text: string): void => {
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
  process.on(event, (error: unknown) => void printStrayBug(words, terminal, error).then(end))
}
void runCli(words, terminal, version, startHost).then(end)

/** Help, the version and wrong use need no server, so it is loaded on first use. */
async function startHost(dataDir: string): Promise<Outcome<Host>> {
  const { hostServer } = await import('./host/hostServer.ts')
  const host = await hostServer(dataDir, process.env, new KeyStore(terminal), writeLog)
  keepHeapSmall()
  return host
}

async function end(code: number): Promise<void> {
  await flush(process)
  process.exit(code)
}

/**
 * A run makes garbage by the gigabyte, and V8 takes what it can get for it: a young generation of 32 MB and more, and an old one of twice
 * what is alive. A terminal that judges a large file for hours takes half of that with a heap that is looked through earlier. The young
 * generation stays as large as it has become by now.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--semi-space-growth-factor=1')
}
