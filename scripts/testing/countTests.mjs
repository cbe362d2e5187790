// How many tests a step ran, from what its runner reports.
import { existsSync, readFileSync } from 'node:fs'

/**
 * Vitest's JSON report. A skipped test is a failure: nothing is left out silently; so is a file that could not be loaded.
 * `problems` names each with the first line of its reason, so that whoever sees only the begin of a report sees what failed.
 */
export function countVitest(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, problems: ['vitest wrote no report'] }
  const counts = { passed: 0, failed: 0, problems: [] }
  for (const { name, status, assertionResults } of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed += 1
      else counts.failed += 1
      if (test.status !== 'passed') counts.problems.push(describe(test, name))
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
      counts.failed += 1
      counts.problems.push(`not loaded or not ended well: ${name}`)
    }
  }
  return counts
}

function describe({ status, fullName, failureMessages = [] }, file) {
  const [reason] = failureMessages.join('\n').split('\n')
  return `${status}: ${file} > ${fullName}${reason ? `: ${reason}` : ''}`
}

/** A step that ends its output with a line `N passed, N failed`, and begins a line with FAIL for each failure. */
export function countByLastLine(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
  if (!found) return { passed: 0, failed: 1, problems: ['it did not tell how many tests passed'] }
  return { passed: Number(found[1]), failed: Number(found[2]), problems: output.match(/(?<=^ *FAIL ).+/gm) ?? [] }
}
