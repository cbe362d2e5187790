/** A file error in words; the system's code stays beside what we have no words for. */
export function describeFileError(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full'
    case 'EACCES':
    case 'EPERM':
      return 'it is not allowed'
    case 'EROFS':
      return 'the file system can only be read'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such folder'
    case 'EISDIR':
      return 'it is a folder'
    case 'EIO':
      return 'the disk reports an error'
    case 'EFBIG':
      return 'the file would be too large'
    default:
      return `the system says ${code}`
  }
}
