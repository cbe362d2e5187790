import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const read = (name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'))
const { packages } = read('package-lock.json')
const locked = Object.entries(packages).filter(([place]) => place !== '')
const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

test('each package with an install script was looked at', () => {
  const withScripts = locked
    .filter(([, entry]) => entry.hasInstallScript && !entry.optional)
    .map(([place]) => nameOf(place))
  expect(Object.keys(read('package.json').allowScripts).sort()).toEqual([...new Set(withScripts)].sort())
})

test('the platform builds of every package are locked, or npm ci refuses on other machines', () => {
  const names = new Set(locked.map(([place]) => nameOf(place)))
  const missing = locked
    .flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
    .filter((name) => !names.has(name))
  expect(missing).toEqual([])
})
