import { commonFolder } from '../files/sourceFolder.ts'

/** A file or folder that the user named. */
export interface SourceInput {
  path: string
  kind: 'file' | 'folder'
  size: number
  modifiedAtMs: number
}

/** The innermost folder that all of them are in. */
export function sharedFolder(inputs: readonly SourceInput[]): string {
  return commonFolder(inputs.map(({ path }) => path))
}
