// promptfoo is a peer with 384 packages and 280 MB: too heavy for everybody's `npm ci`, so it is installed when the bench at scale
// asks for it, once, outside of the project, by name and version through npm, without install scripts and without optional parts.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const version = '0.123.1'
const cache = process.env.LLM_PROVIDERS_CACHE ?? path.join(os.homedir(), '.cache', 'llm-providers')
const installDeadlineMs = 300_000

/** Where it is; throws npm's words where it cannot be installed. */
export async function installPromptfoo() {
  const folder = path.join(cache, `promptfoo-${version}`)
  const done = path.join(folder, 'installed')
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n')
    const words = ['install', `promptfoo@${version}`, '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', words, {
      cwd: folder,
      timeout: installDeadlineMs,
      maxBuffer: 16 * 1024 * 1024,
      shell: process.platform === 'win32',
    })
    writeFileSync(done, '')
  }
  return path.join(folder, 'node_modules', 'promptfoo')
}

/** Its own settings for what it would send home or fetch by itself. */
export function promptfooEnvironment(folder, scratch) {
  return {
    BENCH_PROMPTFOO: folder,
    PROMPTFOO_CONFIG_DIR: path.join(scratch, 'promptfoo'),
    PROMPTFOO_DISABLE_TELEMETRY: '1',
    PROMPTFOO_DISABLE_UPDATE: '1',
    PROMPTFOO_DISABLE_SHARING: '1',
    PROMPTFOO_DISABLE_REMOTE_GENERATION: '1',
    PROMPTFOO_CACHE_ENABLED: 'false',
    PROMPTFOO_LOG_LEVEL: 'error',
  }
}
