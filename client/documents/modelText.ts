import { l10n } from 'vscode'
import type { EmbeddingFindings, ProbeFindings } from '../../protocol/models.ts'
import { type KnownModel, modelFacts } from '../describe/describeModel.ts'
import { plural, tellInstant } from '../describe/language.ts'
import { onOneLine, wrap } from '../describe/plainText.ts'
import { usageWords } from '../models/testModel.ts'

const rule = `  ${'─'.repeat(78)}`

/** What is known of a model and what was measured, as a page of plain text. */
export function modelText(provider: string, known: KnownModel, now: number): string {
  const facts = modelFacts(known, now)
  const width = Math.max(...facts.map(({ label }) => label.length))
  const lines = [
    l10n.t('LLM Providers model: {0}, {1}', provider, onOneLine(known.info.model)),
    '',
    ...facts.map(({ label, text }) => `  ${label.padEnd(width)}  ${onOneLine(text)}`),
    '',
    `  ${l10n.t('What it really does, measured by small calls')}`,
    rule,
    ...measuredLines(known),
    ...(known.registered?.isProbeOutdated
      ? ['', `  ${l10n.t('Its server has another version now, so this is not relied on: measure it again.')}`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

function measuredLines({ registered }: KnownModel): string[] {
  if (registered?.probe) return findingsLines(registered.probe)
  if (registered?.embedding) return vectorLines(registered.embedding)
  return [indented(l10n.t('Not measured yet. "Test model" offers it.'))]
}

function vectorLines({ dimensions, at, serverVersion }: EmbeddingFindings): string[] {
  return [
    indented(plural(dimensions, 'Its vectors have {0} dimension.', 'Its vectors have {0} dimensions.')),
    indented(l10n.t('Measured at {0} by a real call.', tellInstant(at))),
    ...versionLines(serverVersion),
  ]
}

function versionLines(version: string | null): string[] {
  return version ? [indented(l10n.t('Server version {0}', onOneLine(version)))] : []
}

function findingsLines(probe: ProbeFindings): string[] {
  const answers: [boolean | null, string][] = [
    [probe.schema, l10n.t('enforces a JSON schema')],
    [probe.schemaWithThinking, l10n.t('enforces it while thinking')],
    [probe.schemaWithoutThinking, l10n.t('enforces it with thinking off')],
    [probe.enumeration, l10n.t('keeps to a list of labels')],
    [probe.batchOfFive, l10n.t('answers five items in one call')],
    [probe.usageReported, l10n.t('reports usage')],
  ]
  const [first, ...others] = probe.outputModes
  const use = l10n.t('Runs ask it for: {0}', first ?? 'text')
  return [
    ...answers.map(([answer, words]) => `  ${answerWord(answer).padEnd(8)}  ${words}`),
    '',
    ...(probe.emptyWhileThinking
      ? wrap(l10n.t('Its answers are empty while it thinks: switch thinking off on its route.'), 78).map(indented)
      : []),
    indented(others.length > 0 ? l10n.t('{0}, else {1}', use, others.join(', ')) : use),
    indented(
      plural(
        probe.calls,
        'Measured at {1} by {0} call, {2}.',
        'Measured at {1} by {0} calls, {2}.',
        ...[tellInstant(probe.at), usageWords(probe.usage)],
      ),
    ),
    ...versionLines(probe.serverVersion),
  ]
}

function indented(line: string): string {
  return `  ${line}`
}

function answerWord(answer: boolean | null): string {
  if (answer === null) return l10n.t('not told')
  return answer ? l10n.t('yes') : l10n.t('no')
}
