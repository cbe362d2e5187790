// `npm test`: everything, from a fresh clone. `npm test -- STEP …` runs only the steps named.
// Runs on the machine's own Node (20 or newer) until the packages are there, so it imports nothing but Node and its neighbours.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { ensureInstalled, root } from './install.mjs'
import { countByLastLine, countVitest } from './testing/countTests.mjs'
import { runStep, stopAllSteps } from './testing/runStep.mjs'

const reports = path.join(root, 'test-output')

/** Steps of one row run side by side; the rows run in order. A step that `needs` another one brings it along, and is not run if that failed. */
const rows = [
  [
    { name: 'types', args: ['node_modules/typescript/bin/tsc', '-b'] },
    { name: 'lint', args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off', '.'] },
    { name: 'build', args: ['esbuild.mjs'] },
  ],
  [vitest('unit')],
  [vitest('protocol')],
  [vitest('providers')],
  [{ ...vitest('cli'), needs: 'build' }],
  [{ name: 'package', args: ['scripts/package.mjs'], needs: 'build' }],
  // 20 minutes: the first time on a machine it brings the editor, 740 MB.
  [{ name: 'vscode', args: ['scripts/test-vscode.mjs'], count: countByLastLine, minutes: 20, needs: 'package' }],
]

function vitest(folder) {
  const report = path.join(reports, `${folder}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return {
    name: folder,
    args: ['node_modules/vitest/vitest.mjs', 'run', `test/${folder}/`, ...reporters],
    count: () => countVitest(report),
  }
}

const wanted = chooseSteps(process.argv.slice(2))

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    stopAllSteps()
    console.error('\nStopped before the end.')
    process.exit(exitCode)
  })
}

ensureInstalled()
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const results = []
for (const row of rows) {
  const steps = row.filter((step) => wanted.has(step.name))
  await Promise.all(steps.map((step) => runUnlessBlocked(step).then(report)))
}

const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
const bad = results.filter((result) => result.failed > 0).map((result) => result.name)
if (bad.length > 0) console.log(`\nFailed: ${bad.join(', ')}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

/** The names given and what they need; none given means all. */
function chooseSteps(names) {
  const steps = new Map(rows.flat().map((step) => [step.name, step]))
  const unknown = names.filter((name) => !steps.has(name))
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}. Steps: ${[...steps.keys()].join(', ')}.`)
    process.exit(2)
  }
  const chosen = new Set(names.length > 0 ? names : steps.keys())
  // A set also visits what is added on the way.
  for (const name of chosen) {
    const { needs } = steps.get(name)
    if (needs) chosen.add(needs)
  }
  return chosen
}

async function runUnlessBlocked(step) {
  const isBlocked = results.some((result) => result.name === step.needs && result.failed > 0)
  if (!isBlocked) return runStep(step)
  return { name: step.name, passed: 0, failed: 1, problems: [`not run: ${step.needs} failed`], output: '', seconds: 0 }
}

function report(result) {
  results.push(result)
  const isGood = result.failed === 0
  const counts = `${result.passed} passed${isGood ? '' : `, ${result.failed} failed`}`
  console.log(
    `${isGood ? 'ok  ' : 'FAIL'}  ${result.name.padEnd(10)} ${counts.padEnd(24)} ${result.seconds.toFixed(1)} s`,
  )
  if (isGood) return
  if (result.output) console.log(indent(result.output.trimEnd()))
  for (const problem of result.problems) console.log(indent(`! ${problem}`))
}

function indent(text) {
  return text.replaceAll(/^/gm, '      ')
}
