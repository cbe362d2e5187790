// Runs one step of the test run: its output is kept and shown whole only if it fails.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { projectNode, root } from '../install.mjs'

const running = new Set()

/**
 * A step is `{ name, args, count?, minutes? }`: `args` go to the project's Node; `count(output, exitCode)` tells how many tests
 * passed and failed, and names the problems that the output alone does not show. Without it the step counts as one test.
 */
export async function runStep(step) {
  const started = performance.now()
  const { output, exitCode, problem } = await capture(step)
  const counted = step.count?.(output, exitCode) ?? { passed: 0, failed: 0, problems: [] }
  const { passed, failed } = settle(step, counted, exitCode)
  const problems = [...counted.problems, ...(problem ? [problem] : [])]
  return { name: step.name, passed, failed, problems, output, seconds: (performance.now() - started) / 1000 }
}

/** A step that ended badly has at least one failure, and one that ran no test at all has not passed. */
export function settle(step, counted, exitCode) {
  const { passed, failed } = step.count ? counted : { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1 }
  const isSound = failed > 0 || (exitCode === 0 && passed > 0)
  return { passed, failed: isSound ? failed : 1 }
}

function capture({ args, minutes = 10 }) {
  return new Promise((resolve) => {
    const bin = path.join(root, 'node_modules', '.bin')
    const child = spawn(projectNode, args, {
      cwd: root,
      // A group of its own, so that a stop reaches the editors and servers that a step started.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${bin}${path.delimiter}${process.env.PATH}`,
        NO_COLOR: '1',
        FORCE_COLOR: undefined,
      },
    })
    running.add(child)
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    let problem
    const limit = setTimeout(() => {
      problem = `stopped after ${minutes} minutes without an end`
      stop(child)
    }, minutes * 60_000)
    child.on('error', (error) => finish(null, `could not be started: ${error.message}`))
    child.on('close', (code, signal) => finish(code, signal ? `ended by ${signal}` : undefined))

    function finish(exitCode, ending) {
      clearTimeout(limit)
      running.delete(child)
      resolve({
        output: stripVTControlCharacters(Buffer.concat(chunks).toString('utf8')),
        exitCode,
        problem: problem ?? ending,
      })
    }
  })
}

function stop(child) {
  try {
    if (process.platform === 'win32') child.kill()
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

export function stopAllSteps() {
  for (const child of running) stop(child)
}
