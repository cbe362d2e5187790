import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, toEnglish } from '../../shared/message.ts'

/** A file error in words; the system's code stays beside what we have no words for. */
export function describeFileError(code: string): LocalizableMessage {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return localizable('the disk is full')
    case 'EACCES':
    case 'EPERM':
      return localizable('it is not allowed')
    case 'EROFS':
      return localizable('the file system can only be read')
    case 'ENOENT':
    case 'ENOTDIR':
      return localizable('there is no such folder')
    case 'EISDIR':
      return localizable('it is a folder')
    case 'EIO':
      return localizable('the disk reports an error')
    case 'EFBIG':
      return localizable('the file would be too large')
    default:
      return localizable('the system says {0}', code)
  }
}

/** The same in English. */
export function fileErrorInEnglish(code: string): string {
  return toEnglish(describeFileError(code))
}
