/**
 * Stands in the bundle where the language client imports `minimatch` (30 KB): only a server that registers file operations
 * or watchers needs globs, and ours registers none.
 */
export class Minimatch {
  constructor(glob: string) {
    throw new Error(`The server registered the glob ${glob}, and globs are not in this bundle.`)
  }
}
