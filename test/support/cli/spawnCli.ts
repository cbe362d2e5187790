import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildOnce } from '../buildOnce.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Finished {
  /** Null when a signal ended it. */
  code: number | null
  out: string
  err: string
}

export interface Started {
  process: ChildProcess
  finished: Promise<Finished>
}

export interface SpawnOptions {
  stdin?: string | Uint8Array
  environment?: Record<string, string>
  columns?: number
  /** Another Node than the one that the tests run on. */
  node?: string
}

/** The bundle as people get it, in a folder of its own, with a place for data and one for files. */
export interface BuiltCli {
  /** Where commands are run. */
  readonly folder: string
  readonly dataDir: string
  readonly file: string
  start(words: readonly string[], options?: SpawnOptions): Started
  run(words: readonly string[], options?: SpawnOptions): Promise<Finished>
  remove(): Promise<void>
}

/** Built with the script that makes dist/, but elsewhere: dist/ may be built anew at any moment. */
export async function buildCli(): Promise<BuiltCli> {
  const base = await mkdtemp(path.join(tmpdir(), 'llm-providers-cli-'))
  await cp(await buildOnce('dist', buildDist), path.join(base, 'dist'), { recursive: true })
  const folder = await mkdtemp(path.join(base, 'work-'))
  const dataDir = path.join(base, 'data')
  const file = path.join(base, 'dist', 'cli.js')

  const running = new Set<ChildProcess>()

  function start(words: readonly string[], options: SpawnOptions = {}): Started {
    const child = spawn(options.node ?? process.execPath, [file, ...words], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: base,
        LLM_PROVIDERS_HOME: dataDir,
        // The same program, many times.
        NODE_COMPILE_CACHE: path.join(base, 'compiled'),
        COLUMNS: String(options.columns ?? 100),
        ...options.environment,
      },
    })
    // A command may end before it has read what it does not want.
    child.stdin.on('error', () => undefined)
    running.add(child)
    child.once('close', () => running.delete(child))
    child.stdin.end(options.stdin ?? '')
    return { process: child, finished: finish(child) }
  }
  return {
    folder,
    dataDir,
    file,
    start,
    run: (words, options) => start(words, options).finished,
    async remove() {
      // Only a test that failed leaves one behind.
      for (const child of running) child.kill('SIGKILL')
      await rm(base, { recursive: true, force: true })
    },
  }
}

function buildDist(folder: string): void {
  const built = spawnSync(process.execPath, ['esbuild.mjs', folder], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`esbuild.mjs failed:\n${built.stderr}`)
}

function finish(child: ChildProcess): Promise<Finished> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

/** The Node of the machine, as opposed to the project's own, which stands first on the PATH inside npm. */
export function machineNode(): string {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'))
  for (const folder of folders) {
    const candidate = path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node')
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not in this folder.
    }
  }
  throw new Error('The machine has no node on its PATH, though npm ran on one.')
}
