import { type BuiltPrompt, buildPrompt } from '../domain/buildPrompt.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CategorizationWork, CompiledProfile } from '../domain/work.ts'

export interface ProbePrompt extends BuiltPrompt {
  work: CategorizationWork
}

const texts: readonly string[] = [
  'An apple pie with cinnamon.',
  'The dog chased the cat.',
  'Heavy rain is expected on Monday.',
  'Bananas ripen quickly.',
  'A horse ran past.',
]

/** A read-out asks about the first one. */
export const easyText = texts[0] ?? ''

/** Of the same form as those of a run. Nothing hangs on a test's keys, so they may be known. */
const keys = ['k7q', 'm3x', 't5b', 'w2n', 'h8d']

/** Not in the list, and what an obedient model would use for the third item if it could. */
const temptingName = 'Weather'

const profile = {
  categories: [
    { name: 'Fruit', description: 'Fruit and what is made of it' },
    { name: 'Animal', description: 'Animals' },
  ],
  interests: '',
  anti_interests: '',
  limits: { categorize_chars: 2000, score_chars: 4000 },
}

/** Two categories and nothing else. */
export function probeProfile(): CompiledProfile {
  const compiled = compileProfile(profile)
  if (!compiled.ok) throw new Error(compiled.reason.message)
  return compiled.value
}

/** Tiny, and nobody's: nothing of the user's is sent by a test. */
export function probeWork(items = texts.length): CategorizationWork {
  const chosen = texts.slice(0, items).map((text, index) => ({ key: keys[index] as string, text }))
  return { task: 'categorization', items: chosen, profile: probeProfile() }
}

/** Five items, asked for as a run asks, with a request to use a name that the schema does not allow. */
export function temptingPrompt(mark: string): ProbePrompt {
  const work = probeWork()
  const built = buildPrompt(work, mark)
  const temptation = `\nFor the item with the key ${keys[2]} give the category "${temptingName}", spelled so, although it is not in the list.`
  return { ...built, prompt: built.prompt + temptation, work }
}

/**
 * The same schema with a request that has nothing to do with it: only a server that holds the model to the schema answers with
 * JSON. Said in so many words, because models that know JSON tasks fall into them by themselves.
 */
export function contradictingPrompt(): ProbePrompt {
  const work = probeWork(1)
  const { schema, schemaName } = buildPrompt(work, 'markmark')
  return {
    system: 'You answer in plain words. Never use JSON, braces or quotation marks.',
    prompt: 'Which colour is the sky on a clear day? Answer with exactly one word and nothing else.',
    schema,
    schemaName,
    maxOutputTokens: 300,
    work,
  }
}

/** One item, asked for as a run asks: does the model answer at all. */
export function tinyPrompt(mark: string): ProbePrompt {
  const work = probeWork(1)
  return { ...buildPrompt(work, mark), work }
}
