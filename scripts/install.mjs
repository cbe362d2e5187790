// Brings the packages that package-lock.json names, once. Runs on the machine's own Node (20 or newer), before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
/** Node 24 from the packages, the version that VS Code runs, whatever the machine has. */
export const projectNode = path.join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

export function ensureInstalled() {
  if (isInstalled()) return
  console.error('Installing the packages (once; about a minute) ...')
  // Only errors are shown: on Node 20 npm would warn of every development tool that wants 22, and they run on the project's Node 24.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    console.error('npm ci failed: see above. A proxy or registry setting of npm may be missing.')
    process.exit(npm.status ?? 1)
  }
}

/** Is everything that package-lock.json names in node_modules, as npm itself noted there? Optional packages may be for another platform. */
export function isInstalled() {
  const noted = path.join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(noted) || !existsSync(projectNode)) return false
  const present = readPackages(noted)
  return Object.entries(readPackages(path.join(root, 'package-lock.json'))).every(
    ([place, { version, optional }]) =>
      place === '' || (present[place] ? present[place].version === version : optional),
  )
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
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
