import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const pictures = [...readme.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, text, file]) => ({ text, file }))

test('each picture of the README is there, and says in words what it shows', () => {
  expect(pictures.length).toBeGreaterThan(1)
  for (const { text, file } of pictures) {
    expect(text, file).toMatch(/\w+ \w+/)
    expect(statSync(path.join(root, file)).size, file).toBeGreaterThan(1000)
  }
})

test('the README begins with a film that moves, of less than 1.5 MB', () => {
  const film = readFileSync(path.join(root, pictures[0].file))
  expect(film.toString('latin1', 8, 12)).toBe('WEBP')
  expect(film.toString('latin1').split('ANMF').length).toBeGreaterThan(5)
  expect(film.length).toBeLessThan(1_500_000)
})
