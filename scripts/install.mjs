// Brings the packages that package-lock.json names, once. Runs on the machine's own Node (20 or newer), before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const stamp = path.join(root, 'node_modules', '.installed')

/** Node 24 from the packages, the version that VS Code runs, whatever the machine has. */
export const projectNode = path.join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

export function ensureInstalled() {
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && existsSync(projectNode) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing the packages (once; about a minute) ...')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    console.error('npm ci failed: see above. A proxy or registry setting of npm may be missing.')
    process.exit(npm.status ?? 1)
  }
  writeFileSync(stamp, wanted)
}

/** Runs a script with the project's Node and the packages' commands on the PATH; resolves to its exit code. */
export function runWithProjectNode(args, options = {}) {
  const bin = path.join(root, 'node_modules', '.bin')
  return spawnSync(projectNode, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
    env: { ...process.env, ...options.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
  })
}
