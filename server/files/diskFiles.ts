import { type FileHandle, lstat, open, readdir, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { makeFolder } from './makeFolder.ts'

/** The file operations that a run makes; a test replaces them to let the n-th one fail. */
export interface RunFiles {
  open: (path: string, flags: string | number, mode?: number) => Promise<FileHandle>
  stat: typeof stat
  lstat: typeof lstat
  readdir: (path: string) => Promise<string[]>
  realpath: (path: string) => Promise<string>
  rename: (from: string, to: string) => Promise<void>
  unlink: (path: string) => Promise<void>
  /** Only an empty one. */
  removeFolder: (path: string) => Promise<void>
  /** With its parents; no error when it is there. */
  makeFolder: (path: string) => Promise<void>
}

export const diskFiles: RunFiles = {
  open,
  stat,
  lstat,
  readdir: (path) => readdir(path),
  realpath: (path) => realpath(path),
  rename,
  unlink,
  removeFolder: rmdir,
  makeFolder: async (path) => makeFolder(path),
}
