import path from 'node:path'
import type { StoreFiles } from './storeFiles.ts'

/** How many generations are kept: the newest one and its backups. */
export const keptGenerations = 10

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
export function quarantinePath(folder: string, number: number, why: 'damaged' | 'unconfirmed'): string {
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
