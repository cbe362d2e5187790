// `npm run test:loaded [-- TIMES [STEP …]]`: the whole suite several times (five, if not said) while a busy loop holds each core, and
// then what failed, how often and why. What fails here and not on an idle machine reads too early, or asserts what the load decides.
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { root } from '../install.mjs'
import { tallyFailures } from './tallyFailures.mjs'

const [times = '5', ...steps] = process.argv.slice(2)
if (!/^[1-9]\d*$/.test(times)) {
  console.error(`How many times? A whole number is needed, not ${times}.`)
  process.exit(2)
}

const children = new Set()
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    stopChildren()
    process.exit(exitCode)
  })
}
process.on('exit', stopChildren)

for (const _ of os.cpus()) start(['-e', 'for (;;);'], 'ignore')
const outputs = []
for (let round = 1; round <= Number(times); round += 1) {
  console.log(`\nUnder load, ${round} of ${times}`)
  const { output, exitCode } = await runSuite()
  outputs.push(output)
  if (exitCode !== 0) process.exitCode = 1
}
stopChildren()

const failures = tallyFailures(outputs)
console.log(`\n${times} times under load: ${process.exitCode ? 'not all of them passed' : 'no failure'}`)
for (const { what, count, reasons } of failures) {
  console.log(`${count} of ${times}  ${what}`)
  for (const reason of reasons) console.log(`        ${reason}`)
}

/** By its own process id, at the same nice value as the tests. */
function start(args, stdio) {
  const child = spawn(process.execPath, args, { cwd: root, stdio })
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

function stopChildren() {
  for (const child of children) child.kill('SIGTERM')
}

/** Shown as it comes, and kept for the tally. */
function runSuite() {
  const child = start([path.join(root, 'scripts', 'test.mjs'), ...steps], ['ignore', 'pipe', 'inherit'])
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    process.stdout.write(text)
  })
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ output, exitCode })))
}
