// `npm run bench -- --review`: how soon a review finds what is wrong, and how far what it says of the rest holds, over labelled sets
// judged by a scripted model whose errors are known.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { calibrateScripted, covers, reviewScriptedRun, simulateReview } from '../test/support/review/scriptedReview.ts'

const sets = ['banking77.jsonl', 'clinc150.jsonl']
const mostRows = 3000
const least = { found: 0.8, covered: 95 }

/** True where each limit is kept. `seeds`: repetitions of the intervals; `runs`: of a whole run over each set. */
export async function runReviewFigures({ folder, seeds = 100, runs = 5, isJson }) {
  const rows = []
  for (const name of sets) {
    const file = path.join(folder, name)
    if (!existsSync(file)) process.stderr.write(`${file} is not there: its figures are missing\n`)
    else rows.push(await figuresOf(name, readRows(file), runs))
  }
  const repeated = Array.from({ length: seeds }, (_, nth) => simulateReview(mostRows, (nth + 1) * 104_729))
  const covered = repeated.map((review) => covers(review.state, review))
  const share = (name) => Math.round((covered.filter((each) => each[name]).length / seeds) * 100)
  const intervals = {
    repetitions: seeds,
    items: mostRows,
    agreement: share('agreement'),
    stillWrong: share('stillWrong'),
  }
  process.stdout.write(isJson ? `${JSON.stringify({ sets: rows, intervals })}\n` : textOf(rows, intervals))
  const isCovered = intervals.agreement >= least.covered && intervals.stillWrong >= least.covered
  return rows.length > 0 && rows.every(({ found }) => found.least >= least.found) && isCovered
}

/** Spread over the set, and equal texts once: they share one label. */
function readRows(file) {
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const distinct = [...new Map(all.map((row) => [row.text, row])).values()]
  const step = Math.max(1, Math.floor(distinct.length / mostRows))
  return distinct.filter((_, nth) => nth % step === 0).slice(0, mostRows)
}

async function figuresOf(set, rows, runs) {
  const reviews = []
  for (let seed = 1; seed <= runs; seed++) reviews.push(await reviewScriptedRun(rows, seed))
  const found = reviews.map((review) => review.found).sort((one, other) => one - other)
  const { before, after } = calibrateScripted(rows, 1)
  const first = reviews[0]
  return {
    set,
    rows: rows.length,
    found: { least: rounded(found[0]), middle: rounded(found[Math.floor(runs / 2)]) },
    covered: reviews.filter((review) => Object.values(covers(review.state, review)).every(Boolean)).length,
    runs,
    calibrationError: { before: rounded(before), after: rounded(after) },
    example: {
      stillWrong: first.state.stillWrong,
      so: first.stillWrong,
      agreement: first.state.agreement,
      right: first.right,
    },
  }
}

function textOf(rows, { repetitions, items, agreement, stillWrong }) {
  const lines = rows.flatMap(({ set, rows: count, found, covered, runs, calibrationError: error, example }) => [
    `${set}, ${count} rows, ${runs} runs: in the first fifth of the queue ${percent(found.middle)} of the wrong verdicts, ${percent(found.least)} in the worst run (limit ${percent(least.found)})`,
    `  both intervals hold in ${covered} of ${runs} runs; the first says about ${example.stillWrong?.about} still wrong, ${example.stillWrong?.low} to ${example.stillWrong?.high}: they are ${example.so}`,
    `  calibration error ${error.before} before the correction, ${error.after} after`,
  ])
  const last = `${repetitions} seeded reviews of ${items} verdicts: agreement within its interval in ${agreement} %, still wrong in ${stillWrong} % (limit ${least.covered} %)`
  return `${[...lines, last].join('\n')}\n`
}

function percent(share) {
  return `${Math.round(share * 100)} %`
}

function rounded(share) {
  return Math.round(share * 1e4) / 1e4
}
