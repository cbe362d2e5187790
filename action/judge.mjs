// What action.yml runs: judges a source by the terminal, writes a report, comments it on the pull request, and gates by what was found.
// Nothing but Node, so that it runs as it stands.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { commentReport } from './comment.mjs'

const { env } = process
const given = (name) => (env[`JUDGE_${name}`] ?? '').trim()
const linesOf = (name) =>
  given(name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const folder = path.join(env.RUNNER_TEMP || '.', 'llm-providers')
const data = env.LLM_PROVIDERS_HOME || path.join(folder, 'data')
const resultsFile = path.join(folder, 'results.jsonl')
const reportFile = path.join(folder, 'report.md')
const [program = '', ...before] = given('COMMAND').split(/\s+/)

await main().catch((error) => {
  console.error(`llm-providers: ${error.message}`)
  process.exitCode = 1
})

async function main() {
  mkdirSync(folder, { recursive: true })
  const task = given('TASK')
  if (!['run', 'categorize', 'score'].includes(task)) throw new Error(`task is run, categorize or score, not "${task}"`)
  const sources = linesOf('SOURCE')
  if (sources.length === 0) throw new Error('source is empty')
  const most = Number(given('GATE_MOST') || '0')
  if (!Number.isInteger(most) || most < 0) throw new Error('gate-most is a whole number')
  for (const line of linesOf('SETUP')) call(wordsOf(line))

  const newest = () => ask(['run', 'list', '--limit', '1']).rows[0]
  const last = newest()?.runId
  const judged = call([task, ...optionsOf(), '--yes', '--output', resultsFile, '--', ...sources], [0, 3, 4, 130])
  const run = newest()
  if (!run || run.runId === last) throw new Error('no run was started: see above')
  const gated = countGated(run.runId)
  const isReported = call(['results', run.runId, '--output', reportFile], [0, 3]).status === 0
  const problems = problemsOf(judged.status, run, gated, most)
  const report = `${headingOf(run, problems, gated, most)}\n${isReported ? readFileSync(reportFile, 'utf8') : ''}`

  writeOutputs({ run: run.runId, results: resultsFile, gated: gated ?? '' })
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${report}\n`)
  if (given('COMMENT') !== 'false') {
    // A fork's token may not write: the report is in the summary all the same, and the gate holds.
    const note = await commentReport(env, { token: given('TOKEN'), key: sources.join('\n'), report })
    if (note !== null) console.log(`llm-providers: ${note}`)
  }
  for (const problem of problems) console.error(`llm-providers: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

function optionsOf() {
  const options = {
    PROFILE: '--profile',
    PROVIDER: '--provider',
    MODEL: '--model',
    MAX_COST: '--max-cost',
    LIMIT: '--limit',
  }
  return Object.entries(options).flatMap(([name, option]) => (given(name) === '' ? [] : [option, given(name)]))
}

/** Null: there is no gate. */
function countGated(runId) {
  const conditions = linesOf('GATE')
  if (conditions.length === 0) return null
  return ask(['results', runId, '--limit', '1', ...conditions.flatMap((each) => ['--filter', each])]).total
}

function problemsOf(status, { state, counts }, gated, most) {
  const problems = []
  if (state !== 'completed') problems.push(`the run is ${state}, not completed`)
  else if (status !== 0 && status !== 4) problems.push(`the terminal ended with ${status}`)
  if (counts.failed > 0 && given('ALLOW_FAILED_ITEMS') !== 'true') problems.push(`${counts.failed} items failed`)
  if (gated !== null && gated > most)
    problems.push(`${gated} results fit the gate (${linesOf('GATE').join(', ')}), ${most} may`)
  return problems
}

function headingOf({ counts, source, spent }, problems, gated, most) {
  const gate = gated === null ? [] : [`| gate | ${gated} of at most ${most} fit ${code(linesOf('GATE').join(', '))} |`]
  const cost = spent.unpricedCalls > 0 ? 'not known' : `$${spent.costUsd.toFixed(4)}`
  return [
    `### LLM Providers: ${problems.length === 0 ? 'passed' : 'failed'}`,
    '',
    ...problems.map((problem) => `- ${code(problem)}`),
    '',
    '| | |',
    '|---|---|',
    `| source | ${code(source)} |`,
    `| items | ${counts.ok} judged, ${counts.failed} failed, ${counts.skipped} skipped |`,
    `| cost | ${cost} |`,
    ...gate,
    '',
  ].join('\n')
}

/** Other people's words, as text that nothing is made of. */
function code(text) {
  return `\`${text.replace(/[`|\s]+/g, ' ').trim()}\``
}

/** What the terminal prints on --json. */
function ask(words) {
  const { stdout } = call([...words, '--json'], [0])
  return JSON.parse(stdout).value
}

/**
 * Runs the terminal. What it prints on stdout may hold texts of items, and a line of the log can be a command to the runner: it is not
 * shown, and while stderr is, commands are off.
 */
function call(words, expected = [0]) {
  const { status, stdout, stderr, error } = spawnSync(program, [...before, ...words], {
    encoding: 'utf8',
    env: { ...env, LLM_PROVIDERS_HOME: data, JUDGE_TOKEN: '' },
    maxBuffer: 512 * 1024 * 1024,
  })
  if (error) throw new Error(`${program} cannot be run: ${error.message}`)
  const token = randomUUID()
  if (stderr.trim() !== '') process.stdout.write(`::stop-commands::${token}\n${stderr.trimEnd()}\n::${token}::\n`)
  if (!expected.includes(status)) throw new Error(`"${words.slice(0, 2).join(' ')}" ended with ${status}`)
  return { status, stdout }
}

/** A line as a shell would part it: quotation marks hold words together, and nothing else means anything. */
function wordsOf(line) {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain)
}

function writeOutputs(outputs) {
  if (!env.GITHUB_OUTPUT) return
  for (const [name, value] of Object.entries(outputs)) {
    const end = randomUUID()
    appendFileSync(env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
  }
}
