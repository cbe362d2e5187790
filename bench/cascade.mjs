// `npm run bench -- --cascade`: what a cascade leaves to ask of labelled sets whose labels stand for the model, how often what it decided
// agrees with them, and how fast it learns and decides.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CascadeLearner } from '../server/domain/cascade/cascadeLearner.ts'
import { CascadePortion } from '../server/domain/cascade/cascadePortion.ts'
import { countTerms } from '../server/domain/cascade/textFeatures.ts'

const promise = 0.95
const rowsOfSet = 8000
const sets = [
  { name: 'Banking77', file: 'banking77.jsonl', field: 'label', most: 0.45 },
  { name: 'CLINC150 intents', file: 'clinc150.jsonl', field: 'label', most: 0.45 },
  { name: 'CLINC150 domains', file: 'clinc150.jsonl', field: 'domain', most: 0.22 },
]
const limits = { decisionsASecond: 20_000, trainingSeconds: 3, trainingLabels: 4000 }

/** True where each limit is kept: the share asked for seed 1, the agreement of what was decided for every seed. */
export async function runCascadeFigures({ folder, seeds = 20, isJson }) {
  const figures = []
  for (const set of sets) {
    const file = path.join(folder, set.file)
    if (!existsSync(file)) {
      process.stderr.write(`${file} is not there: its figures are missing\n`)
      continue
    }
    const all = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const runs = []
    for (let seed = 1; seed <= seeds; seed++) {
      runs.push(await decideRows(chooseRows(all, set.field, seed), seed))
      if (!isJson) process.stderr.write(`${set.name}, seed ${seed}: ${textOfRun(runs.at(-1))}\n`)
    }
    figures.push({ set: set.name, most: set.most, runs, speed: await measureSpeed(chooseRows(all, set.field, 1)) })
  }
  process.stdout.write(isJson ? `${JSON.stringify({ promise, figures })}\n` : textOf(figures))
  return figures.length > 0 && figures.every(isKept)
}

/** So many rows in a random order, with their labels as numbers. */
function chooseRows(all, field, seed) {
  const names = new Map()
  const numberOf = (name) => names.get(name) ?? names.set(name, names.size).size - 1
  const random = seeded(seed)
  const rows = all.map((row) => ({ text: row.text, label: numberOf(row[field]) }))
  for (let last = rows.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[rows[last], rows[other]] = [rows[other], rows[last]]
  }
  return rows.slice(0, rowsOfSet)
}

async function decideRows(rows, seed) {
  const random = seeded(seed + 1000)
  const learner = new CascadeLearner({ random, giveWay: async () => undefined })
  const items = rows.map(({ text }) => ({ text: countTerms(text), draw: random(), auditDraw: random() }))
  const count = { audited: 0, agreed: 0, takenBack: 0 }
  const portion = new CascadePortion(learner, items, promise, count)
  const result = { asked: 0, decided: 0, agreed: 0 }
  for (let step = await portion.next(); step.kind !== 'done'; step = await portion.next()) {
    if (step.kind === 'ask') {
      result.asked += step.items.length
      for (const item of step.items) portion.answered(item, rows[item].label)
    } else {
      result.decided += step.items.length
      result.agreed += step.items.filter(({ item, said }) => said.label === rows[item].label).length
    }
  }
  return {
    ...{ seed, asked: result.asked / rows.length, agreement: result.decided ? result.agreed / result.decided : 1 },
    ...count,
  }
}

/** Training of one model from the beginning and of what decides (one for each fold), and deciding with the reading of the text. */
async function measureSpeed(rows) {
  const learner = new CascadeLearner({ random: seeded(1), giveWay: async () => undefined })
  const texts = rows.map(({ text }) => countTerms(text))
  learner.meet(texts)
  const half = limits.trainingLabels - 100
  for (let nth = 0; nth < half; nth++) learner.add(texts[nth], rows[nth].label, nth < 500)
  await learner.learn()
  for (let nth = half; nth < limits.trainingLabels; nth++) learner.add(texts[nth], rows[nth].label, false)
  const from = performance.now()
  await learner.learn()
  const trained = performance.now()
  const rest = rows.slice(limits.trainingLabels)
  await learner.predict(rest.map(({ text }) => countTerms(text)))
  const decided = performance.now()
  return {
    trainingSeconds: (trained - from) / 1000,
    decisionsASecond: rest.length / ((decided - trained) / 1000),
  }
}

function isKept({ most, runs, speed }) {
  const isFast = speed.trainingSeconds <= limits.trainingSeconds && speed.decisionsASecond >= limits.decisionsASecond
  return isFast && runs[0].asked <= most && runs.every(({ agreement }) => agreement >= promise)
}

const percent = (share) => `${(share * 100).toFixed(1)} %`

function textOfRun({ asked, agreement, audited, takenBack }) {
  return `asked ${percent(asked)}, agreement of the decided ${percent(agreement)}, ${audited} audited, ${takenBack} taken back`
}

function textOf(figures) {
  const lines = figures.map(({ set, most, runs, speed }) => {
    const agreements = runs.map(({ agreement }) => agreement)
    const asked = runs.map((run) => run.asked)
    const broken = agreements.filter((agreement) => agreement < promise).length
    return [
      `${set}: asked ${percent(runs[0].asked)} with seed 1 (limit ${percent(most)}; over ${runs.length} seeds ${percent(Math.min(...asked))} to ${percent(Math.max(...asked))})`,
      `  agreement of what was decided ${percent(Math.min(...agreements))} to ${percent(Math.max(...agreements))}; below the promise in ${broken} of ${runs.length} seeds (limit 0)`,
      `  learning from ${limits.trainingLabels} labels ${speed.trainingSeconds.toFixed(2)} s (limit ${limits.trainingSeconds}), ${Math.round(speed.decisionsASecond)} decisions a second (limit ${limits.decisionsASecond})`,
    ].join('\n')
  })
  return `${lines.join('\n')}\n`
}

function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
