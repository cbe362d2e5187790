import path from 'node:path'
import { oneLine } from './plainText.ts'

/** A command line that can be copied into a POSIX shell as it is, whatever its words contain. */
export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

function quote(word: string): string {
  const shown = oneLine(word)
  return /^[\w@%+=:,./…-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`
}

/**
 * How this program is called where it runs: by its name when it is installed, through Node in a checkout,
 * so that what we advise people to type works there.
 */
export function programName(script: string, workingFolder: string): string {
  const isInstalled = !script.endsWith('.js') || script.split(path.sep).includes('node_modules')
  if (isInstalled) return 'llm-providers'
  const relative = path.relative(workingFolder, script)
  return commandLine(['node', relative.startsWith('..') ? script : relative])
}
