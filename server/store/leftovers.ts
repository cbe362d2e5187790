import path from 'node:path'
import { listGenerations } from './generations.ts'
import { fileErrorCode, type StoreFiles } from './storeFiles.ts'

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
      fileErrorCode(error)
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
