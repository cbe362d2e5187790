// What a user downloads and waits for: the bundle, the package, the activation.
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { takeTurns } from '../measure.mjs'

const run = promisify(execFile)
const activateOnce = path.join(import.meta.dirname, '..', 'peers', 'activateOnce.cjs')

export function measureBundle({ clientFile, peer }) {
  return { ours: statSync(clientFile).size / 1000, 'bare language client': statSync(peer('bareClient')).size / 1000 }
}

export function measurePackage({ vsix }) {
  return { ours: statSync(vsix).size / 1_000_000 }
}

/** Loading counts: the editor does it before it calls `activate`. */
export async function measureActivation({ clientFile, peer, manifest }) {
  const activate = (file, part) => async () => {
    const { stdout } = await run(process.execPath, [activateOnce, file, manifest])
    const taken = JSON.parse(stdout)
    return part === 'both' ? taken.load + taken.activate : taken.activate
  }
  return takeTurns(11, {
    ours: activate(clientFile, 'activate'),
    'ours with loading': activate(clientFile, 'both'),
    'bare language client, with loading': activate(peer('bareClient'), 'both'),
  })
}
