import * as l10n from '@vscode/l10n'
import { type Task, tasks } from '../../../protocol/names.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import { foldName } from '../../domain/categoryNames.ts'
import { multipliers } from '../../domain/weights.ts'
import type { CompiledProfile } from '../../domain/work.ts'
import type { ShownRecord } from '../shownRecord.ts'
import { cutWords, escapeMarkdown } from './escapeMarkdown.ts'
import { receiptLines } from './receiptLines.ts'

/** Everything that is known of a record, as Markdown; what models, files and people wrote is text in it. */
export function recordHover(shown: ShownRecord, result: ResultRecord, profile: CompiledProfile | null): string {
  const paragraphs = [
    `**${escapeMarkdown(cutWords(result.id, 80))}**`,
    ...(shown.isChanged
      ? [`*${say(l10n.t('The text was changed since. This is what was found of the text before.'))}*`]
      : []),
    ...humanLines(shown),
    ...categoryLines(result),
    ...scoreLines(result, profile),
    ...(result.reasoning ? [`> ${escapeMarkdown(cutWords(result.reasoning, 1000))}`] : []),
    ...errorLines(shown, result),
    ...whyLines(result),
  ]
  return paragraphs.join('\n\n')
}

/** Words of ours may hold a model's name or a person's text. */
const say = escapeMarkdown

function humanLines({ label, result, categories, score }: ShownRecord): string[] {
  if (!label) return []
  const isScoreLost = score === null && result.score !== null
  const said = [
    ...(label.categories === null ? [] : [categories?.join(', ') || l10n.t('no category')]),
    ...(label.interest === null ? [] : [l10n.t('interest {0}', label.interest)]),
    ...(label.quality === null ? [] : [l10n.t('quality {0}', label.quality)]),
  ].join(', ')
  const when = label.at.slice(0, 10)
  return [
    `**${say(l10n.t('Corrected by a person on {0}: {1}', when, said))}**`,
    ...(score === null || (label.interest === null && label.quality === null && label.categories === null)
      ? []
      : [say(l10n.t('Score with the correction: {0}', score.toFixed(1)))]),
    ...(isScoreLost ? [say(l10n.t('The score is not known: nobody has scored it as it was corrected'))] : []),
    ...(label.note ? [`> ${escapeMarkdown(cutWords(label.note, 500))}`] : []),
    `*${say(l10n.t('What the model said:'))}*`,
  ]
}

function categoryLines({ categories, confidence, suggested }: ResultRecord): string[] {
  if (categories === null) return []
  const names = categories.length === 0 ? l10n.t('no category') : categories.join(', ')
  const sure = confidence === null ? [] : [`(${say(l10n.t('{0} % sure', Math.round(confidence * 100)))})`]
  const lines = [[`${say(l10n.t('Categories'))}: **${say(names)}**`, ...sure].join(' ')]
  if (suggested && suggested.names.length > 0) {
    lines.push(say(l10n.t('Suggested, waiting for approval: {0}', suggested.names.join(', '))))
  }
  return lines
}

function scoreLines(result: ResultRecord, profile: CompiledProfile | null): string[] {
  const { score, interest, quality, blockedBy } = result
  if (score === null) return []
  const head = `${say(l10n.t('Score'))}: **${score.toFixed(1)}**`
  if (blockedBy !== null) return [`${head} (${say(l10n.t('blocked by {0}', blockedBy))})`]
  if (interest === null || quality === null) return [head]
  const parts = [
    l10n.t('interest {0}', interest),
    ...(profile ? [factorWords(result.categories ?? [], profile)] : [l10n.t('categories')]),
    l10n.t('quality (0.5 + {0} / 20)', quality),
  ]
  return [`${head} = ${say(parts.join(' × '))}`]
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
    ? [say(l10n.t('Taken over from run {0}: nothing has changed since.', result.reusedFrom))]
    : []
  return ['---', `**${say(l10n.t('Why this model?'))}**`, ...told, ...reused]
}

function titleOf(task: Task): string {
  return task === 'categorization' ? l10n.t('Categorization') : l10n.t('Scoring')
}
