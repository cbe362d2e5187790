import { probableCategories, type ResultRecord } from '../../protocol/results.ts'
import { criterionText } from '../../shared/criteriaText.ts'
import { oneLine } from './categoryNames.ts'
import { fenceText, neutralize } from './fenceText.ts'
import { dataRules, promptPieces } from './prompts.ts'
import type { CompiledProfile } from './work.ts'

/** What is told of the verdict; ids, hashes and receipts are of no use to a reader of the text. */
export type ExplainedVerdict = Pick<
  ResultRecord,
  'categories' | 'confidence' | 'probabilities' | 'interest' | 'quality' | 'criteria' | 'score' | 'blockedBy'
>

const system = `Another model judged one item by choosing among options. It gave probabilities and no reasons. For the person who reads its verdict, say in 2 or 3 sentences what in the item speaks for the verdict and, where something does, what speaks against it. Quote the words of the item that matter. If the item does not support the verdict, say so. Do not repeat the numbers.

${dataRules.categorization}

Answer with these sentences only: plain text, no list, no heading, in English.`

/**
 * Asks a model that writes what speaks for a verdict that gave no reasons. `text` is cut already; `mark` is random, new for each call,
 * of letters and digits, at least 8 of them.
 */
export function explanationPrompt(
  { verdict, text, profile }: { verdict: ExplainedVerdict; text: string; profile: CompiledProfile },
  mark: string,
): { system: string; prompt: string } {
  const fenceRule = promptPieces.fenceRule.replaceAll('{mark}', mark)
  const prompt = [
    fenceRule,
    fenceText('k1', text, mark),
    'End of the item. The verdict that another model gave:',
    [...categoryLines(verdict, profile), ...scoreLines(verdict, profile)].join('\n'),
    'What in the item speaks for it, and what against it?',
  ].join('\n\n')
  return { system, prompt }
}

function categoryLines(verdict: ExplainedVerdict, profile: CompiledProfile): string[] {
  const { categories } = verdict
  if (categories === null) return []
  const chosen =
    categories.length === 0 ? 'none of these fits' : categories.map((name) => named(name, profile)).join('; ')
  const shares = probableCategories(verdict).map(
    ([name, share]) => `${plain(name) || 'none of these'} ${Math.round(share * 100)} %`,
  )
  return [`- Categories: ${chosen}`, ...(shares.length > 0 ? [`- Probabilities: ${shares.join(', ')}`] : [])]
}

function named(name: string, { offered }: CompiledProfile): string {
  const description = offered.find((each) => each.name === name)?.description
  return description ? `${plain(name)} (${plain(description)})` : plain(name)
}

function scoreLines({ interest, quality, criteria, blockedBy }: ExplainedVerdict, profile: CompiledProfile): string[] {
  if (blockedBy !== null) return [`- Not scored: the category ${plain(blockedBy)} is blocked`]
  if (criteria)
    return (profile.rubric?.criteria ?? []).flatMap(({ name, question }) => {
      const value = Object.hasOwn(criteria, name) ? criteria[name] : undefined
      return value === undefined ? [] : [`- ${plain(question)} ${plain(criterionText(value))}`]
    })
  if (interest === null || quality === null) return []
  return [
    `- Interest for the reader: ${interest} of 10. The reader wants: ${plain(profile.interests) || 'not said'}. The reader does not want: ${plain(profile.antiInterests) || 'not said'}`,
    `- Quality, whatever the topic: ${quality} of 10`,
  ]
}

function plain(text: string): string {
  return neutralize(oneLine(text))
}
