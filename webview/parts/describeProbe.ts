import * as l10n from '@vscode/l10n'
import type { ProbeFindings } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { describeDecisions } from './language.ts'

/** What was measured of a model, each as a sentence of its own. */
export function probeLines(probe: ProbeFindings): string[] {
  const lines: [string, boolean | null][] = [
    [l10n.t('Keeps to a schema'), probe.schema],
    ...thinkingLines(probe),
    [l10n.t('Keeps to a list of labels'), probe.enumeration],
    [l10n.t('Answers five items in one call'), probe.batchOfFive],
    [l10n.t('Says how many tokens it took'), probe.usageReported],
    [l10n.t('Needs thinking switched off'), probe.emptyWhileThinking],
  ]
  const decides = probe.decisions ? [describeDecisions(probe.decisions.limits)] : []
  // What only decides has no other ways to be asked.
  if (decides.length > 0 && probe.outputModes.length === 0) return decides
  return [
    ...lines.map(([what, is]) => `${what}: ${describeFinding(is)}`),
    ...decides,
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
