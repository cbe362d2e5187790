import { existsSync } from 'node:fs'
import path from 'node:path'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable } from '../../shared/message.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { journalPathIn } from '../journal/journalPath.ts'
import { isLiveClaim } from '../labels/fileTurn.ts'
import { defaultLimits } from '../runs/limits.ts'
import { isOwnerAlive } from '../runs/ownership.ts'
import { readStore, type SealParts } from './movedSeal.ts'

/** What works on the store at the moment, in words: a run, or whoever has the turn of a file. Null: nothing. */
export async function findWorker(
  seal: SealParts,
  { files, clock }: { files: RunFiles; clock: Clock },
  folder: string,
): Promise<LocalizableMessage | null> {
  const owners = await readStore(seal, folder, (connection) => {
    const hasRuns = connection.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'runs'")
    return hasRuns ? connection.all('SELECT run_id, owner_pid, owner_host FROM runs WHERE owner_token IS NOT NULL') : []
  })
  for (const { run_id, owner_pid, owner_host } of owners.ok ? owners.value : []) {
    const owner = { pid: Number(owner_pid), host: String(owner_host) }
    const journal = journalPathIn(folder, String(run_id))
    if (await isOwnerAlive(owner, journal, { files, clock, silenceMs: defaultLimits.ownerSilenceMs }))
      return localizable('a run in another window works on it ({0})', String(run_id))
  }
  return (await hasLiveClaim(folder, { files, clock })) ? localizable('another window works on it') : null
}

async function hasLiveClaim(folder: string, options: { files: RunFiles; clock: Clock }): Promise<boolean> {
  for (const part of ['kb', 'threads', 'gateways', 'examples']) {
    const place = path.join(folder, part)
    if (existsSync(place) && (await hasClaimIn(place, options))) return true
  }
  return false
}

async function hasClaimIn(folder: string, options: { files: RunFiles; clock: Clock }): Promise<boolean> {
  const { files } = options
  for (const name of await files.readdir(folder).catch(ifNone)) {
    if (await isLiveClaim(folder, name, options)) return true
    const stats = await files.lstat(path.join(folder, name)).catch(ignoreFileErrors)
    if (typeof stats === 'object' && stats.isDirectory() && (await hasClaimIn(path.join(folder, name), options)))
      return true
  }
  return false
}

function ifNone(error: unknown): string[] {
  ignoreFileErrors(error)
  return []
}
