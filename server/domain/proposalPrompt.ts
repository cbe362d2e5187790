import type { ProposedCategory } from '../../protocol/profile.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { foldName, oneLine, readableName, slugOf } from './categoryNames.ts'
import { fenceText, neutralize } from './fenceText.ts'
import { dataRules, promptPieces } from './prompts.ts'
import { findJson } from './readJson.ts'

/** Fewer are no list, more nobody tells apart. */
export const proposalSize = { least: 5, most: 15 }
const longestName = 40
const longestDescription = 200
/** Half of what was wanted is still a beginning that can be edited. */
const leastUsable = 2

const system = `You look at a sample of items and propose a list of categories that all items of this kind can be sorted into.

${dataRules.categorization}

Propose ${proposalSize.least} to ${proposalSize.most} categories. Each has
- "name": 1 to 4 words that a person would write on a label, in the language of most items, at most ${longestName} characters;
- "description": one sentence, or words that such items use, by which it can be told from the others, at most ${longestDescription} characters;
- "items": the numbers of the items of the sample that belong to it; an item may belong to several, or to none.
Categories do not overlap, none is "Other", and together they cover the sample. Prefer what an item is about, or what has to be done with it, to how it is written.

Answer with one JSON object only, no other text:
{"categories":[{"name":"…","description":"…","items":[1]}]}`

/** What asks a model for categories. `texts` are cut already; `mark` is random, new for each call. */
export function proposalPrompt(
  texts: readonly string[],
  hidden: readonly string[],
  mark: string,
): { system: string; prompt: string } {
  const never = hidden.map((name) => `- ${neutralize(oneLine(name))}`).join('\n')
  const prompt = [
    promptPieces.fenceRule.replaceAll('{mark}', mark),
    ...texts.map((text, index) => fenceText(String(index + 1), text, mark)),
    `End of the ${texts.length} items. Propose the categories.`,
    ...(never === '' ? [] : [`Names that must never be used:\n${never}`]),
  ].join('\n\n')
  return { system, prompt }
}

/** The shape of the answer, in terms that every way of asking for it knows. */
export function proposalSchema(items: number) {
  const text = (maxLength: number) => ({ type: 'string', maxLength })
  const properties = {
    name: text(longestName),
    description: text(longestDescription),
    items: { type: 'array', items: { type: 'integer' }, maxItems: items },
  }
  const category = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
  const categories = { type: 'array', items: category, maxItems: proposalSize.most }
  return { type: 'object', properties: { categories }, required: ['categories'], additionalProperties: false }
}

/**
 * The categories of an answer that can be used, those with most items first, and how many could not: no readable name, one that is too
 * long, the same as another one or as a hidden one. Null: the answer has none, or hardly any.
 */
export function readProposal(
  text: string,
  { items, hidden }: { items: number; hidden: readonly string[] },
): { categories: ProposedCategory[]; leftOut: number } | null {
  const answer = findJson(text)
    .values.map((value) => (isRecord(value) ? value.categories : value))
    .find((value) => Array.isArray(value)) as unknown[] | undefined
  if (answer === undefined) return null
  const taken = new Set(hidden.map(foldName))
  const slugs = new Set<string>()
  const categories: ProposedCategory[] = []
  for (const each of answer) {
    if (!isRecord(each) || typeof each.name !== 'string') continue
    const readable = readableName(each.name)
    const isUsable = readable !== null && readable.length <= longestName && !/[<>{}[\]|:\n]|https?/iu.test(readable)
    if (!isUsable || taken.has(foldName(readable)) || slugs.has(slugOf(readable))) continue
    taken.add(foldName(readable))
    slugs.add(slugOf(readable))
    categories.push({ name: readable, description: describe(each.description), items: countItems(each.items, items) })
  }
  if (categories.length < leastUsable) return null
  const kept = categories.sort((one, other) => other.items - one.items).slice(0, proposalSize.most)
  return { categories: kept, leftOut: answer.length - kept.length }
}

/** Each of the sample counts once, and what is none of it does not. */
function countItems(named: unknown, items: number): number {
  if (!Array.isArray(named)) return 0
  return new Set(named.filter((each) => Number.isInteger(each) && each >= 1 && each <= items)).size
}

/** A description stands in later prompts, among our own words: one line of plain text, and short. */
function describe(description: unknown): string {
  if (typeof description !== 'string') return ''
  const plain = oneLine(neutralize(description.replace(/\p{Cf}/gu, ''))).replaceAll(/[<>{}[\]|]/g, ' ')
  return oneLine(plain).slice(0, longestDescription).toWellFormed().trim()
}
