// `npm run figures:code`: what can be counted of how the code reads, beside its limit. Exit code 1 where a limit is passed.

import { codeFigures } from './code/codeFigures.mjs'
import { root } from './install.mjs'

const figures = codeFigures(root)
const width = Math.max(...figures.map(({ name }) => name.length))
for (const { name, value, limit, unit = '', worst = [] } of figures) {
  const isKept = limit === null || value <= limit
  const beside = limit === null ? '' : `at most ${limit}${unit}`
  console.log(`${isKept ? 'ok  ' : 'OVER'}  ${name.padEnd(width)}  ${`${value}${unit}`.padStart(8)}  ${beside}`)
  if (!isKept || process.argv.includes('--all')) for (const line of worst) console.log(`      ${line}`)
}
process.exitCode = figures.some(({ value, limit }) => limit !== null && value > limit) ? 1 : 0
