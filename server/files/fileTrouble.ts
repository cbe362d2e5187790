import type { Told } from '../../protocol/localizableMessage.ts'
import { inEnglish, say } from '../../shared/message.ts'

/** A file error in words; the system's code stays beside what we have no words for. */
export function tellFileError(code: string): Told {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return say('the disk is full')
    case 'EACCES':
    case 'EPERM':
      return say('it is not allowed')
    case 'EROFS':
      return say('the file system can only be read')
    case 'ENOENT':
    case 'ENOTDIR':
      return say('there is no such folder')
    case 'EISDIR':
      return say('it is a folder')
    case 'EIO':
      return say('the disk reports an error')
    case 'EFBIG':
      return say('the file would be too large')
    default:
      return say('the system says {0}', code)
  }
}

/** The same in English. */
export function describeFileError(code: string): string {
  return inEnglish(tellFileError(code))
}
