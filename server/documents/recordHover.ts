import * as l10n from '@vscode/l10n'
import type { Label } from '../../protocol/labels.ts'
import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import { probableCategories, type Receipt, type ResultRecord } from '../../protocol/results.ts'
import { decisionFacts, describeAskedBy, isDecided } from '../../shared/describe/ask.ts'
import { evidenceParts } from '../../shared/describe/evidence.ts'
import { fallbackReason } from '../../shared/describe/fallback.ts'
import { formatDayIn, formatInstantIn, formatPercentIn } from '../../shared/format.ts'
import type { Language } from '../../shared/language.ts'
import { foldName } from '../domain/categoryNames.ts'
import { multipliers } from '../domain/compositeScore.ts'
import { countedCriteria } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { cutWords, escapeMarkdown } from './escapeMarkdown.ts'
import { valueWords } from './hintText.ts'
import type { ShownRecord } from './shownRecord.ts'

/**
 * What is known of a record, as Markdown: first what was found and why, then how, and at the end by whom. The whole receipts stand in the
 * results panel. What models, files and people wrote is text in it.
 */
export function recordHover(shown: ShownRecord, result: ResultRecord, profile: CompiledProfile | null): string {
  const paragraphs = [
    ...(shown.isChanged
      ? [`*${say(l10n.t('The text has changed since. This is the result for the earlier text.'))}*`]
      : []),
    ...humanLines(shown, profile),
    ...verdictLine(result),
    ...(result.reasoning ? [`> ${escapeMarkdown(cutWords(result.reasoning, 1000))}`] : []),
    ...evidenceLines(result),
    ...errorLines(shown, result),
    ...criteriaLines(result),
    ...formulaLine(result, profile),
    ...categoryLines(result),
    ...whyLines(result),
  ]
  return paragraphs.join('\n\n')
}

/** The words are the editor's, numbers are plain ones. */
const language: Language = { tag: 'en', t: l10n.t }

/** Words of ours may hold a model's name or a person's text. */
const say = escapeMarkdown

function humanLines(
  { label, result, categories, criteria, score }: ShownRecord,
  profile: CompiledProfile | null,
): string[] {
  if (!label) return []
  const isScoreLost = score === null && result.score !== null
  const said = [
    ...(label.categories === null ? [] : [categories?.join(', ') || l10n.t('no category')]),
    ...(label.interest === null ? [] : [l10n.t('interest {0}', label.interest)]),
    ...(label.quality === null ? [] : [l10n.t('quality {0}', label.quality)]),
    ...Object.entries(label.criteria ?? {}).map(([name, value]) => `${name} ${valueWords(value)}`),
  ].join(', ')
  const when = formatDayIn(language, label.at)
  return [
    `**${say(l10n.t('Corrected by a person on {0}: {1}', when, said))}**`,
    ...(score === null || !saysAnything(label)
      ? []
      : [say(l10n.t('Score with the correction: {0}', correctedFormula({ score, criteria, categories }, profile)))]),
    ...(isScoreLost ? [say(l10n.t('The score is unknown: nobody has scored the corrected item'))] : []),
    ...(label.note ? [`> ${escapeMarkdown(cutWords(label.note, 500))}`] : []),
    `*${say(l10n.t('What the model said:'))}*`,
  ]
}

function saysAnything({ interest, quality, categories, criteria }: Label): boolean {
  return interest !== null || quality !== null || categories !== null || criteria !== undefined
}

/** Of criteria with what it is made of, as the model's own is told. */
function correctedFormula(
  { score, criteria, categories }: Pick<ShownRecord, 'criteria' | 'categories'> & { score: number },
  profile: CompiledProfile | null,
): string {
  if (!criteria || !profile?.rubric) return score.toFixed(1)
  const formula = rubricFormula(profile.rubric, criteria, factorWords(categories ?? [], profile))
  return formula === null ? score.toFixed(1) : `${score.toFixed(1)} = ${formula}`
}

function verdictLine({ categories, confidence, score, blockedBy }: ResultRecord): string[] {
  const names = categories && (categories.length === 0 ? l10n.t('no category') : categories.join(', '))
  const sure = confidence === null ? '' : ` (${say(l10n.t('{0} % sure', Math.round(confidence * 100)))})`
  const parts = [
    ...(names === null ? [] : [`${say(l10n.t('Categories'))}: **${say(names)}**${sure}`]),
    ...(score === null ? [] : [`${say(l10n.t('Score'))}: **${score.toFixed(1)}**`]),
    ...(blockedBy === null ? [] : [`(${say(l10n.t('blocked by {0}', blockedBy))})`]),
  ]
  return parts.length === 0 ? [] : [parts.join(' · ')]
}

