import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { ProfileGate } from '../../protocol/gate.ts'
import type { PromptExample, PromptExamples } from '../../protocol/labels.ts'
import type { Weight } from '../../protocol/profile.ts'
import type { Receipt } from '../../protocol/results.ts'
import type { CompiledCriterion } from './criteria.ts'
import type { Prompts } from './prompts.ts'

/** One thing to judge: its text is plain, already cut to the task's limit. */
export interface PreparedItem {
  /** Unique within its call, such as "k7q". Not the item's own id, which may be long or hostile. */
  key: string
  text: string
  /** SHA-256 of its whole text, hex: it is never its own example. */
  inputHash?: string
}

/** A category that a model may choose, or that was set aside, with its inheritance resolved. */
export interface CompiledCategory {
  slug: string
  name: string
  description: string | null
  /** Name of the parent; null for a root. */
  parent: string | null
  /** Its own weight, else the parent's, else normal. */
  weight: Weight
}

/** A profile with everything decided that does not depend on an item. */
export interface CompiledProfile {
  /** What a model may choose from, roots before their children. */
  offered: readonly CompiledCategory[]
  /** What a model must not even suggest. Its children count as hidden too. */
  hidden: readonly CompiledCategory[]
  /** By `foldName` of the name, hidden ones included. */
  byName: ReadonlyMap<string, CompiledCategory>
  /** How many categories an item gets at most, and how probable a further one has to be to be asked about. */
  choice: { most: number; furtherFrom: number; evidence?: true }
  interests: string
  antiInterests: string
  limits: { categorizeChars: number; scoreChars: number }
  /** What a scoring asks; absent: interest and quality. `to`: the highest composite. */
  rubric?: { criteria: readonly CompiledCriterion[]; to: number } | undefined
  /** Absent: new names for what fits nowhere are wanted. */
  suggests?: false | undefined
  /** Of reasoning and suggested names; absent: English. */
  language?: string | undefined
  /** Absent: nothing has to be reached. */
  gate?: ProfileGate | undefined
  /** Checked: every placeholder that a text needs is in it. */
  prompts: Prompts
  /** What a person has judged, to be shown. Absent: nothing. */
  examples?: PromptExamples | undefined
}

/** What one call is to judge. An adapter without a model works from this instead of from the prompt. */
export type Work = CategorizationWork | ScoringWork
export interface CategorizationWork extends AnyWork {
  task: 'categorization'
  /** The same call asks for the scores, too. Absent: it does not. */
  withScores?: true | undefined
}
export interface ScoringWork extends AnyWork {
  task: 'scoring'
}

export function asksBoth(work: Work): work is CategorizationWork & { withScores: true } {
  return work.task === 'categorization' && work.withScores === true
}

interface AnyWork {
  items: readonly PreparedItem[]
  profile: CompiledProfile
  /** The profile's examples in the order of this call. Absent: in their own. */
  examples?: readonly PromptExample[] | undefined
}

/** What a model said about one item, checked. */
export interface CategoryVerdict {
  /** Names as the profile spells them, at most four; empty: nothing fits. */
  categories: string[]
  /** 0 to 1; null: the answer did not say it, or not so that it can be read. */
  confidence: number | null
  /** The five most probable categories, by name; absent: the model was asked for a text. */
  probabilities?: Readonly<Record<string, number>>
  /** At most two new names, and the name of the root they would go under. They wait for a person. */
  suggested: { names: string[]; parent: string | null }
  /** The item's words that were quoted for them; null: the quote does not stand in it. Absent: none was asked for or given. */
  evidence?: string | null
}
export interface ScoreVerdict {
  /** Both null: the profile has criteria of its own. */
  interest: number | null
  quality: number | null
  /** By name, each criterion of the profile. Absent: it has none of its own. */
  criteria?: CriteriaValues
  /** Null: the answer gave none. */
  reasoning: string | null
  /** By name of the criterion, as of categories. */
  evidence?: Readonly<Record<string, string | null>>
}

/** What an answer to both tasks says of one item. */
export interface JointVerdict {
  categorization: CategoryVerdict
  /** Absent: it did not say them so that they can be used. They are asked for alone. */
  scoring?: ScoreVerdict
}

/** The verdict together with how it was obtained. */
export interface Judged<Verdict> {
  verdict: Verdict
  receipt: Receipt
}
