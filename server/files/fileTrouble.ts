import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, toEnglish } from '../../shared/message.ts'
import { fileErrorCode } from './fileErrors.ts'
import { RefusedFile } from './regularFile.ts'

/** A file error in words; the system's code stays beside what we have no words for. */
export function describeFileError(code: string): LocalizableMessage {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return localizable('the disk is full')
    case 'EACCES':
    case 'EPERM':
      return localizable('permission denied')
    case 'EROFS':
      return localizable('the file system is read-only')
    case 'ENOENT':
    case 'ENOTDIR':
      return localizable('there is no such folder')
    case 'EISDIR':
      return localizable('it is a folder')
    case 'EIO':
      return localizable('the disk reports an error')
    case 'EFBIG':
      return localizable('the file would be too large')
    case 'NOT_A_FILE':
      return localizable('it is not a regular file')
    case 'TOO_LARGE':
      return localizable('it is too large')
    case 'OUTSIDE_WORKSPACE':
      return localizable('it points outside the workspace')
    case 'DANGLING_LINK':
      return localizable('it is a broken link')
    case 'OTHER_FILE':
      return localizable('it points to a file of another kind')
    default:
      return localizable('the system says {0}', code)
  }
}

/** The error itself in words: of a link, where it leads. */
export function describeThrownFileError(error: unknown): LocalizableMessage {
  const code = fileErrorCode(error)
  if (!(error instanceof RefusedFile) || error.target === null) return describeFileError(code)
  return code === 'OUTSIDE_WORKSPACE'
    ? localizable('it points outside the workspace, to {0}', error.target)
    : localizable('it points to a file of another kind, {0}', error.target)
}

/** The same in English. */
export function fileErrorInEnglish(code: string): string {
  return toEnglish(describeFileError(code))
}