function categoryLines(result: ResultRecord): string[] {
  const { categories, suggested } = result
  if (categories === null) return []
  const shares = probableCategories(result).map(
    ([name, share]) => `${cutWords(name, 80) || l10n.t('no category')} ${Math.round(share * 100)} %`,
  )
  return [
    ...(shares.length > 0 ? [say(l10n.t('Probabilities: {0}', shares.join(', ')))] : []),
    ...(suggested && suggested.names.length > 0
      ? [say(l10n.t('Suggested, waiting for approval: {0}', suggested.names.join(', ')))]
      : []),
  ]
}

/** The item's own words, as they were quoted for the verdict. */
function evidenceLines({ evidence }: ResultRecord): string[] {
  return evidenceParts(language, evidence).map(([of, passage]) =>
    passage === null
      ? `${say(of)}: *${say(l10n.t('what was quoted does not stand in the item'))}*`
      : `${say(of)}: “${escapeMarkdown(cutWords(passage, 300))}”`,
  )
}

/** The profile's own criteria, each with its answer. */
function criteriaLines({ criteria }: ResultRecord): string[] {
  const told = Object.entries(criteria ?? {}).map(([name, value]) => {
    return `${say(name)}: **${say(valueWords(value))}**`
  })
  return told.length > 0 ? [told.join(' · ')] : []
}

function formulaLine(result: ResultRecord, profile: CompiledProfile | null): string[] {
  const { score, interest, quality, criteria, blockedBy, categories } = result
  if (score === null || blockedBy !== null) return []
  if (criteria) {
    const factors = profile ? factorWords(categories ?? [], profile) : l10n.t('categories')
    const formula = profile?.rubric ? rubricFormula(profile.rubric, criteria, factors) : null
    return formula === null ? [] : [say(l10n.t('The score is {0}', `${score.toFixed(1)} = ${formula}`))]
  }
  if (score === null || blockedBy !== null || interest === null || quality === null) return []
  const parts = [
    l10n.t('interest {0}', interest),
    ...(profile ? [factorWords(categories ?? [], profile)] : [l10n.t('categories')]),
    l10n.t('quality (0.5 + {0} / 20)', quality),
  ]
  return [say(l10n.t('The score is {0}', parts.join(' × ')))]
}

/** `(2 × 0.75 + 1 × 1) / 3 × categories 1 × 20`: weight times share of each criterion that counts. Null: none does. */
function rubricFormula(
  { criteria, to }: NonNullable<CompiledProfile['rubric']>,
  values: NonNullable<ResultRecord['criteria']>,
  factors: string,
): string | null {
  const counted = countedCriteria(criteria, values)
  if (counted.length === 0) return null
  const sum = counted.map(({ name, share, weight }) => `${weight} × ${Math.round(share * 100) / 100} (${name})`)
  const weights = counted.reduce((all, { weight }) => all + weight, 0)
  return `(${sum.join(' + ')}) / ${Math.round(weights * 100) / 100} × ${factors} × ${to}`
}

/** The mean of the categories' factors, and whose they are where one is not 1. */
function factorWords(categories: readonly string[], profile: CompiledProfile): string {
  const factors = categories.map((name) => {
    const weight = profile.byName.get(foldName(name))?.weight ?? 'normal'
    return { name, factor: multipliers[weight] }
  })
  const sum = factors.reduce((total, { factor }) => total + factor, 0)
  const mean = `${factors.length === 0 ? 1 : Math.round((sum / factors.length) * 100) / 100}`
  if (factors.every(({ factor }) => factor === 1)) return l10n.t('categories {0}', mean)
  const told = factors.map(({ name, factor }) => `${name} ${factor}`).join(', ')
  return l10n.t('categories {0} ({1})', mean, told)
}

function errorLines({ record }: ShownRecord, { error }: ResultRecord): string[] {
  if (!error) return []
  const { code, message } = record.broken ?? error
  return [`${say(l10n.t('Failed'))} (${say(code)}): ${escapeMarkdown(cutWords(message, 1000))}`]
}

