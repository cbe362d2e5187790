import path from 'node:path'
import { expect, test } from 'vitest'
import { findDataFolder } from '../../shared/dataFolder.ts'

const homeFolder = '/home/ada'
const workingFolder = '/work'

test.each<[string, string | undefined, Record<string, string>, NodeJS.Platform, string]>([
  ['what is asked for', 'here', { LLM_PROVIDERS_HOME: '/there' }, 'linux', '/work/here'],
  ['what the environment says', undefined, { LLM_PROVIDERS_HOME: 'there' }, 'linux', '/work/there'],
  ['the XDG folder', undefined, { XDG_DATA_HOME: '/xdg' }, 'linux', '/xdg/llm-providers'],
  [
    'a relative XDG folder, which is to be ignored',
    undefined,
    { XDG_DATA_HOME: 'xdg' },
    'linux',
    '/home/ada/.local/share/llm-providers',
  ],
  ['the usual place on Linux', undefined, {}, 'linux', '/home/ada/.local/share/llm-providers'],
  ['the usual place on a Mac', undefined, {}, 'darwin', '/home/ada/Library/Application Support/llm-providers'],
  ['the usual place on Windows', undefined, { LOCALAPPDATA: '/local' }, 'win32', '/local/llm-providers'],
])('data is kept in %s', (_name, option, environment, platform, folder) => {
  const told = option ?? environment.LLM_PROVIDERS_HOME
  expect(findDataFolder(path, told, { environment, homeFolder, platform, workingFolder })).toBe(folder)
})
