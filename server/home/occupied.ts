import { lstatSync, readdirSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { fileErrorCode } from '../files/fileErrors.ts'
import { generationPath, listGenerations } from '../store/generations.ts'
import { unsealImage } from '../store/sealedImage.ts'
import { diskFiles } from '../store/storeFiles.ts'
import { editorsFolder } from './editorNotes.ts'

/**
 * What stands in a data folder. free: nothing, or empty folders; untouched: a store that nobody ever changed, as a first look at the
 * terminal leaves it; taken: somebody's data, or files that are not ours.
 */
export type Occupied = 'free' | 'untouched' | 'taken'

/** Before the name of a stage within a data folder that is a disk of its own. */
export const stagePrefix = '.moving-'

/** Files that a system puts into folders by itself. */
const strays = new Set(['.DS_Store', 'desktop.ini', 'Thumbs.db'])

/** Throws what the file system says. */
export function lookAtFolder(folder: string): Occupied {
  const names = namesIn(folder).filter(
    (name) => name !== editorsFolder && !strays.has(name) && !name.startsWith(stagePrefix),
  )
  const files = names.filter((name) => !isEmptyFolder(path.join(folder, name)))
  if (files.length === 0) return 'free'
  return files.length === 1 && files[0] === 'store.1.db' && isFirstGeneration(folder) ? 'untouched' : 'taken'
}

/** Every change makes one more generation, and a number is used once. */
function isFirstGeneration(folder: string): boolean {
  if (listGenerations(diskFiles, folder).highest !== 1) return false
  return !('damage' in unsealImage(diskFiles.read(generationPath(folder, 1))))
}

/** Takes the folder away if it holds only empty folders; throws ENOTEMPTY where there is more by now. */
export function removeEmpty(folder: string): void {
  for (const name of namesIn(folder)) removeEmpty(path.join(folder, name))
  try {
    rmdirSync(folder)
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw error
  }
}

function isEmptyFolder(place: string): boolean {
  return lstatSync(place).isDirectory() && namesIn(place).every((name) => isEmptyFolder(path.join(place, name)))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return []
    throw error
  }
}
