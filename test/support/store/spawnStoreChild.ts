import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { migrationsDir } from './storeFolder.ts'

const source = path.join(import.meta.dirname, 'storeChild.ts')

/** A writing process and what it has printed so far. */
export interface StoreChild {
  process: ChildProcess
  lines: string[]
  /** Resolves when a line begins so; rejects when the process ends before. */
  said(beginning: string): Promise<string>
  ended: Promise<void>
}

export function savedIds(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('saved ')).map((line) => line.slice('saved '.length))
}

export function spawnStoreChild(args: readonly string[], script = source): StoreChild {
  const child = spawn(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of waiting) check()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  const ended = new Promise<void>((resolve) => void child.on('close', () => resolve()))
  function said(beginning: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const line = lines.find((candidate) => candidate.startsWith(beginning))
        if (line === undefined) return
        waiting.delete(check)
        resolve(line)
      }
      waiting.add(check)
      check()
      void ended.then(() => reject(new Error(`It never said "${beginning}": ${lines.join(' | ')}`)))
    })
  }
  return { process: child, lines, said, ended }
}

/** The child as one bundled file, for tests that start it hundreds of times. As in a build, SQLite is beside the bundle. */
export async function bundleStoreChild(
  folder: string,
  entry = source,
): Promise<{ script: string; migrationsDir: string }> {
  const place = mkdtempSync(path.join(folder || tmpdir(), 'bundle-'))
  const script = path.join(place, 'storeChild.mjs')
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: [
        "import { createRequire } from 'node:module'; import { fileURLToPath } from 'node:url'; import { dirname as folderOf } from 'node:path'",
        'const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url), __dirname = folderOf(__filename)',
      ].join('\n'),
    },
  })
  const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm')
  copyFileSync(wasm, path.join(place, 'sql-wasm.wasm'))
  return { script, migrationsDir }
}
