import { l10n } from 'vscode'
import { leastLabelMass } from '../../protocol/decisions.ts'
import type {
  CandidateReport,
  ConfidenceMetrics,
  CriterionMetrics,
  EvaluationReport,
  ScoreErrors,
} from '../../protocol/evaluation.ts'
import { assertNever } from '../../protocol/names.ts'
import { bestCandidates } from '../../shared/bestCandidates.ts'
import { askTitle, confidenceTitle } from '../../shared/describe/ask.ts'
import {
  describeReason,
  formatDuration,
  formatInstant,
  formatNumber,
  formatUsd,
  language,
  plural,
  taskTitle,
} from '../describe/language.ts'

import { onOneLine, wrap } from '../describe/plainText.ts'
import { categoryLines, formatShare } from './categoryMetricsText.ts'
import { plainTable } from './plainTable.ts'

/** Tables are as wide; a longer sentence would run out of sight. */
const widestLine = 84

/** How far each candidate agrees with what a person said, as a page of plain text: side by side, then one by one. */
export function evaluationText(report: EvaluationReport): string {
  const { candidates, startedAt, finishedAt } = report
  const took = finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt)
  const at = formatInstant(startedAt)
  const lines = [
    l10n.t('LLM Providers: models compared on your corrections'),
    '',
    ...goldenLines(report).map((line) => `  ${line}`),
    ...tablesOf(candidates).flatMap((rows) => ['', ...plainTable(rows)]),
    ...bestLines(report),
    ...candidates.flatMap(detailLines),
    '',
    ...notes().flatMap((note) => wrap(note, widestLine).map((line) => `  ${line}`)),
    `  ${took === null ? l10n.t('Started {0}.', at) : l10n.t('Started {0}, took {1}.', at, formatDuration(took))}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Where the figures are from, for a reader who compares them with those of another tool. */
function notes(): string[] {
  return [
    l10n.t('– stands where a figure is not defined, or where there is nothing to measure it by.'),
    l10n.t('A failed item counts as a wrong answer; an item that was not reached does not count.'),
    l10n.t(
      'Accuracy: exactly your categories. Overlap: what both have in common (Jaccard). Micro and macro F1 as scikit-learn averages them (zero_division=0).',
    ),
    l10n.t(
      'Kappa: agreement beyond chance of the first category (J. Cohen, 1960): 1 is all of it, 0 none, below 0 less than chance.',
    ),
    l10n.t(
      'Calibration error: how far confidence is from how often it is right, over ten bins (ECE; Naeini, Cooper and Hauskrecht, 2015). Time of an item: of its calls, shared by the items of a call.',
    ),
    l10n.t('An error is the mean distance from your score; in brackets, which way it goes on average.'),
  ]
}

function goldenLines({ golden, state, reason }: EvaluationReport): string[] {
  const { used, labels, path, broken, unknownCategories } = golden
  return [
    plural(labels, '{1} of {0} label in {2}', '{1} of {0} labels in {2}', formatNumber(used), onOneLine(path)),
    ...(state === 'cancelled' ? [l10n.t('Cancelled: the comparison covers what was judged by then.')] : []),
    ...(state === 'running' ? [l10n.t('Still in progress: these are the figures so far.')] : []),
    ...(state === 'interrupted'
      ? [l10n.t('Interrupted: the background server ended. Comparing again reuses what was judged.')]
      : []),
    ...(reason ? [onOneLine(describeReason(reason))] : []),
    ...(broken > 0 ? [plural(broken, '{0} line cannot be read', '{0} lines cannot be read')] : []),
    ...(unknownCategories.length > 0
      ? [l10n.t('Not in the profile, so no answer can be right: {0}', unknownCategories.map(onOneLine).join(', '))]
      : []),
  ]
}

/** Side by side they would be too wide to read. */
function tablesOf(candidates: readonly CandidateReport[]): string[][][] {
  const table = (title: string, figures: Record<string, (candidate: CandidateReport) => string>) => [
    [title, ...Object.keys(figures)],
    ...candidates.map((candidate) => [
      shortName(candidate),
      ...Object.values(figures).map((figure) => figure(candidate)),
    ]),
  ]
  const categorized = table(l10n.t('Categories'), {
    [l10n.t('accuracy')]: ({ categorization: of }) => formatShare(of?.accuracy),
    [l10n.t('micro F1')]: ({ categorization: of }) => formatShare(of?.micro.f1),
    [l10n.t('macro F1')]: ({ categorization: of }) => formatShare(of?.macro.f1),
    [l10n.t('overlap')]: ({ categorization: of }) => formatShare(of?.jaccard),
    [l10n.t('kappa')]: ({ categorization: of }) => formatShare(of?.kappa),
  })
  const criteria = [...new Set(candidates.flatMap(({ scoring }) => scoring?.criteria?.map(({ name }) => name) ?? []))]
  const asked = Object.fromEntries(
    criteria.map((name) => [
      name,
      ({ scoring }: CandidateReport) => formatCriterion(scoring?.criteria?.find((each) => each.name === name)),
    ]),
  )
  const usual = {
    [l10n.t('interest (of 10)')]: ({ scoring }: CandidateReport) => formatErrors(scoring?.interest),
    [l10n.t('quality (of 10)')]: ({ scoring }: CandidateReport) => formatErrors(scoring?.quality),
  }
  const scored = table(l10n.t('Scores, mean error'), {
    ...(criteria.length > 0 ? asked : usual),
    [l10n.t('score (of 20)')]: ({ scoring }) => formatErrors(scoring?.score),
  })
  const calls = table(l10n.t('Calls'), {
    [l10n.t('items')]: ({ counts }) => formatNumber(counts ? counts.ok + counts.failed + counts.skipped : 0),
    [l10n.t('failed')]: ({ counts }) => formatNumber(counts?.failed ?? 0),
    [l10n.t('cost')]: formatCost,
    [l10n.t('median time')]: ({ latencyMs }) => (latencyMs ? formatDuration(latencyMs.p50) : '–'),
    [l10n.t('95 % within')]: ({ latencyMs }) => (latencyMs ? formatDuration(latencyMs.p95) : '–'),
    [l10n.t('tokens')]: ({ input, output }) => formatNumber(input + output),
  })
  const ways = table(l10n.t('An item'), {
    [l10n.t('asked by')]: ({ asked }) =>
      asked && asked.length > 0 ? asked.map((ask) => askTitle(language, ask)).join(', ') : '–',
    [l10n.t('calibration error')]: ({ categorization: of }) => formatShare(of?.calibrationError),
    [l10n.t('Brier score')]: ({ categorization: of }) => formatShare(of?.brier),
    [l10n.t('time')]: ({ secondsPerItem: time }) => (time == null ? '–' : formatDuration(time * 1000)),
    [l10n.t('tokens')]: ({ tokensPerItem: tokens }) => (tokens == null ? '–' : formatNumber(Math.round(tokens))),
  })
  return [
    ...(candidates.some(({ categorization }) => categorization !== null) ? [categorized] : []),
    ...(candidates.some(({ scoring }) => scoring !== null) ? [scored] : []),
    calls,
    ways,
  ]
}

/** Which one to take for each task, and why. Setting the route is one command of the editor away. */
function bestLines(report: EvaluationReport): string[] {
  const lines = bestCandidates(report).flatMap(({ task, report: best, figure, isFastest }) => {
    const value = formatNumber(figure.value, { least: 2 })
    const told = figure.name === 'accuracy' ? l10n.t('accuracy {0}', value) : l10n.t('mean error {0} of 20', value)
    const why = isFastest ? [l10n.t('the fastest of those that so few labels cannot tell apart')] : []
    const sentence = l10n.t('Best for {0}: {1} ({2})', taskTitle(task), longName(best), [told, ...why].join(', '))
    return wrap(sentence, widestLine)
  })
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `  ${line}`)]
}

function detailLines(candidate: CandidateReport): string[] {
  const { reason, reused, categorization, runId, labelMass } = candidate
  const state = stateWords(candidate.state)
  const remarks = [
    ...(state === null ? [] : [state]),
    ...(reason ? [onOneLine(describeReason(reason))] : []),
    ...(reused > 0
      ? [plural(reused, '{0} result reused from an earlier run', '{0} results reused from earlier runs')]
      : []),
    ...(labelMass != null && labelMass < leastLabelMass ? wrap(labelMassWords(labelMass), widestLine) : []),
    ...(categorization?.confidence ?? []).flatMap((each) => wrap(confidenceWords(each), widestLine)),
    ...(runId === null ? [] : [l10n.t('Results: {0}', runId)]),
  ]
  if (remarks.length === 0 && !categorization) return []
  const name = longName(candidate)
  return [
    '',
    '',
    name,
    '─'.repeat(name.length),
    ...remarks.map((line) => `  ${line}`),
    ...(categorization ? categoryLines(categorization) : []),
  ]
}

/** How well one way of confidence is known, and what corrects it. */
function confidenceWords({ asked, items, calibrationError, correction }: ConfidenceMetrics): string {
  const told = [confidenceTitle(language, asked.source), formatNumber(items), formatShare(calibrationError)]
  if (correction === null) {
    return l10n.t('Confidence ({0}) of {1} answers: calibration error {2}; too few to correct it.', ...told)
  }
  return l10n.t(
    'Confidence ({0}) of {1} answers: calibration error {2}; corrected from now on, {3} by then.',
    ...[...told, formatShare(correction.calibrationError)],
  )
}

function labelMassWords(labelMass: number): string {
  return l10n.t(
    'Only {0} of the probability was on the labels: the model does not understand what is asked. Ask it by text.',
    formatNumber(labelMass, { least: 2 }),
  )
}

/** Null: it came to its end, which needs no words. */
function stateWords(state: CandidateReport['state']): string | null {
  switch (state) {
    case 'done':
      return null
    case 'waiting':
      return l10n.t('It has not started.')
    case 'running':
      return l10n.t('It is being asked.')
    case 'failed':
      return l10n.t('It did not finish.')
    case 'cancelled':
      return l10n.t('It was cancelled.')
    case 'interrupted':
      return l10n.t('It was interrupted: the background server ended.')
    default:
      return assertNever(state)
  }
}

function shortName(candidate: CandidateReport): string {
  const name = longName(candidate)
  return name.length > 48 ? `${name.slice(0, 47)}…` : name
}

/** The routes are named as routes: what stands behind them may be the same model as another candidate. */
function longName({ candidate, name, runId }: CandidateReport): string {
  const asked = candidate.ask === undefined ? name : l10n.t('{0} by {1}', name, askTitle(language, candidate.ask))
  if (candidate.provider !== null) return onOneLine(asked)
  return runId === null ? l10n.t('The routes as they are') : l10n.t('Routes: {0}', onOneLine(asked))
}

/** A scale by its mean error, all else by F1. */
function formatCriterion(metrics: CriterionMetrics | undefined): string {
  if (!metrics) return '–'
  return metrics.type === 'scale' ? formatErrors(metrics.errors) : `F1 ${formatShare(metrics.scores?.f1)}`
}

function formatErrors(value: ScoreErrors | undefined): string {
  if (!value) return '–'
  const { meanAbsolute, bias } = value
  return `${formatNumber(meanAbsolute, { least: 2 })} (${bias > 0 ? '+' : ''}${formatNumber(bias, { least: 2 })})`
}

function formatCost({ costUsd, latencyMs }: CandidateReport): string {
  if (!latencyMs) return '–'
  return costUsd === null ? l10n.t('unknown') : formatUsd(costUsd)
}
