import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rootVariable } from './canary/globalSetup.ts'

/**
 * The folder that `build` fills, made once in a run of tests for all of its files. Two that come first at the same time both build, and
 * the folder of the first one stays. Nobody changes what is in it.
 */
export async function buildOnce(name: string, build: (folder: string) => Promise<void> | void): Promise<string> {
  const root = process.env[rootVariable] ?? ownRoot()
  const built = path.join(root, `built-${name}`)
  if (existsSync(built)) return built
  const folder = await mkdtemp(`${built}-`)
  await build(folder)
  try {
    await rename(folder, built)
  } catch (error) {
    if (!existsSync(built)) throw error
    await rm(folder, { recursive: true })
  }
  return built
}

let own: string | undefined

/** For a process outside of the suite, such as a bench. */
function ownRoot(): string {
  if (own !== undefined) return own
  const made = mkdtempSync(path.join(tmpdir(), 'llm-providers-built-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  own = made
  return made
}
