import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { hostServer } from '../../../cli/host/hostServer.ts'
import { KeyStore } from '../../../cli/keys/keyStore.ts'
import { runCli } from '../../../cli/runCli.ts'
import { type FakeTerminal, type FakeTerminalOptions, fakeTerminal } from './fakeTerminal.ts'

export interface Told {
  code: number
  out: string
  err: string
}

/** The terminal and a real server behind it, in this process: each command opens the data anew, as a process of its own would. */
export interface LiveCli {
  readonly dataDir: string
  /** Where commands are run. */
  readonly folder: string
  run(words: readonly string[], options?: FakeTerminalOptions): Promise<Told>
  /** For commands that are talked to while they run. */
  start(words: readonly string[], options?: FakeTerminalOptions): { terminal: FakeTerminal; told: Promise<Told> }
  remove(): Promise<void>
}

export async function startLiveCli(surroundings: FakeTerminalOptions = {}): Promise<LiveCli> {
  const base = await mkdtemp(path.join(tmpdir(), 'llm-providers-live-'))
  const [dataDir, folder] = [path.join(base, 'data'), await mkdtemp(path.join(base, 'work-'))]

  function start(words: readonly string[], options: FakeTerminalOptions = {}) {
    const environment = { ...surroundings.environment, ...options.environment, LLM_PROVIDERS_HOME: dataDir }
    const terminal = fakeTerminal({ workingFolder: folder, now: new Date(), ...surroundings, ...options, environment })
    const host = (data: string) => hostServer(data, environment, new KeyStore(terminal), () => undefined)
    const told = runCli(words, terminal, '0.1.0', host).then((code) => ({
      code,
      out: terminal.out(),
      err: terminal.err(),
    }))
    return { terminal, told }
  }
  return {
    dataDir,
    folder,
    start,
    run: (words, options) => start(words, options).told,
    remove: () => rm(base, { recursive: true, force: true }),
  }
}
