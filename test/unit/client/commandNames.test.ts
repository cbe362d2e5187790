import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

function declaredCommands(): string[] {
  const { contributes } = manifest as { contributes: { commands: { command: string }[] } }
  return contributes.commands.map(({ command }) => command)
}

/** Wherever the extension carries out one of its own commands, or links to it. */
function namedCommands(): string[] {
  const files = readdirSync(path.join(root, 'client'), { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(root, 'client', name), 'utf8'))
  const use = /(?:executeCommand(?:<\w+>)?\(|\brun\(|\bcommand: |command:)'?(llmProviders\.\w+)['?]/g
  return texts.flatMap((text) => [...text.matchAll(use)].map(([, id = '']) => id))
}

test('every command that the extension carries out is in the manifest', () => {
  const named = namedCommands()
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((id) => !declaredCommands().includes(id))).toEqual([])
})
