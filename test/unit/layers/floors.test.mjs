import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeFigures } from '../../../scripts/code/codeFigures.mjs'
import { floors } from '../../../scripts/code/floors.mjs'
import { journeys } from '../../../scripts/code/journeys.mjs'
import { madeOfFloors } from '../../../scripts/code/madeOfFloors.mjs'
import { readCode } from '../../../scripts/code/readCode.mjs'

const root = path.resolve(import.meta.dirname, '../../..')
const files = readCode(root)
const programs = Object.keys(floors).filter((program) => floors[program].length > 0)

/** The room of a program that holds the file, by its place in the list. */
function floorOf(program, file) {
  return floors[program].indexOf(file.split('/')[1])
}

describe.each(programs)('%s/', (program) => {
  const own = files.filter((file) => file.path.startsWith(`${program}/`))

  test('has no room that nobody put on a floor, and no floor without a room', () => {
    expect([...new Set(own.map((file) => file.path.split('/')[1]))].sort()).toEqual([...floors[program]].sort())
  })

  test('imports from the floors below, never back', () => {
    const upward = own.flatMap((file) =>
      file.imports
        .filter(
          ({ to }) =>
            floorOf(program, to) !== -1 &&
            to.startsWith(`${program}/`) &&
            floorOf(program, to) < floorOf(program, file.path),
        )
        .map(({ to }) => `${file.path} imports ${to}`),
    )
    expect(upward).toEqual([])
  })
})

test.each(Object.entries(madeOfFloors(root)))(
  '%s is what the floors and the imports make: `npm run floors`',
  (file, made) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(made)
  },
)

test.each(codeFigures(root).filter(({ limit }) => limit !== null))(
  '$name: at most $limit',
  ({ value, limit, worst = [] }) => {
    expect(value, worst.slice(0, 20).join('\n')).toBeLessThanOrEqual(limit)
  },
)

test.each(journeys)('the way of a newcomer, $name, leads over files that are there', ({ files: way }) => {
  expect(way.filter((file) => !existsSync(path.join(root, file)))).toEqual([])
})

test.each(journeys.filter(({ isWay }) => isWay))(
  'the way of a newcomer, $name, leads from file to file',
  ({ files: way }) => {
    const unreached = way.slice(1).filter((next, index) => {
      const before = way.slice(0, index + 1)
      return !files.some((file) => before.includes(file.path) && file.imports.some(({ to }) => to === next))
    })
    expect(unreached).toEqual([])
  },
)
