/** What a process knows of where it runs. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>
  homeFolder: string
  /** As `process.platform` names it. */
  platform: string
  workingFolder: string
}

/** The `path` of Node: this file is seen by pages, too, which have none. */
interface Paths {
  join(...parts: string[]): string
  resolve(...parts: string[]): string
  isAbsolute(path: string): boolean
}

const name = 'llm-providers'

/**
 * The one folder for the data of editors and terminals: the one that is told (by `--data-dir`, a setting or `LLM_PROVIDERS_HOME`), else
 * where the platform keeps an application's data. Always absolute.
 */
export function findDataFolder(paths: Paths, told: string | undefined, surroundings: Surroundings): string {
  return told ? paths.resolve(surroundings.workingFolder, told) : paths.join(platformFolder(paths, surroundings), name)
}

function platformFolder(paths: Paths, { environment, homeFolder, platform }: Surroundings): string {
  if (platform === 'win32') return environment.LOCALAPPDATA || paths.join(homeFolder, 'AppData', 'Local')
  if (platform === 'darwin') return paths.join(homeFolder, 'Library', 'Application Support')
  // The XDG specification: a path that is not absolute is to be ignored.
  const xdg = environment.XDG_DATA_HOME
  return xdg && paths.isAbsolute(xdg) ? xdg : paths.join(homeFolder, '.local', 'share')
}
