/** A command line that cannot be carried out as it stands. Caught once, at the top, and printed with the command's usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
