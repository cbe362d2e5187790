// Figures that stand beside each other are taken in turns, in one run: what slows the machine slows them all.
import { readFileSync } from 'node:fs'

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs each contestant once a round, in rotating order, and gives the median of what each returned. */
export async function takeTurns(rounds, contestants) {
  const names = Object.keys(contestants)
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length]
      taken[name].push(await contestants[name]())
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])]))
}

/** Milliseconds that something took. */
export async function timed(run) {
  const started = performance.now()
  await run()
  return performance.now() - started
}

/** Seconds of a processor that a process has used so far, in all its threads; null where the system does not tell. */
export function processorTimeOf(pid) {
  try {
    // The name of the program, in parentheses, may hold anything.
    const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return (Number(fields[10]) + Number(fields[11])) / ticksASecond
  } catch {
    return null
  }
}

/** Of Linux, wherever it runs. */
const ticksASecond = 100

/** Resident memory of a process in MB, now or at its highest; null where the system does not tell (no /proc). */
export function memoryOf(pid, field = 'VmRSS') {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found ? Number(found[1]) / 1024 : null
  } catch {
    return null
  }
}
