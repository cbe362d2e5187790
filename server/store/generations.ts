import path from 'node:path'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import type { StoreFiles } from './storeFiles.ts'

/** How many generations are kept: the newest one and its backups. */
export const storedGenerations = 10

/** Which generations a data folder holds. */
export interface GenerationList {
  /** Newest first. */
  numbers: number[]
  /**
   * The highest number that was ever used, as far as can be seen: one that was set aside counts. A number is used once, so whoever
   * creates the next one knows that nobody else did.
   */
  highest: number
  /** Numbers of generations that were set aside. */
  aside: number[]
  /** Damaged generations that were set aside. */
  damaged: number
}

export function generationPath(folder: string, number: number): string {
  return path.join(folder, `store.${number}.db`)
}

/** Bad generations are moved here, never deleted. */
function quarantinePath(folder: string, number: number, why: 'damaged' | 'unconfirmed'): string {
  return path.join(folder, 'quarantine', `store.${number}.${why}.db`)
}

/** Null for the name of anything else. */
export function generationNumber(name: string): number | null {
  const digits = /^store\.(\d{1,15})\.db$/.exec(name)?.[1]
  return digits ? Number(digits) : null
}

export function listGenerations(files: StoreFiles, folder: string): GenerationList {
  const namesAside = files.list(path.join(folder, 'quarantine'))
  const numbers = files
    .list(folder)
    .map(generationNumber)
    .filter((number) => number !== null)
    .sort((one, other) => other - one)
  const aside = namesAside.map((name) => Number(/^store\.(\d{1,15})\.\w+\.db$/.exec(name)?.[1] ?? 0))
  return {
    numbers,
    highest: Math.max(0, numbers[0] ?? 0, ...aside),
    aside,
    damaged: namesAside.filter((name) => name.endsWith('.damaged.db')).length,
  }
}

/** Moves a generation out of the way; throws what the file system says. */
export function setAside(files: StoreFiles, folder: string, number: number, why: 'damaged' | 'unconfirmed'): string {
  const place = quarantinePath(folder, number, why)
  files.makeFolder(path.dirname(place))
  files.rename(generationPath(folder, number), place)
  return place
}

/** A temporary file this old is nobody's, even if its process id was given to another process. */
const longestCommitMs = 3_600_000

const temporaryName = /^store\.\d+\.(\d+)-[0-9a-f]+(?:\.claim)?\.tmp$/
const claimName = /^store\.(\d+)\.claim$/

export function temporaryPath(folder: string, number: number, pid: number, token: string): string {
  return path.join(folder, `store.${number}.${pid}-${token}.tmp`)
}

/**
 * Removes what dead processes left behind. Nothing is lost if one of them lives after all (on another machine that shares the
 * folder, say): a commit whose file is gone is tried again.
 */
export async function cleanLeftovers(
  files: StoreFiles,
  folder: string,
  { now, isAlive }: { now: number; isAlive(pid: number): boolean },
): Promise<void> {
  const { highest } = listGenerations(files, folder)
  for (const name of files.list(folder)) {
    const place = path.join(folder, name)
    const pid = temporaryName.exec(name)?.[1]
    const claimed = claimName.exec(name)?.[1]
    try {
      const isLeft =
        (pid !== undefined && (!isAlive(Number(pid)) || now - files.modifiedAt(place) > longestCommitMs)) ||
        (claimed !== undefined && Number(claimed) <= highest)
      if (isLeft) await files.remove(place)
    } catch (error) {
      ignoreFileErrors(error)
    }
  }
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return fileErrorCode(error) === 'EPERM'
  }
}
