import { leastLabelMass } from '../../protocol/decisions.ts'
import type {
  CandidateReport,
  CategoryMetrics,
  ConfidenceMetrics,
  CriterionMetrics,
  EvaluationReport,
  ScoreErrors,
} from '../../protocol/evaluation.ts'
import { bestCandidates } from '../../shared/bestCandidates.ts'
import { confidenceTitle } from '../../shared/describe/ask.ts'
import { english } from '../../shared/language.ts'
import { usd } from '../describe/usageText.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count, duration } from '../terminal/format.ts'
import { neutralise } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'

const widestBar = 30
const cellsShown = 15

/** Who compares how, then what stands behind it, candidate by candidate. `withBars`: F1 of each category as a chart. */
export function evaluationText(sink: Sink, report: EvaluationReport, withBars: boolean): string {
  const { golden, candidates } = report
  const lines = [
    `${count(golden.used, 'label')} of ${golden.labels} in ${golden.path}${stateText(report.state)}`,
    ...(report.reason ? [report.reason.message] : []),
    ...(golden.broken > 0 ? [`${count(golden.broken, 'line')} cannot be read: label list shows which`] : []),
    ...(golden.unknownCategories.length > 0
      ? [`not in the profile, so never right: ${golden.unknownCategories.join(', ')}`]
      : []),
  ].map(neutralise)
  const named: CandidateColumn = { heading: 'candidate', text: candidateName, most: 48 }
  const tables = tablesOf(candidates).flatMap((columns) => ['', renderTable(sink, [named, ...columns], candidates)])
  const details = candidates.flatMap((candidate) => detailsOf(sink, candidate, withBars))
  const best = bestText(sink, report)
  return [...lines, ...tables, ...(best.length > 0 ? ['', ...best] : []), ...details, '', ...notes].join('\n')
}

/** Where the figures come from, so that they can be compared with those of another tool. */
const notes = [
  '–: not defined here, or nothing to measure it by. A failed item is a wrong answer; one that was not come to does not count.',
  'accuracy: exactly the same categories. micro, macro: as scikit-learn averages them, zero_division=0. jaccard: common of all.',
  'calibration error: confidence against being right, over ten bins (ECE; Naeini 2015). Brier: their mean squared difference.',
  'corrected: isotonic regression on the labels, measured on labels that the fit had not seen (five folds).',
  's an item: time of calls, shared by their items.',
  'kappa: (po - pe) / (1 - pe), Cohen 1960, of the first category. Errors: mean absolute, and in brackets which way they go.',
  'kappa of a scale: with quadratic weights, Cohen 1968.',
]

function stateText(state: EvaluationReport['state']): string {
  return state === 'completed' ? '' : ` (${state})`
}

type CandidateColumn = Column<CandidateReport>

/** Side by side they would be wider than most terminals. */
function tablesOf(candidates: readonly CandidateReport[]): CandidateColumn[][] {
  const figure = (heading: string, read: (candidate: CandidateReport) => string): CandidateColumn => ({
    heading,
    text: read,
    align: 'right',
  })
  const categorized = [
    figure('accuracy', ({ categorization: of }) => share(of?.accuracy)),
    figure('micro F1', ({ categorization: of }) => share(of?.micro.f1)),
    figure('macro F1', ({ categorization: of }) => share(of?.macro.f1)),
    figure('jaccard', ({ categorization: of }) => share(of?.jaccard)),
    figure('kappa', ({ categorization: of }) => share(of?.kappa)),
  ]
  const criteria = candidates.flatMap(({ scoring }) => scoring?.criteria ?? [])
  const names = [...new Set(criteria.map(({ name }) => name))]
  const asked = names.map((name) =>
    figure(name, ({ scoring }) => criterionText(scoring?.criteria?.find((each) => each.name === name))),
  )
  const scored = [
    ...(asked.length > 0
      ? asked
      : [
          figure('interest, mean error', ({ scoring }) => errors(scoring?.interest)),
          figure('quality', ({ scoring }) => errors(scoring?.quality)),
        ]),
    figure('score of 20', ({ scoring }) => errors(scoring?.score)),
  ]
  const calls = [
    figure('failed', ({ counts }) => String(counts?.failed ?? 0)),
    figure('cost', ({ costUsd, latencyMs }) => (latencyMs ? money(costUsd) : '')),
    figure('p50', ({ latencyMs }) => (latencyMs ? duration(latencyMs.p50) : '')),
    figure('p95', ({ latencyMs }) => (latencyMs ? duration(latencyMs.p95) : '')),
    figure('tokens', ({ input, output }) => (input + output).toLocaleString('en-US')),
  ]
  const ways = [
    figure('asked by', ({ asked }) => asked?.join(', ') || '–'),
    figure('calibration error', ({ categorization: of }) => share(of?.calibrationError)),
    figure('s per item', ({ secondsPerItem }) => seconds(secondsPerItem)),
    figure('tokens per item', ({ tokensPerItem }) => tokens(tokensPerItem)),
    figure('Brier', ({ categorization: of }) => share(of?.brier)),
  ]
  return [
    ...(candidates.some(({ categorization }) => categorization !== null) ? [categorized] : []),
    ...(candidates.some(({ scoring }) => scoring !== null) ? [scored] : []),
    calls,
    ways,
  ]
}

