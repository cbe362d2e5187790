import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder of the running file: of the bundle, or of this source. */
const here = typeof __dirname === 'string' ? __dirname : import.meta.dirname

/** Migrations lie beside the bundle; for the sources, in the project's own folder. */
export const migrationsFolder =
  [path.join(here, 'migrations'), path.join(here, '..', '..', 'migrations')].find(existsSync) ?? here
