import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import { type AnswerSchema, answerSchema } from './answerSchema.ts'
import { oneLine } from './categoryNames.ts'
import { evidenceLines, quoteFields, tokensPerQuote, withQuoteFields } from './evidence.ts'
import { fenceText, neutralize } from './fenceText.ts'
import { examplesFor, examplesText } from './promptExamples.ts'
import {
  answerFormats,
  dataRules,
  defaultPrompts,
  jointAnswerFormat,
  jointPrompt,
  jointRubricPrompt,
  jointSchemaName,
  promptPieces,
  rubricPrompt,
  schemaNames,
} from './prompts.ts'
import { criteriaLines, jointRubricFormat, rubricAnswerFormat, rubricReminder } from './rubricPrompt.ts'
import { mostCategories } from './scales.ts'
import { asksBoth, type CompiledCategory, type CompiledProfile, type Work } from './work.ts'

export interface BuiltPrompt {
  system: string
  prompt: string
  /** A JSON schema that every output mode can express. */
  schema: AnswerSchema
  schemaName: string
  /** Enough for the verdicts themselves; a model that thinks needs more on top. */
  maxOutputTokens: number
}

/**
 * What a call asks. `mark` is random, new for each run, of letters and digits, at least 8 of them.
 * The system part depends on the profile, the schema on the profile and the items' keys; the mark stands in the prompt, and the items
 * behind it: all before them is the same in each call of a run, so that servers need not read it again.
 */
export function buildPrompt(work: Work, mark: string, { repeatsScale = false } = {}): BuiltPrompt {
  const { user } = asksBoth(work) ? jointPrompt : work.profile.prompts[work.task]
  const keys = work.items.map((item) => item.key)
  const reminder = repeatsScale && asksScores(work) ? `\n${scaleReminder(work.profile)}` : ''
  const asked = fillIn(user, {
    count: keys.length === 1 ? 'this item' : `these ${keys.length} items`,
    fenceRule: fillIn(promptPieces.fenceRule, { mark }),
    items: work.items.map((item) => fenceText(item.key, item.text, mark)).join('\n\n'),
    keys: keys.map((key) => `"${key}"`).join(', '),
  })
  return {
    system: systemOf(work),
    prompt: `${asked}${reminder}`,
    schema: answerSchema(work),
    schemaName: asksBoth(work) ? jointSchemaName : schemaNames[work.task],
    maxOutputTokens: fixedTokens + keys.length * tokensOf(work),
  }
}

/** Thousands of calls have one profile. The schema, which names the items' keys, is kept by those. */
const systemTexts = new WeakMap<CompiledProfile, Partial<Record<Task | 'both', string>>>()

function systemOf(work: Work): string {
  // An item that is an example, too, is asked about without it.
  const isShown = (item: Work['items'][number]): boolean =>
    work.profile.examples?.items.some(({ inputHash }) => inputHash === item.inputHash) ?? false
  if (work.examples !== undefined || work.items.some(isShown)) return systemText(work)
  const known = systemTexts.get(work.profile)
  const asked = asksBoth(work) ? 'both' : work.task
  const text = known?.[asked] ?? systemText(work)
  if (known?.[asked] === undefined) systemTexts.set(work.profile, { ...known, [asked]: text })
  return text
}

function asksScores(work: Work): boolean {
  return work.task === 'scoring' || asksBoth(work)
}

/** Generous: four long names and two suggestions, or two sentences, in the JSON around them. */
const tokensPerVerdict: Record<Task, number> = { categorization: 200, scoring: 250 }

const tokensPerCriterion = 20

const jointTokens = 350
const fixedTokens = 256

/** What an answer may take at most: for all items together, and for each. */
export function answerTokens(work: Work): { fixed: number; each: number } {
  return { fixed: fixedTokens, each: tokensOf(work) }
}

function tokensOf(work: Work): number {
  const verdict = asksBoth(work) ? jointTokens : tokensPerVerdict[work.task]
  const quotes = quoteFields(work).length * tokensPerQuote
  return verdict + quotes + (asksScores(work) ? (work.profile.rubric?.criteria.length ?? 0) * tokensPerCriterion : 0)
}

function scaleReminder({ rubric }: CompiledProfile): string {
  return rubric ? rubricReminder(rubric.criteria) : promptPieces.scaleReminder
}

function systemText(work: Work): string {
  const { language } = work.profile
  return language === undefined ? englishText(work) : inLanguage(englishText(work), language)
}

/** Names of categories stay as they are: they are compared. */
function inLanguage(text: string, language: string): string {
  const [before, after] = splitLast(text, 'Answer with one JSON object only')
  const named = neutralize(language)
  const translated = before
    .replace(/sentences? in English/, (words) => words.replace('English', () => named))
    .replace('in the language of the list', () => `in ${named}`)
  return `${translated}${fillIn(promptPieces.language, { language: named })}${after}`
}

