import path from 'node:path'

/** Relative where that is shorter to read, which is below the folder that one stands in. */
export function shortPath(file: string, workingFolder: string): string {
  const relative = path.relative(workingFolder, file)
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative
}
