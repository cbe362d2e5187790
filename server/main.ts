// The console goes to the log before anything else loads: libraries write to it, and with --stdio stdout is the wire.

import type { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { createConnection } from 'vscode-languageserver/node'
import { redirectConsole } from './rpc/consoleRedirect.ts'
import { FrameCheck } from './rpc/frameCheck.ts'
import { logToClient } from './rpc/log.ts'
import { initializeOptions, type RunningServer, startServer } from './server.ts'

// A name that nobody resolves holds a thread until the system gives up. They share half of the pool: with only four threads, two dead
// names would keep every other name waiting.
process.env.UV_THREADPOOL_SIZE ??= '24'

/** When the stream is broken: runs write down what they have; what they could not can be judged again. */
const longestStopMs = 3_000

const usage = 'llm-providers server: start it with --node-ipc (from an editor) or --stdio\n'

if (process.argv.includes('--node-ipc') || process.argv.includes('--stdio')) {
  const connection = createConnection(initializeOptions)
  redirectConsole((level, text) => {
    logToClient(connection.console, level === 'error' || level === 'warn' ? level : 'log', text)
  })
  // One broken promise must not take the work of every other request with it.
  process.on('unhandledRejection', (error) => console.error('Unhandled rejection:', error))
  process.on('uncaughtException', (error) => console.error('Uncaught exception:', error))
  // The editor died without a word: its channel closes at once, long before the process id is polled.
  process.on('disconnect', () => process.exit(1))
  keepFirstCompilation()
  collectEarly()
  const server = startServer(connection, { variables: process.env })
  connection.listen()
  if (process.argv.includes('--stdio')) endWhenOutOfStep(server)
} else {
  process.stderr.write(usage)
  process.exitCode = 2
}

/** Clients start a server again that has ended; nobody does so with one that is only silent. */
function endWhenOutOfStep(server: RunningServer): void {
  const frames = new FrameCheck()
  process.stdin.on('data', (bytes: Buffer) => {
    const problem = frames.push(bytes)
    if (problem === null) return
    process.stdin.removeAllListeners('data')
    writeSync(2, `llm-providers server: the stream of messages is broken and cannot be read on: ${problem}\n`)
    const end = (): never => process.exit(1)
    setTimeout(end, longestStopMs)
    server.stop().then(end, end)
  })
}

/**
 * Functions of SQLite that are called often would be compiled again in the background, better. One of them alone needs 14 MB for that,
 * which the allocator keeps for good; sums over large tables take a third longer without it, and a change or a look-up does not.
 * A flag that V8 does not know is passed over.
 */
function keepFirstCompilation(): void {
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
}

/**
 * A run makes garbage by the gigabyte. Left alone, V8 lets the heap grow to two or three times of what is alive before it looks, which
 * is most of what a long run takes beside what it keeps of its items; half as much again costs a few hundredths of its time.
 */
function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50')
}
