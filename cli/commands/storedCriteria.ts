import type { Command } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { Criterion } from '../../protocol/criteria.ts'
import type { ProfileGate } from '../../protocol/gate.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Preferences } from '../../protocol/profile.ts'
import type { Client } from '../invocation/client.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'
import { numberBetween, wholeNumber } from './execute.ts'

/** What `preferences set` says of criteria, language and gate. */
export interface CriteriaOptions {
  criteria?: string | false
  scoreTo?: number
  language?: string
  gateAccuracy?: number
  gateError?: number
  gateLabels?: number
  gate?: false
}

export function withCriteriaOptions(command: Command): Command {
  return command
    .option(
      '--criteria <name-or-file>',
      'what a scoring asks: ready-made criteria by name, such as issues, or those of a YAML file; - reads standard input',
    )
    .option('--no-criteria', 'ask for interest and quality')
    .option('--score-to <number>', 'the highest score that criteria can give', wholeNumber(1, 20))
    .option('--language <name>', 'the language of reasoning and suggested names; empty for English')
    .option(
      '--gate-accuracy <share>',
      'what a model has to reach on your labels: share of items with exactly the right categories',
      numberBetween(0, 1),
    )
    .option('--gate-error <points>', 'the same: mean error of the score at most', numberBetween(0, 20))
    .option('--gate-labels <number>', 'over so many labels or more; 30 if not given', wholeNumber(1, 100_000))
    .option('--no-gate', 'nothing has to be reached')
}

/** As an error of usage says it. */
export const criteriaOptionNames = '--criteria, --score-to, --language, --gate-accuracy or --gate-error'

type Change = Pick<Params<'preferences/save'>, 'criteria' | 'score' | 'language' | 'gate'>

/** Empty: nothing of it is to change. Fails where the criteria of a file are not valid. */
export async function criteriaChange(
  invocation: Invocation,
  client: Client,
  options: CriteriaOptions,
): Promise<Outcome<Change>> {
  const { criteria, scoreTo, language } = options
  const read = criteria === undefined ? succeed({}) : await readChosen(invocation, client, criteria)
  if (!read.ok) return read
  return succeed({
    ...read.value,
    ...(scoreTo === undefined ? {} : { score: { to: scoreTo } }),
    ...(language === undefined ? {} : { language: language.trim() || null }),
    ...gateChange(options),
  })
}

async function readChosen(
  { terminal }: Invocation,
  client: Client,
  chosen: string | false,
): Promise<Outcome<Pick<Change, 'criteria' | 'score'>>> {
  if (chosen === false) return succeed({ criteria: null })
  const readyMade = await client.request('profile/criteria', {})
  if (!readyMade.ok) return readyMade
  const named = readyMade.value.find(({ name }) => name === chosen.trim().toLowerCase())
  if (named) return succeed({ criteria: named.criteria })
  const isFile = chosen === '-' || /[./\\]/.test(chosen)
  if (!isFile) {
    const names = readyMade.value.map(({ name }) => name).join(', ')
    throw new UsageError(`There are no criteria called ${oneLine(chosen)}: say one of ${names}, or a file`)
  }
  const text = await readText(terminal, chosen)
  return await client.request('profile/checkCriteria', { text, name: chosen === '-' ? 'stdin' : chosen })
}

function gateChange({ gate, gateAccuracy, gateError, gateLabels }: CriteriaOptions): Pick<Change, 'gate'> {
  if (gate === false) return { gate: null }
  if (gateAccuracy === undefined && gateError === undefined) {
    if (gateLabels !== undefined) throw new UsageError('--gate-labels needs --gate-accuracy or --gate-error')
    return {}
  }
  const labels = gateLabels ?? 30
  return {
    gate: {
      ...(gateAccuracy === undefined ? {} : { categorization: { accuracy: gateAccuracy, labels } }),
      ...(gateError === undefined ? {} : { scoring: { error: gateError, labels } }),
    },
  }
}

/** Lines without an indent, under the heading that is theirs. */
export function criteriaText({ criteria, score, language, gate }: Preferences): { heading: string; lines: string[] }[] {
  return [
    ...(criteria
      ? [{ heading: 'criteria', lines: [...criteria.map(criterionLine), `score from 0 to ${score?.to ?? 20}`] }]
      : []),
    ...(language ? [{ heading: 'language', lines: [oneLine(language)] }] : []),
    ...(gate ? [{ heading: 'gate', lines: gateLines(gate) }] : []),
  ]
}

/** One line: its name, what can be answered, and the question. */
export function criterionLine(criterion: Criterion): string {
  const weight = criterion.weight === undefined ? '' : `, weight ${criterion.weight}`
  const quote = criterion.evidence ? ', with a quote' : ''
  return oneLine(`${criterion.name} (${answersOf(criterion)}${weight}${quote}): ${criterion.question}`)
}

function answersOf(criterion: Criterion): string {
  switch (criterion.type) {
    case 'scale':
      return `${criterion.scale.from} to ${criterion.scale.to}`
    case 'boolean':
      return 'yes or no'
    case 'choice':
      return criterion.choices.map(({ name }) => name).join(', ')
    default:
      return assertNever(criterion)
  }
}

function gateLines({ categorization, scoring }: ProfileGate): string[] {
  return [
    ...(categorization
      ? [`${categorization.accuracy} of ${categorization.labels} labels or more with exactly the right categories`]
      : []),
    ...(scoring
      ? [`a mean error of the score of ${scoring.error} or less, over ${scoring.labels} labels or more`]
      : []),
  ]
}
