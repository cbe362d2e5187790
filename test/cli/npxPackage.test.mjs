import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packNpm } from '../../scripts/packaging/npmPackage.mjs'
import { buildCli, machineNode } from '../support/cli/spawnCli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let cli
let folder = ''
beforeAll(async () => {
  cli = await buildCli()
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-npx-'))
  const stage = path.join(folder, 'stage')
  const tarball = packNpm(root, { dist: path.dirname(cli.file), stage, target: folder })
  await writeFile(path.join(folder, 'package.json'), '{"private":true}')
  const words = ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', tarball]
  const installed = spawnSync('npm', words, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  if (installed.status !== 0) throw new Error(installed.stderr)
})
afterAll(async () => {
  await cli.remove()
  await rm(folder, { recursive: true, force: true })
})

/** As `npx llm-providers`: by the name that the package gives it, with nothing of this checkout around. */
function runInstalled(...words) {
  const program = path.join(folder, 'node_modules', 'llm-providers', 'dist', 'cli.js')
  const env = { HOME: folder, LLM_PROVIDERS_HOME: path.join(folder, 'data') }
  return spawnSync(machineNode(), [program, ...words], { cwd: folder, env, encoding: 'utf8' })
}

test('the package that npm installs is one command, with no packages of its own', async () => {
  const manifest = JSON.parse(await readFile(path.join(folder, 'node_modules/llm-providers/package.json'), 'utf8'))
  expect(manifest.bin).toEqual({ 'llm-providers': './dist/cli.js' })
  expect(['devDependencies', 'contributes', 'private', 'main'].filter((name) => name in manifest)).toEqual([])
  expect(runInstalled('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('it judges a file on the Node of the machine, and keeps its data where it is told', async () => {
  await writeFile(path.join(folder, 'items.jsonl'), '{"id":"a","text":"It crashes with a segfault."}\n')
  const { status, stdout, stderr } = runInstalled('run', 'items.jsonl', '--provider', 'builtin', '--profile', 'issues')
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stdout).toContain('Crash')
})
