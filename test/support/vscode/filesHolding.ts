import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Every file below the folders, and those of them that hold the text. */
export function filesHolding(folders: readonly string[], text: string): { all: string[]; holding: string[] } {
  const all = folders.flatMap(filesUnder)
  // The editor may remove a file of its own in between.
  return { all, holding: all.filter((file) => existsSync(file) && readFileSync(file).includes(text)) }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => existsSync(file) && statSync(file).isFile())
}
