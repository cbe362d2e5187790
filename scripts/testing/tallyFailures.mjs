// What failed in several runs of `npm test`, from what they printed.

/** Most frequent first: `what` failed, in how many of the outputs, and each different reason that was given for it. */
export function tallyFailures(outputs) {
  const found = new Map()
  for (const output of outputs) {
    for (const [what, reasons] of failuresOf(output)) {
      const known = found.get(what) ?? { what, count: 0, reasons: [] }
      found.set(what, { what, count: known.count + 1, reasons: [...new Set([...known.reasons, ...reasons])] })
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count)
}

/** By step and test: a step that failed without naming a test is one itself. */
function failuresOf(output) {
  const failures = new Map()
  let step = null
  let isNamed = false
  const endStep = () => {
    if (step !== null && !isNamed) failures.set(step, [])
  }
  for (const line of output.split('\n')) {
    const state = /^(ok {2}|FAIL) {2}(\S+)/.exec(line)
    if (state) {
      endStep()
      step = state[1] === 'FAIL' ? state[2] : null
      isNamed = false
    }
    const problem = step === null ? null : /^ {6}! (.+)$/.exec(line)
    if (problem) {
      isNamed = true
      const { what, reason } = partsOf(problem[1])
      const name = `${step}: ${what}`
      failures.set(name, [...(failures.get(name) ?? []), ...(reason ? [reason] : [])])
    }
  }
  endStep()
  return failures
}

/** `failed: FILE > TEST: REASON`, where the test's name may have colons too, or the name of a case with its milliseconds. */
function partsOf(problem) {
  const [, what, reason] = /^(.*?)(?:: ((?:[A-Z]\w*)?(?:Error|Timeout)\b.*))?$/.exec(problem)
  return { what: what.replace(/^failed: /, '').replace(/ \(\d+ ms\)$/, ''), reason }
}