function whyLines(result: ResultRecord): string[] {
  const told = tasks.flatMap((task) => {
    const receipt = result.receipts[task]
    return receipt ? [[`**${say(titleOf(task))}**`, ...receiptLines(receipt)].join('  \n')] : []
  })
  if (told.length === 0) return []
  const reused = result.reusedFrom
    ? [say(l10n.t('Reused from run {0}: nothing has changed since.', result.reusedFrom))]
    : []
  return [
    '---',
    `**${say(l10n.t('Why this model?'))}** · ${escapeMarkdown(cutWords(result.id, 80))}`,
    ...told,
    ...reused,
  ]
}

function titleOf(task: Task): string {
  return task === 'categorization' ? l10n.t('Categorization') : l10n.t('Scoring')
}

/** Who answered instead of the model that was asked. */
function answeredByLine({ answeredBy, byFallback }: Receipt): string[] {
  if (byFallback) {
    return [
      answeredBy
        ? l10n.t('Answered by: {0}, a fallback of the gateway', answeredBy)
        : l10n.t('Answered by: another model, a fallback of the gateway'),
    ]
  }
  return answeredBy ? [l10n.t('Answered by: {0}', answeredBy)] : []
}

const hashShown = 12

/** How a verdict was obtained, in a few lines of Markdown. */
function receiptLines(receipt: Receipt): string[] {
  const { provider, kind, model, promptHash, attempts, batch, sharedWith, likeness } = receipt
  const asked = l10n.t('Asked by: {0}, {1}', describeAskedBy(language, receipt), attemptWords(attempts, batch))
  const lines = [
    [
      l10n.t('Model: {0} of {1} ({2})', model, provider, kind),
      ...(receipt.alias === undefined ? [] : [l10n.t('Alias: {0}', receipt.alias)]),
      ruleWords(receipt),
    ].join(' · '),
    ...(receipt.sharedCall
      ? [l10n.t('Asked in the same call as the category, which is counted once')]
      : [asked, callLine(receipt)]),
    ...answeredByLine(receipt),
    ...(receipt.decision ? decisionFacts(language, receipt.decision).map(([name, text]) => `${name}: ${text}`) : []),
    isDecided(receipt)
      ? l10n.t('Questions: {0}, profile: {1}', promptHash.slice(0, hashShown), receipt.profileHash.slice(0, hashShown))
      : l10n.t('Prompt: {0}, profile: {1}', promptHash.slice(0, hashShown), receipt.profileHash.slice(0, hashShown)),
    ...(sharedWith === undefined
      ? []
      : likeness === undefined
        ? [l10n.t('Asked about once, together with the equal text of {0}', cutWords(sharedWith, 80))]
        : [
            l10n.t(
              'Not asked about: its text is nearly that of {0} ({1} alike)',
              cutWords(sharedWith, 80),
              formatPercentIn(language, likeness),
            ),
          ]),
  ]
  return lines.map(escapeMarkdown)
}

/** What the call took. */
function callLine(receipt: Receipt): string {
  const { latencyMs, at, costUsd } = receipt
  return [
    l10n.t('Time: {0}, on {1}', timeWords(latencyMs), formatInstantIn(language, at)),
    l10n.t('Tokens of the call: {0}', tokenWords(receipt)),
    costUsd === null ? l10n.t('Cost: not known') : l10n.t('Cost of the call: {0} US dollars', `${costUsd}`),
  ].join(' · ')
}

function ruleWords({ rule, fallbackFor }: Receipt): string {
  if (fallbackFor) return fallbackReason(language, fallbackFor)
  switch (rule) {
    case 'route':
      return l10n.t("the task's route")
    case 'override':
      return l10n.t('what was chosen for this run')
    case 'fallback':
      return l10n.t("the route's fallback, since its provider was not ready")
    default:
      return assertNever(rule)
  }
}

function attemptWords(attempts: number, batch: number): string {
  const calls = attempts === 1 ? l10n.t('1 call') : l10n.t('{0} calls', attempts)
  if (batch === 1) return calls
  return batch === 2
    ? l10n.t('{0}, together with another one', calls)
    : l10n.t('{0}, together with {1} others', calls, batch - 1)
}

function timeWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

function tokenWords({ usage: { input, output, cached } }: Receipt): string {
  const count = (tokens: number | null) => (tokens === null ? l10n.t('not reported') : `${tokens}`)
  const told = l10n.t('{0} in, {1} out', count(input), count(output))
  return cached ? l10n.t('{0} ({1} of them cached)', told, cached) : told
}
