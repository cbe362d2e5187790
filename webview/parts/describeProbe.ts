import * as l10n from '@vscode/l10n'
import { leastLabelMass } from '../../protocol/decisions.ts'
import type { ProbeFindings } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { describeDecisions, formatNumber } from './language.ts'

/** What was measured of a model, each as a sentence of its own. */
export function probeLines(probe: ProbeFindings): string[] {
  const lines: [string, boolean | null][] = [
    [l10n.t('Keeps to a schema'), probe.schema],
    ...thinkingLines(probe),
    [l10n.t('Keeps to a list of labels'), probe.enumeration],
    [l10n.t('Answers five items in one call'), probe.batchOfFive],
    [l10n.t('Reports token usage'), probe.usageReported],
    [l10n.t('Needs thinking turned off'), probe.emptyWhileThinking],
  ]
  const decides = probe.decisions ? [describeDecisions(probe.decisions.limits)] : []
  // What only decides has no other ways to be asked.
  if (decides.length > 0 && probe.outputModes.length === 0) return decides
  return [
    ...(probe.batch
      ? [l10n.t('Items of one call that it judges as it judges them alone: {0}', formatNumber(probe.batch))]
      : []),
    ...lines.map(([what, is]) => `${what}: ${describeFinding(is)}`),
    ...decides,
    ...readoutLines(probe),
    l10n.t('Runs will ask it by: {0}', probe.outputModes.map(modeWords).join(', ')),
  ]
}

/** Only of a model that thinks has thinking been measured. */
function thinkingLines({ schemaWithThinking, schemaWithoutThinking }: ProbeFindings): [string, boolean | null][] {
  if (schemaWithThinking === null && schemaWithoutThinking === null) return []
  return [
    [l10n.t('Keeps to a schema with thinking on'), schemaWithThinking],
    [l10n.t('Keeps to a schema with thinking off'), schemaWithoutThinking],
  ]
}

/** Nothing where it was not measured. */
function readoutLines({ readout, readoutProblem }: ProbeFindings): string[] {
  if (readout === undefined) return []
  if (readout === null) {
    return [l10n.t('Decisions read out of its log probabilities: {0}', problemWords(readoutProblem ?? 'no_logprobs'))]
  }
  const mass = formatNumber(readout.labelMass, { least: 2 })
  return [
    readout.labelMass < leastLabelMass
      ? l10n.t(
          'Decisions read out of its log probabilities: possible, but only {0} of the probability is on the labels: it does not understand what is asked',
          mass,
        )
      : l10n.t('Decisions read out of its log probabilities: possible, {0} of the probability is on the labels', mass),
  ]
}

function problemWords(problem: ReadoutProblem): string {
  switch (problem) {
    case 'no_logprobs':
      return l10n.t('no, it gives none')
    case 'label_tokens':
      return l10n.t('no, its answers do not begin with a label of one token')
    case 'thinks':
      return l10n.t('no, thinking cannot be turned off')
    case 'too_few':
      return l10n.t('no, too few come back')
    default:
      return assertNever(problem)
  }
}

function describeFinding(is: boolean | null): string {
  if (is === null) return l10n.t('not measured')
  return is ? l10n.t('yes') : l10n.t('no')
}

/** How an answer is asked for. */
export function modeWords(mode: OutputMode): string {
  switch (mode) {
    case 'schema':
      return l10n.t('schema')
    case 'tool':
      return l10n.t('forced tool')
    case 'json':
      return l10n.t('JSON mode')
    case 'text':
      return l10n.t('plain text')
    default:
      return assertNever(mode)
  }
}
