// Runs of the checks with real servers: items of their own for each, and what holds of every run.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

const subjects = ['card', 'transfer', 'refund', 'top-up', 'PIN']
/** No check has texts of another one: what one of them has judged is asked again by none of the others, and would be taken over. */
export const ticketsOf = (name, count) =>
  Array.from({ length: count }, (_, index) => {
    const subject = subjects[index % subjects.length]
    return `Ticket ${index + 1} of ${name}: my ${subject} did not work on day ${index + 1}.`
  })

/** A file of its own for a check, and the words of a run over it. */
export function prepareRun({ folder }, { provider, model }, name, texts, ...more) {
  const input = `${provider}-${name}.jsonl`
  const rows = texts.map((text, index) => `${JSON.stringify({ id: `t${index + 1}`, text })}\n`)
  writeFileSync(path.join(folder, input), rows.join(''))
  const results = `${provider}-${name}.results.jsonl`
  const words = [
    ...['run', input, '--profile', 'profile.yaml', '--provider', provider, '--model', model, '--output', results],
    ...['--yes', '--stop-failed', 'never', '--stop-invalid', 'never', ...more],
  ]
  return { words, results, items: texts.length }
}

/** Every item has exactly one result, and the file, the run and its counts say the same. */
export function assertWhole(run, results, items) {
  const { ok, failed, skipped, waiting } = run.counts
  assert.deepEqual({ done: ok + failed + skipped, waiting }, { done: items, waiting: 0 })
  assert.deepEqual(new Set(results.map(({ id }) => id)).size, items, 'an item has no result, or two')
  assert.equal(results.filter(({ status }) => status === 'ok').length, ok)
}

/** A run ends with 0, or with 4 where items failed. */
export function assertEnded({ code, err }) {
  assert.ok([0, 4].includes(code), `exit ${code}: ${err.slice(-300)}`)
}

export async function newestRun(terminal) {
  return (await terminal.json(['run', 'list', '--limit', '1'])).rows[0]
}
