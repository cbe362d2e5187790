import path from 'node:path'
import { fileErrorCode } from '../files/fileErrors.ts'
import { generationPath, listGenerations, setAside } from './generations.ts'
import { type SealedImage, unsealImage } from './sealedImage.ts'
import type { Connection, Sqlite } from './sqlite.ts'
import type { StoreFiles } from './storeFiles.ts'

/** A generation as it is in memory. */
export interface Generation {
  number: number
  sealed: SealedImage
  connection: Connection
}

export interface Loading {
  files: StoreFiles
  folder: string
  sqlite: Sqlite
  /** Nothing is written then, not even to set a damaged file aside. */
  isReadOnly: boolean
  /** Called for each damaged generation, in words. */
  onDamage(words: string): void
}

/**
 * The newest generation above `above` that is whole; null when there is none. Damaged ones are set aside, unless nothing whole is
 * left: then they stay where they are, and `damaged` says what is wrong with them. File errors are thrown: a file that can not be
 * read now may be whole.
 */
export function loadNewest(
  loading: Loading,
  above: number,
): { newest: Generation | null; damaged: string[]; highest: number } {
  const { numbers, highest } = listGenerations(loading.files, loading.folder)
  const bad: { number: number; damage: string }[] = []
  for (const number of numbers.filter((candidate) => candidate > above)) {
    const loaded = loadGeneration(loading, number)
    if (loaded === 'gone') continue
    if ('damage' in loaded) {
      bad.push({ number, damage: loaded.damage })
      continue
    }
    for (const { number: badNumber, damage } of bad) reportDamage(loading, badNumber, damage, number)
    return { newest: loaded, damaged: [], highest }
  }
  if (above > 0) for (const { number, damage } of bad) reportDamage(loading, number, damage, above)
  return { newest: null, damaged: bad.map(({ number, damage }) => `generation ${number}: ${damage}`), highest }
}

/** `gone`: newer generations pushed it out while we looked. */
function loadGeneration(loading: Loading, number: number): Generation | { damage: string } | 'gone' {
  try {
    const first = openSealed(loading, number)
    // A second look costs nothing and distinguishes a bad disk from a bad read.
    return 'damage' in first ? openSealed(loading, number) : first
  } catch (error) {
    const code = fileErrorCode(error)
    if (code === 'ENOENT') return 'gone'
    // A folder, a FIFO or a device of that name never was a generation, and never will be one.
    if (code === 'NOT_A_FILE' || code === 'EISDIR' || code === 'ENXIO') return { damage: 'it is not a regular file' }
    throw error
  }
}

function openSealed({ files, folder, sqlite }: Loading, number: number): Generation | { damage: string } {
  const sealed = unsealImage(files.read(generationPath(folder, number)))
  if ('damage' in sealed) return sealed
  try {
    return { number, sealed, connection: sqlite.open(sealed.image) }
  } catch {
    return { damage: 'it is not a database' }
  }
}

function reportDamage(loading: Loading, number: number, damage: string, used: number): void {
  loading.onDamage(
    `Generation ${number} of the stored data is damaged: ${damage}. ${moveAway(loading, number)} ` +
      `Generation ${used} is used instead; what was changed after it is lost.`,
  )
}

function moveAway({ files, folder, isReadOnly }: Loading, number: number): string {
  if (isReadOnly) return 'It was left where it is.'
  try {
    return `It was moved to ${path.relative(folder, setAside(files, folder, number, 'damaged'))}.`
  } catch (error) {
    // It stays, is passed over, and its number is not used again.
    return `It could not be moved away (${fileErrorCode(error)}).`
  }
}
