// `npm test`: everything, from a fresh clone. `npm test -- STEP …` runs only the steps named.
// Runs on the machine's own Node (20 or newer) until the packages are there, so it imports nothing but Node and its neighbours.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { ensureInstalled, root } from './install.mjs'
import { countByLastLine, countVitest } from './testing/countTests.mjs'
import { runStep, stopAllSteps } from './testing/runStep.mjs'

const reports = path.join(root, 'test-output', 'reports')

/**
 * Lanes run side by side, a lane is steps in order. A step waits for the steps that it `needs`, brings them along when it is called by
 * name, and is not run when one of them failed. The cases in the editor come last and alone: beside other tests its pages take the focus so
 * late that keys are lost.
 */
const lanes = [
  [
    // Each checker works out the types of the contract for itself: one for all takes less time and 1.7 GB, four took 7.
    { name: 'types', args: ['node_modules/typescript/bin/tsc', '-b', '--checkers', '1', '--builders', '1'] },
    vitest('webview'),
    vitest('unit'),
    vitest('protocol'),
    vitest('providers'),
    { ...vitest('cli'), needs: ['build'] },
    {
      name: 'vscode',
      args: ['scripts/test-vscode.mjs'],
      minutes: 40,
      count: countByLastLine,
      needs: ['build', 'package', 'editor'],
    },
  ],
  [
    { name: 'build', args: ['esbuild.mjs'] },
    {
      name: 'lint',
      args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off', '.'],
    },
    { name: 'package', args: ['scripts/package.mjs', '--no-build', '--twice'], needs: ['build'] },
    // The first time on a machine it brings 740 MB and compiles a little.
    { name: 'editor', args: ['scripts/testing/prepareEditor.mjs'], minutes: 20 },
  ],
]

function vitest(folder) {
  const report = path.join(reports, `${folder}.json`)
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  return {
    name: folder,
    args: ['node_modules/vitest/vitest.mjs', 'run', `test/${folder}/`, ...reporters],
    // Far beyond what a busy machine takes: it ends what would never end.
    minutes: 40,
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
const running = new Set()
/** Of each wanted step: `ended` resolves when `end` is called. */
const ends = new Map([...wanted].map((name) => [name, createEnd()]))
await Promise.all(lanes.map(runLane))

const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
const bad = results.filter((result) => result.failed > 0).map((result) => result.name)
if (bad.length > 0) console.log(`\nFailed: ${bad.join(', ')}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

/** The names given and what they need; none given means all. */
function chooseSteps(names) {
  const steps = new Map(lanes.flat().map((step) => [step.name, step]))
  const unknown = names.filter((name) => !steps.has(name))
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}. Steps: ${[...steps.keys()].join(', ')}.`)
    process.exit(2)
  }
  const chosen = new Set(names.length > 0 ? names : steps.keys())
  // A set also visits what is added on the way.
  for (const name of chosen) for (const needed of steps.get(name).needs ?? []) chosen.add(needed)
  return chosen
}

function createEnd() {
  let end
  const ended = new Promise((resolve) => {
    end = resolve
  })
  return { end, ended }
}

async function runLane(lane) {
  for (const step of lane.filter(({ name }) => wanted.has(name))) {
    await Promise.all((step.needs ?? []).map((needed) => ends.get(needed).ended))
    running.add(step.name)
    showRunning()
    const result = await runUnlessBlocked(step)
    running.delete(step.name)
    report(result)
    ends.get(step.name).end()
    showRunning()
  }
}

/** For a person who waits; a log has no use for it. */
function showRunning() {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[K${running.size > 0 ? `...   ${[...running].join(', ')}` : ''}`)
}

function runUnlessBlocked(step) {
  const blocking = results
    .filter(({ name, failed }) => failed > 0 && step.needs?.includes(name))
    .map(({ name }) => name)
  if (blocking.length === 0) return runStep(step)
  const problems = [`not run, because ${blocking.join(' and ')} failed`]
  return { name: step.name, passed: 0, failed: 1, problems, output: '', seconds: 0 }
}

function report(result) {
  results.push(result)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const isGood = result.failed === 0
  const counts = `${result.passed} passed${isGood ? '' : `, ${result.failed} failed`}`
  console.log(
    `${isGood ? 'ok  ' : 'FAIL'}  ${result.name.padEnd(10)} ${counts.padEnd(24)} ${result.seconds.toFixed(1)} s`,
  )
  for (const problem of result.problems) console.log(indent(`! ${problem}`))
  if (isGood) return
  if (result.output) console.log(indent(result.output.trimEnd()))
}

function indent(text) {
  return text.replaceAll(/^/gm, '      ')
}
