import { suggestionSchema } from './answerSchema.ts'
import { type BuiltPrompt, categoryLines, fillIn, hiddenLines } from './buildPrompt.ts'
import { fenceText, neutralize } from './fenceText.ts'
import { findVerdicts } from './findVerdicts.ts'
import { matchKey } from './itemKeys.ts'
import { answerFormat, dataRules, promptPieces } from './prompts.ts'
import { readSuggestion } from './readVerdict.ts'
import type { CategoryVerdict, CompiledProfile, PreparedItem } from './work.ts'

const system = `The items below fit into none of the categories of a list. Suggest for each what is missing.

{dataRule}

For every item give:
- "names": 1 or 2 new names, {language}, short, broad, as a person would write them (no kebab-case). An empty list if its topic will hardly come up again.
- "parent": the top-level category they belong under, or null.

Categories (those indented belong under the one above):
{categories}
{hidden}
{answerFormat}`

const tokensOfItem = 60

/** Asks for new names for items that were found to fit nowhere: the second, small call of an answer about both tasks. */
export function suggestionPrompt(items: readonly PreparedItem[], profile: CompiledProfile, mark: string): BuiltPrompt {
  const keys = items.map(({ key }) => key)
  const { language } = profile
  return {
    system: fillIn(system, {
      dataRule: dataRules.categorization,
      language: language === undefined ? 'in the language of the list' : `in ${neutralize(language)}`,
      categories: categoryLines(profile),
      hidden: hiddenLines(profile),
      answerFormat: answerFormat('{"names":["…"],"parent":null}'),
    }),
    prompt: `${fillIn(promptPieces.fenceRule, { mark })}

${items.map(({ key, text }) => fenceText(key, text, mark)).join('\n\n')}

End of the items. Suggest names under each of these keys: ${keys.map((key) => `"${key}"`).join(', ')}.`,
    schema: suggestionSchema(profile, keys),
    schemaName: 'suggested_names',
    maxOutputTokens: 128 + keys.length * tokensOfItem,
  }
}

/** By key. What cannot be read is no suggestion: nothing hangs on it. */
export function parseSuggestions(
  answer: string,
  items: readonly PreparedItem[],
  profile: CompiledProfile,
): Map<string, CategoryVerdict['suggested']> {
  const given = new Set(items.map(({ key }) => key))
  const found = findVerdicts(answer, given, ['names'])
  const suggested = new Map<string, CategoryVerdict['suggested']>()
  for (const { key: written, record } of found.ok ? found.found : []) {
    const key = matchKey(written, given)
    if (key !== null)
      suggested.set(
        key,
        readSuggestion(record, profile, () => undefined),
      )
  }
  return suggested
}
