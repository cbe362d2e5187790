import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { Timers } from '../health/healthClock.ts'
import { isProcessAlive } from '../store/generations.ts'

/** A turn takes milliseconds, or is renewed. A process that has been silent for longer is dead, wherever it runs. */
const silenceMs = 60_000
const longestWaitMs = 45_000

/** Claims of this process: of those that carry its id and are not here, the process is another one that is gone. */
const own = new Set<string>()

export interface FileTurn {
  /** Whoever needs longer than a moment says so now and then, at least once in half a minute. */
  renew(): Promise<void>
  end(): Promise<void>
}

export interface TurnOptions {
  files: RunFiles
  clock: Clock
  random(): number
  isAlive?: (pid: number) => boolean
  /** Milliseconds after which it is given up. Absent: as long as a change of a file may take. */
  waitMs?: number
}

/** Others take the turn of whoever has been silent for a minute. */
const renewMs = 20_000

/** For what takes as long as a model does; disposed when it is over. */
export function keepRenewing(turn: FileTurn, timers: Timers): { dispose(): void } {
  const renew = () => {
    void turn.renew()
    timer = timers.after(renewMs, renew)
  }
  let timer = timers.after(renewMs, renew)
  return { dispose: () => timer.dispose() }
}

/**
 * Takes the turn of writing one file, among all processes that come this way. Everybody puts a claim of its own, whose name is never
 * used again, beside the file, and looks who else is there: who is alone has the turn, and of several the one whose name sorts first
 * stays while the others step back. A claim of the dead is removed by its name, so nobody can remove that of the living by mistake:
 * that is where lock files that are taken over went wrong in our measurements. Null: it did not come to our turn in time.
 */
export async function takeTurn(file: string, options: TurnOptions): Promise<FileTurn | null> {
  const { files, clock, random, waitMs = longestWaitMs } = options
  const { folder, prefix } = claimsOf(file)
  const startedAt = clock.monotonic()
  let mine: string | null = null
  while (clock.monotonic() - startedAt < waitMs) {
    mine ??= await putClaim(folder, prefix, files)
    const others = await othersIn(folder, prefix, mine, options)
    const name = mine
    if (others.length === 0)
      return { renew: () => touchClaim(join(folder, name), options), end: () => removeClaim(folder, name, files) }
    if (others.some((other) => other < name)) {
      await removeClaim(folder, name, files)
      mine = null
    }
    await clock.wait(1 + random() * 20, new AbortController().signal)
  }
  if (mine !== null) await removeClaim(folder, mine, files)
  return null
}

/** Whether another process, or another part of this one, has the turn of writing the file now. */
export async function isTaken(file: string, options: Omit<TurnOptions, 'random'>): Promise<boolean> {
  const { folder, prefix } = claimsOf(file)
  try {
    return (await othersIn(folder, prefix, null, options)).length > 0
  } catch (error) {
    // Nobody has ever had one there.
    ignoreFileErrors(error)
    return false
  }
}

function claimsOf(file: string): { folder: string; prefix: string } {
  const folder = dirname(file)
  return { folder, prefix: `.${file.slice(folder.length + 1)}.turn.` }
}

async function putClaim(folder: string, prefix: string, files: RunFiles): Promise<string> {
  const name = `${prefix}${randomUUID()}.${process.pid}.${thisHost}`
  own.add(name)
  try {
    await (await files.open(join(folder, name), 'wx')).close()
  } catch (error) {
    own.delete(name)
    throw error
  }
  return name
}

async function touchClaim(path: string, { files, clock }: Pick<TurnOptions, 'files' | 'clock'>): Promise<void> {
  const now = clock.now() / 1000
  try {
    const handle = await files.open(path, 'r+')
    await handle.utimes(now, now).finally(() => handle.close())
  } catch (error) {
    ignoreFileErrors(error)
  }
}

async function removeClaim(folder: string, name: string, files: RunFiles): Promise<void> {
  await files.unlink(join(folder, name)).catch(ignoreFileErrors)
  own.delete(name)
}

/** Names of machines may hold anything. */
export const thisHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 12)

async function othersIn(
  folder: string,
  prefix: string,
  mine: string | null,
  options: Omit<TurnOptions, 'random'>,
): Promise<string[]> {
  const alive: string[] = []
  for (const name of await options.files.readdir(folder)) {
    if (!name.startsWith(prefix) || name === mine) continue
    if (await isAlive(folder, name, options)) alive.push(name)
    else await options.files.unlink(join(folder, name)).catch(ignoreFileErrors)
  }
  return alive
}

/** Whether the file is the claim of somebody who has, or waits for, the turn of whatever file. */
export async function isLiveClaim(
  folder: string,
  name: string,
  options: Pick<TurnOptions, 'files' | 'clock' | 'isAlive'>,
): Promise<boolean> {
  return claimName.test(name) && (await isAlive(folder, name, options))
}

export const claimName = /^\..+\.turn\.[0-9a-f-]{36}\.\d+\.[0-9a-f]{12}$/

async function isAlive(
  folder: string,
  name: string,
  options: Pick<TurnOptions, 'files' | 'clock' | 'isAlive'>,
): Promise<boolean> {
  const [pid, host] = name.split('.').slice(-2)
  const processLives = options.isAlive ?? isProcessAlive
  if (host === thisHost && (Number(pid) === process.pid ? !own.has(name) : !processLives(Number(pid)))) return false
  try {
    const { mtimeMs } = await options.files.stat(join(folder, name))
    return Math.abs(options.clock.now() - mtimeMs) < silenceMs
  } catch (error) {
    // It ended meanwhile.
    ignoreFileErrors(error)
    return false
  }
}