/** At the last place where the words stand; at the end where they do not. */
function splitLast(text: string, words: string): [before: string, from: string] {
  const at = text.lastIndexOf(words)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

function englishText(work: Work): string {
  const { profile } = work
  if (asksBoth(work)) return jointText(work)
  const { system } = profile.prompts[work.task]
  const judged = new Set(work.items.map((item) => item.inputHash))
  const shown = examplesFor(work.task, profile, judged, work.examples)
  const examples = examplesText(work.task, profile, shown)
  const always = { dataRule: dataRules[work.task], answerFormat: formatOf(work, examples, answerFormats[work.task]) }
  switch (work.task) {
    case 'categorization':
      return fillIn(withFewerNames(system, profile), {
        ...always,
        categories: categoryLines(profile),
        hidden: hiddenLines(profile),
      })
    case 'scoring':
      if (profile.rubric) {
        return fillIn(rubricPrompt, {
          dataRule: always.dataRule,
          reader: readerLines(profile),
          criteria: criteriaLines(profile.rubric.criteria),
          answerFormat: formatOf(work, examples, rubricAnswerFormat(profile.rubric.criteria)),
        })
      }
      return fillIn(system, {
        ...always,
        interests: neutralize(profile.interests) || promptPieces.noInterests,
        antiInterests: neutralize(profile.antiInterests) || promptPieces.noAntiInterests,
      })
    default:
      return assertNever(work)
  }
}

/** With the examples and the quotes that are asked for, which stand in every text that is asked, edited ones included. */
function formatOf(work: Work, examples: string, format: string): string {
  return `${evidenceLines(work)}${examples}${withQuoteFields(format, work)}`
}

/** Both tasks in one text. */
function jointText(work: Work): string {
  const { profile, items, examples: ordered } = work
  const { rubric, interests, antiInterests } = profile
  const judged = new Set(items.map((item) => item.inputHash))
  const examples = examplesText('both', profile, examplesFor('both', profile, judged, ordered))
  const asked = rubric
    ? { reader: readerLines(profile), criteria: criteriaLines(rubric.criteria) }
    : {
        interests: neutralize(interests) || promptPieces.noInterests,
        antiInterests: neutralize(antiInterests) || promptPieces.noAntiInterests,
      }
  return fillIn(withFewerNames(rubric ? jointRubricPrompt : jointPrompt.system, profile), {
    ...asked,
    dataRule: dataRules.scoring,
    categories: categoryLines(profile),
    hidden: hiddenLines(profile),
    answerFormat: formatOf(work, examples, rubric ? jointRubricFormat(rubric.criteria) : jointAnswerFormat),
  })
}

/** Criteria ask for themselves: what the reader wants is told where somebody said it. */
function readerLines({ interests, antiInterests }: CompiledProfile): string {
  const wanted = interests === '' ? '' : fillIn(promptPieces.wanted, { interests: neutralize(interests) })
  const unwanted =
    antiInterests === '' ? '' : fillIn(promptPieces.unwanted, { antiInterests: neutralize(antiInterests) })
  return `${wanted}${unwanted}`
}

/** In a text that a person has changed, they say themselves how many there are to be; more than the profile wants do not count. */
function withFewerNames(system: string, { choice: { most } }: CompiledProfile): string {
  if (most === mostCategories) return system
  const names = most === 1 ? promptPieces.oneName : fillIn(promptPieces.fewerNames, { most: String(most) })
  return system.replace(promptPieces.mostNames, names)
}

export function categoryLines(profile: CompiledProfile): string {
  if (profile.offered.length === 0) return promptPieces.noCategories
  return profile.offered.map(categoryLine).join('\n')
}

function categoryLine(category: CompiledCategory): string {
  const indent = category.parent === null ? '' : '  '
  const description = category.description ? `: ${neutralize(oneLine(category.description))}` : ''
  return `${indent}- ${neutralize(oneLine(category.name))}${description}`
}

export function hiddenLines(profile: CompiledProfile): string {
  if (profile.hidden.length === 0) return ''
  const hidden = profile.hidden.map((category) => `- ${neutralize(oneLine(category.name))}`).join('\n')
  return fillIn(promptPieces.hidden, { hidden })
}

/** Puts the values in once, literally: a `{name}` or `$&` inside a value stays what it is. */
export function fillIn(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  )
}

/**
 * All that the prompt and schema of a task, or of both in one call, consist of, for telling versions apart by a hash: a fixed small call, rendered.
 * Any change to a sentence, an example, the layout or the schema changes it; items and the rest of the profile do not.
 */
export function promptText(
  asked: Task | 'both',
  {
    prompts = defaultPrompts,
    examples,
    rubric,
    language,
    choice,
  }: Partial<Pick<CompiledProfile, 'prompts' | 'examples' | 'rubric' | 'language' | 'choice'>> = {},
): string {
  const root = { slug: 'root', name: 'Root', description: 'About', parent: null, weight: 'normal' } as const
  const profile: CompiledProfile = {
    offered: [root, { slug: 'child', name: 'Child', description: null, parent: 'Root', weight: 'normal' }],
    hidden: [{ ...root, slug: 'hidden', name: 'Hidden' }],
    byName: new Map(),
    choice: { most: mostCategories, furtherFrom: 0.1, ...(choice?.evidence ? { evidence: true } : {}) },
    interests: 'this',
    antiInterests: 'that',
    limits: { categorizeChars: 0, scoreChars: 0 },
    prompts,
    examples,
    rubric,
    language,
  }
  const call = { items: [{ key: 'k7q', text: 'text' }], profile }
  const work: Work = asked === 'both' ? { ...call, task: 'categorization', withScores: true } : { ...call, task: asked }
  return JSON.stringify(buildPrompt(work, 'markmark', { repeatsScale: true }))
}

/** All that a run may ask whose calls ask for both tasks: about both, and where an answer lacks one of them or both, about each alone. */
export function jointPromptText(profile: CompiledProfile): string {
  return (['both', ...tasks] as const).map((asked) => promptText(asked, profile)).join('\n')
}
