import path from 'node:path'
import type { Terminal } from '../terminal/terminal.ts'

const name = 'llm-providers'

type Surroundings = Pick<Terminal, 'environment' | 'homeFolder' | 'platform' | 'workingFolder'>

/** `--data-dir`, else `LLM_PROVIDERS_HOME`, else where the platform keeps an application's data. Always absolute. */
export function dataFolder(option: string | undefined, terminal: Surroundings): string {
  const told = option ?? terminal.environment.LLM_PROVIDERS_HOME
  return told ? path.resolve(terminal.workingFolder, told) : path.join(platformFolder(terminal), name)
}

function platformFolder({ environment, homeFolder, platform }: Surroundings): string {
  if (platform === 'win32') return environment.LOCALAPPDATA || path.join(homeFolder, 'AppData', 'Local')
  if (platform === 'darwin') return path.join(homeFolder, 'Library', 'Application Support')
  // The XDG specification: a path that is not absolute is to be ignored.
  const xdg = environment.XDG_DATA_HOME
  return xdg && path.isAbsolute(xdg) ? xdg : path.join(homeFolder, '.local', 'share')
}
