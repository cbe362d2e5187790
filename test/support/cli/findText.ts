import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** Every file below the folders that holds the text in one of its forms, as it may have been written or sent. */
export async function filesWith(secret: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.name.includes(secret)) found.push(file)
      else if (entry.isFile() && holds(await readFile(file, 'latin1'), secret)) found.push(file)
    }
  }
  return found
}

/** Plain, in base64 (at each of its three offsets), percent-encoded, in UTF-16, or the other way round. */
export function holds(text: string, secret: string): boolean {
  return formsOf(secret).some((form) => text.includes(form))
}

function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + secret).toString('base64')
    // The signs at both ends depend on what stands beside the secret.
    return text.slice(offset === 0 ? 0 : 4, -4)
  })
  const utf16 = Buffer.from(secret, 'utf16le').toString('latin1')
  return [secret, encodeURIComponent(secret), utf16, [...secret].reverse().join(''), ...encoded]
}
