/** The system's code of a file error (`ENOENT`, `ENOSPC`, …); anything else is a bug and goes on. */
export function fileErrorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}

/** For a `catch` that can do without the file, whatever the system says; anything else is a bug and goes on. */
export function ignoreFileErrors(error: unknown): void {
  fileErrorCode(error)
}