/** A scale by its mean error and weighted kappa; all else by F1 and kappa. */
function criterionText(metrics: CriterionMetrics | undefined): string {
  if (!metrics) return '–'
  const { type, errors: of, weightedKappa, scores, kappa } = metrics
  return type === 'scale'
    ? `${errors(of)}, kappa ${share(weightedKappa)}`
    : `F1 ${share(scores?.f1)}, kappa ${share(kappa)}`
}

function detailsOf(sink: Sink, candidate: CandidateReport, withBars: boolean): string[] {
  const { state, reason, reused, categorization, labelMass } = candidate
  const heading = coloursFor(sink).heading(neutralise(candidateName(candidate)))
  const told = [
    ...(state === 'done' ? [] : [stateWords[state]]),
    ...(reason ? [neutralise(reason.message)] : []),
    ...(labelMass != null && labelMass < leastLabelMass
      ? [
          `label mass ${share(labelMass)}: the model does not understand the question and would rather answer something other than a label; ask by text`,
        ]
      : []),
    ...(reused > 0 ? [`${count(reused, 'result')} reused from an earlier run`] : []),
    ...(categorization?.kappaByLabel == null
      ? []
      : [`kappa by category, on average: ${share(categorization.kappaByLabel)}`]),
  ]
  if (!categorization) return told.length > 0 ? ['', heading, ...told] : []
  const tables = [labelTable(sink, categorization, withBars), '', confusionTable(sink, categorization)]
  return ['', heading, ...told, ...tables, ...confidenceParts(sink, categorization, withBars)]
}

/** For each way of confidence how well it is known, and what corrects it from now on; `withBins`: bin by bin. */
function confidenceParts(sink: Sink, metrics: CategoryMetrics, withBins: boolean): string[] {
  const { confidence } = metrics
  if (!confidence) return withBins ? calibrationTable(sink, metrics) : []
  return confidence.flatMap((each) => [
    '',
    neutralise(confidenceText(each)),
    ...(withBins ? calibrationTable(sink, each) : []),
  ])
}

function confidenceText({ asked, items, calibrationError, brier, correction }: ConfidenceMetrics): string {
  const version = asked.version === null ? '' : ` (${asked.version})`
  const whose = `${asked.provider}/${asked.model}${version}, ${confidenceTitle(english, asked.source)}`
  const before = `confidence of ${whose}: ${count(items, 'answer')}, calibration error ${share(calibrationError)}, Brier ${share(brier)}`
  if (correction === null) return `${before}; too few to correct it, ${leastToCorrect} are needed`
  const after = `calibration error ${share(correction.calibrationError)}, Brier ${share(correction.brier)}`
  return `${before}; corrected from now on: ${after}`
}

const leastToCorrect = 30

/** How sure the answers were, and how many of them were right; only bins that have any. */
function calibrationTable(sink: Sink, { calibration = [] }: Pick<CategoryMetrics, 'calibration'>): string[] {
  const rows = calibration.map((bin, place) => ({ ...bin, place })).filter(({ items }) => items > 0)
  if (rows.length === 0) return []
  const columns: Column<(typeof rows)[number]>[] = [
    { heading: 'confidence', text: ({ place }) => `${place / 10} to ${(place + 1) / 10}` },
    { heading: 'items', text: ({ items }) => String(items), align: 'right' },
    { heading: 'on average', text: ({ confidence }) => share(confidence), align: 'right' },
    { heading: 'right', text: ({ accuracy }) => share(accuracy), align: 'right' },
  ]
  return ['', renderTable(sink, columns, rows)]
}

