import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const terminal = pathToFileURL(path.resolve('cli/terminal/processTerminal.ts')).href

/** A thread waits for a writer that never comes: nothing within the process can end it. */
const program = (fifo: string, atInterrupt: string): string => `
  import { open } from 'node:fs'
  import { processTerminal, letSignalsEnd } from ${JSON.stringify(terminal)}
  const terminal = processTerminal(process)
  terminal.onInterrupt(() => { ${atInterrupt} })
  open(${JSON.stringify(fifo)}, 'r', () => {})
  setTimeout(() => process.stdout.write('stuck'), 50)
  setInterval(() => {}, 1000)
`

test.skipIf(process.platform === 'win32').each([
  ['the second Ctrl-C', 'terminal.exitNow(130)', 1],
  ['Ctrl-C while the process waits for its threads to end', 'letSignalsEnd(process); process.exit(1)', 2],
])('%s ends a process whose thread is stuck in a file', async (_, atInterrupt, signals) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stuck-'))
  const fifo = path.join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(fifo, atInterrupt)])
  try {
    await once(child.stdout, 'data')
    const ended = once(child, 'exit')
    for (let sent = 0; sent < signals; sent++) {
      child.kill('SIGINT')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(await ended).toEqual([null, 'SIGINT'])
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})