/** The routes are named as routes: what stands behind them may be the same model as another candidate. */
export function candidateName({ candidate, name }: Pick<CandidateReport, 'candidate' | 'name'>): string {
  const asked = candidate.ask === undefined ? name : `${name}@${candidate.ask}`
  return candidate.provider === null ? `current: ${asked}` : asked
}

/** Which one to take for each task, and why; none where there is nothing to choose. */
export function bestText(sink: Sink, report: EvaluationReport): string[] {
  const { good } = coloursFor(sink)
  return bestCandidates(report).map(({ task, report: best, figure: { name, value }, isFastest }) => {
    const told = name === 'accuracy' ? `accuracy ${share(value)}` : `mean error ${value.toFixed(2)} of 20`
    const took = best.secondsPerItem == null ? '' : `, ${seconds(best.secondsPerItem)} s an item`
    const why = isFastest ? ', the fastest of those that so few labels cannot tell apart' : ''
    return `${good('best')} for ${task}: ${neutralise(candidateName(best))} (${told}${took}${why})`
  })
}

const stateWords: Record<Exclude<CandidateReport['state'], 'done'>, string> = {
  waiting: 'it has not begun',
  running: 'it is being asked',
  failed: 'it did not finish',
  cancelled: 'it was cancelled',
  interrupted: 'it was interrupted',
}

type LabelRow = CategoryMetrics['labels'][number]

function labelTable(sink: Sink, { labels }: CategoryMetrics, withBars: boolean): string {
  const columns: Column<LabelRow>[] = [
    { heading: 'category', text: ({ label }) => label, most: 36 },
    { heading: 'support', text: ({ support }) => String(support), align: 'right' },
    { heading: 'given', text: ({ given }) => String(given), align: 'right' },
    { heading: 'precision', text: ({ precision }) => share(precision), align: 'right' },
    { heading: 'recall', text: ({ recall }) => share(recall), align: 'right' },
    { heading: 'F1', text: ({ f1 }) => share(f1), align: 'right' },
    { heading: 'kappa', text: ({ kappa }) => share(kappa), align: 'right' },
    ...(withBars
      ? [{ heading: 'F1', text: ({ f1 }: LabelRow) => '█'.repeat(Math.round((f1 ?? 0) * widestBar)), most: widestBar }]
      : []),
  ]
  return renderTable(sink, columns, labels)
}

type Cell = CategoryMetrics['confusion'][number]

/** What was taken for what; the rest was right. */
function confusionTable(sink: Sink, { confusion, items }: CategoryMetrics): string {
  const wrong = confusion.filter(({ expected, given, failed }) => failed || expected !== given)
  const right = items - wrong.reduce((sum, cell) => sum + cell.items, 0)
  const sum = `first category right: ${right} of ${items}`
  if (wrong.length === 0) return sum
  const columns: Column<Cell>[] = [
    { heading: 'expected', text: ({ expected }) => expected ?? 'no category', most: 36 },
    { heading: 'was given', text: ({ given, failed }) => (failed ? 'failed' : (given ?? 'no category')), most: 36 },
    { heading: 'items', text: (cell) => String(cell.items), align: 'right' },
  ]
  const left = wrong.length > cellsShown ? [`… and ${wrong.length - cellsShown} more pairs`] : []
  return [sum, renderTable(sink, columns, wrong.slice(0, cellsShown)), ...left].join('\n')
}

function seconds(value: number | null | undefined): string {
  return value == null ? '–' : value.toFixed(value < 10 ? 2 : 0)
}

function tokens(value: number | null | undefined): string {
  return value == null ? '–' : Math.round(value).toLocaleString('en-US')
}

function share(value: number | null | undefined): string {
  return value == null ? '–' : value.toFixed(2)
}

/** The mean absolute error, and in which direction it goes on average. */
function errors(value: ScoreErrors | undefined): string {
  return value ? `${value.meanAbsolute.toFixed(2)} (${value.bias > 0 ? '+' : ''}${value.bias.toFixed(2)})` : '–'
}

function money(costUsd: number | null): string {
  return costUsd === null ? 'unknown' : usd(costUsd)
}
