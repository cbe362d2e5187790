import * as z from 'zod'
import { Criteria, ScoreRange } from './criteria.ts'
import { ProfileGate } from './gate.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { CategorySlug, givenName, Instant, ModelId, ProviderId } from './names.ts'
import { ChangedPrompts } from './prompts.ts'
import { Usage } from './results.ts'

/** How much a category pulls the composite score; the words stand for the factors 0, 0.5, 1, 1.5 and 2. */
export const weights = ['block', 'reduce', 'normal', 'boost', 'max'] as const
export const Weight = z.enum(weights)
export type Weight = z.infer<typeof Weight>

const name = z.string().trim().min(1).max(80)
const floor = z.number().min(0).max(1)
const description = z.string().trim().max(500)

const leaf = {
  name: givenName,
  description: description.optional(),
  /** Absent: the parent's weight, else normal. */
  weight: Weight.optional(),
  /** Hidden categories are never offered to a model. */
  hidden: z.boolean().optional(),
  /** A verdict with this category that is less sure waits in the review. Absent: the parent's, else none does. */
  review_below: floor.optional(),
}

/** Two levels only: a deeper tree makes the composite score impossible to explain. */
export const ProfileCategory = z.strictObject({ ...leaf, children: z.array(z.strictObject(leaf)).max(100).optional() })
export type ProfileCategory = z.infer<typeof ProfileCategory>

export const defaultLimits = { categorize_chars: 2000, score_chars: 4000 }

/** Characters of an item that are sent at most, by task. */
export const ItemLimits = z.strictObject({
  categorize_chars: z.int().min(100).max(200_000).default(defaultLimits.categorize_chars),
  score_chars: z.int().min(100).max(200_000).default(defaultLimits.score_chars),
})
export type ItemLimits = z.infer<typeof ItemLimits>

/** Whether labels of the workspace's golden set are shown to models as examples, and how many in a call. */
export const ProfileExamples = z.strictObject({
  use: z.boolean(),
  count: z.int().min(1).max(20).default(5),
  /**
   * Which of them: as many of each kind as there are, the same in each call (`spread`, also where it is absent), or those whose texts
   * are nearest to the items of the call by the default embedding model.
   */
  by: z.enum(['spread', 'likeness']).optional(),
})
export type ProfileExamples = z.infer<typeof ProfileExamples>

/** How many categories an item gets. */
export const CategoryChoice = z.strictObject({
  /** At most so many. 1: where models decide, no second request is ever made for further ones. */
  max: z.int().min(1).max(4).default(4),
  /**
   * Of models that decide: how probable a category has to be beside the first one to be asked about by itself. The others are not
   * looked at; models that answer in text are not asked for it.
   */
  further_from: z.number().min(0.01).max(1).default(0.1),
  /** Whether a passage of the item is to be quoted for its categories, by models that answer in text. Absent: no. */
  evidence: z.boolean().optional(),
})
export type CategoryChoice = z.infer<typeof CategoryChoice>

const language = givenName.max(40)

/**
 * What a task needs to know. The same shape in the workspace's `.llm-providers/profile.yaml`, in `--profile FILE` and over the wire; only
 * that a file may also have `categories: { max, further_from, evidence, list }`, which is read as `list` and `category_choice`.
 */
export const Profile = z.strictObject({
  name: z.string().max(80).optional(),
  categories: z.array(ProfileCategory).max(200),
  /** Absent: as its defaults say. */
  category_choice: CategoryChoice.optional(),
  /** What the reader wants, as prose. Empty: nothing in particular. */
  interests: z.string().max(10_000).default(''),
  anti_interests: z.string().max(10_000).default(''),
  limits: ItemLimits.default(defaultLimits),
  /** What a scoring asks instead of interest and quality. Absent: those two. */
  criteria: Criteria.optional(),
  /** Only with `criteria`: the score is their weighted mean on a scale from 0 to `to`. Absent: to 20. */
  score: ScoreRange.optional(),
  /** In which reasoning and suggested names are written, such as `German`. Absent: English, and suggestions in the language of the list. */
  language: language.optional(),
  /** Whether new categories are suggested for items that fit nowhere. Absent: they are. */
  suggestions: z.boolean().optional(),
  /** What a model has to reach on the labels before it is trusted: `evaluate --gate`, and whoever chooses one is asked. Absent: nothing. */
  gate: ProfileGate.optional(),
  /** Absent: none. */
  examples: ProfileExamples.optional(),
  /** Only the texts that are not the product's own. */
  prompts: ChangedPrompts.optional(),
})
export type Profile = z.infer<typeof Profile>

/** A category where it is written in a file, and how much is known of it. Lines and columns count from 1. */
export const PlacedCategory = z.object({
  name: z.string(),
  /** Empty: it has none. */
  description: z.string(),
  hidden: z.boolean(),
  line: z.int(),
  column: z.int(),
  /** Characters of the name as it is written. */
  length: z.int(),
  /** Results that have it, of the newest kept runs in the folder; and labels. */
  results: z.int().nonnegative(),
  labels: z.int().nonnegative(),
})
export type PlacedCategory = z.infer<typeof PlacedCategory>

/**
 * What may be better, of a profile that is valid. unused: no result of many has the category; no_label: the folder has labels, and none with
 * it; overlap: its description says nearly what that of another says.
 */
export const ProfileNote = z.object({
  code: z.enum(['unused', 'no_label', 'overlap']),
  category: z.string(),
  line: z.int(),
  message: z.string(),
  localizable: LocalizableMessage.optional(),
})
export type ProfileNote = z.infer<typeof ProfileNote>

/** A profile that comes with the product: `name` is what `profile: { kind: 'preset' }` takes, `title` and `description` are for people, in English. */
export const ReadyMadeProfile = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  profile: Profile,
  /** Criteria that suit such items, for whoever wants them: in a profile file `criteria: NAME`. Absent: there are none. */
  criteria: Criteria.optional(),
})
export type ReadyMadeProfile = z.infer<typeof ReadyMadeProfile>

/** Criteria that come with the product: `name` is what `criteria: NAME` of a profile file takes. */
export const ReadyMadeCriteria = z.object({ name: z.string(), criteria: Criteria })
export type ReadyMadeCriteria = z.infer<typeof ReadyMadeCriteria>

/** A category that the sample of a source suggests. `items`: how many of the sample are said to belong to it. */
export const ProposedCategory = z.object({ name, description: z.string().max(500), items: z.int().nonnegative() })
export type ProposedCategory = z.infer<typeof ProposedCategory>

/**
 * Who would propose categories, or has, and from how much. `words`: no model, but the words that several items share, which knows nothing
 * of their meaning; then the model is `builtin`'s and nothing is sent.
 */
const proposer = {
  by: z.enum(['model', 'words']),
  provider: ProviderId,
  model: ModelId,
  endpoint: z.string().nullable(),
  /** Of the sample: spread over the source, without those that are empty or the same as another one. */
  items: z.int().nonnegative(),
}

/** Before anything is sent. Tokens are characters / 4; `costUsd` null: the price is not known. */
export const ProposalPlan = z.object({
  ...proposer,
  characters: z.int().nonnegative(),
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  costUsd: z.object({ low: z.number().nonnegative(), high: z.number().nonnegative() }).nullable(),
})
export type ProposalPlan = z.infer<typeof ProposalPlan>

/** Proposed categories, most items first; nothing of it is kept. */
export const CategoryProposal = z.object({
  ...proposer,
  categories: z.array(ProposedCategory),
  /** Of the answer: what could not be used as a category. */
  leftOut: z.int().nonnegative(),
  /** Null: not said, or nobody was asked. */
  usage: Usage.nullable(),
  costUsd: z.number().nonnegative().nullable(),
})
export type CategoryProposal = z.infer<typeof CategoryProposal>

/** A stored category. `parent` is null for a root. `approved` is false for a model's suggestion that waits for a person. */
export const Category = z.object({
  slug: CategorySlug,
  name,
  description: description.nullable(),
  parent: CategorySlug.nullable(),
  weight: Weight.nullable(),
  /** The weight that counts: its own, else the parent's, else normal. */
  effectiveWeight: Weight,
  /** A verdict with this category that is less sure waits in the review. Null: as the parent says, else none does. */
  review_below: floor.nullable(),
  hidden: z.boolean(),
  approved: z.boolean(),
  updatedAt: Instant,
})
export type Category = z.infer<typeof Category>

/** A change to a category; absent fields stay as they are (a new category: no parent, weight or floor, shown, approved). */
export const CategoryChange = z.object({
  slug: CategorySlug.optional(),
  name: givenName.optional(),
  description: description.nullable().optional(),
  parent: CategorySlug.nullable().optional(),
  weight: Weight.nullable().optional(),
  review_below: floor.nullable().optional(),
  hidden: z.boolean().optional(),
  approved: z.boolean().optional(),
  /** Refuses (conflict) when the category has changed since. */
  ifUpdatedAt: Instant.optional(),
})
export type CategoryChange = z.infer<typeof CategoryChange>

/** What a merge would do; nothing is changed yet. */
export const MergeDescription = z.object({
  /** Its name disappears: a model is not offered it any more. */
  from: Category,
  /** As it would be afterwards. */
  into: Category,
  /** Children of `from` that would stand under `into`. */
  moves: z.array(z.object({ slug: CategorySlug, name })),
  /** Categories whose weight would count differently, `into` among them. */
  weights: z.array(z.object({ slug: CategorySlug, name, before: Weight, after: Weight })),
  /** Categories that would be offered to models no more, or again, because their root is hidden or is not. */
  offers: z.array(z.object({ slug: CategorySlug, name, isOffered: z.boolean() })),
})
export type MergeDescription = z.infer<typeof MergeDescription>

/** A category as somebody saw it: refuses (conflict) what would overwrite a later change. */
const SeenCategory = z.object({ slug: CategorySlug, updatedAt: Instant })

/** More than a profile can hold, with all suggestions that may wait. */
const mostCategories = 2000

/** One change of the stored list as a whole: all of it or nothing. */
export const CategoryEdit = z.discriminatedUnion('kind', [
  /**
   * The list becomes this one. A category that is there by that name keeps its slug, and its weight, floor and description where the list says
   * none; every other one goes, suggestions among them.
   */
  z.object({ kind: z.literal('replace'), categories: Profile.shape.categories }),
  /** What is there stays as it is; what is not there yet is added, a child under the category of its parent's name. */
  z.object({ kind: z.literal('add'), categories: Profile.shape.categories }),
  /** Children that are not removed themselves become roots. */
  z.object({ kind: z.literal('remove'), slugs: z.array(CategorySlug).min(1).max(mostCategories) }),
  /** As `category/merge`, for several at once. */
  z.object({ kind: z.literal('merge'), from: z.array(CategorySlug).min(1).max(mostCategories), into: CategorySlug }),
  /**
   * Undoes an edit: `before` and `after` are what that edit answered, `after` in short. What came later stays; fails with `conflict` when
   * one of `after` has changed or is gone.
   */
  z.object({
    kind: z.literal('restore'),
    before: z.array(Category).max(mostCategories),
    after: z.array(SeenCategory).max(mostCategories),
  }),
])
export type CategoryEdit = z.infer<typeof CategoryEdit>

export const CategoryEditRequest = z.object({
  edit: CategoryEdit,
  /** Fails with `conflict` when one of these has changed or is gone. */
  ifCurrent: z.array(SeenCategory).max(mostCategories).optional(),
})

/** What an edit made of the list; whoever keeps it can undo the edit. */
export const CategoryEditResult = z.object({ before: z.array(Category), after: z.array(Category) })
export type CategoryEditResult = z.infer<typeof CategoryEditResult>

const NamedCategory = z.object({ slug: CategorySlug, name })

/** What an edit would do; nothing is changed yet. */
export const CategoryEditDescription = z.object({
  added: z.array(NamedCategory),
  /** Their names disappear: models are not offered them any more, and results that have them keep them. */
  removed: z.array(NamedCategory.extend({ approved: z.boolean() })),
  /** Categories that would stand elsewhere; `parent`: the name of the new parent, null for a root. */
  moves: z.array(NamedCategory.extend({ parent: name.nullable() })),
  /** Categories that stay and whose weight would count differently. */
  weights: z.array(NamedCategory.extend({ before: Weight, after: Weight })),
  /** Categories that stay and would be offered to models no more, or from then on. */
  offers: z.array(NamedCategory.extend({ isOffered: z.boolean() })),
  /** Approved categories there would be. */
  total: z.int().nonnegative(),
})
export type CategoryEditDescription = z.infer<typeof CategoryEditDescription>

export const Preferences = z.object({
  interests: z.string().max(10_000),
  anti_interests: z.string().max(10_000),
  /** Which provider a form shows first. Routing never looks at it. */
  active_llm_provider: z.string().nullable(),
  limits: ItemLimits,
  /** Null: none. */
  examples: ProfileExamples.nullable(),
  /** Null: as its defaults say. */
  category_choice: CategoryChoice.nullable(),
  /** What a scoring asks instead of interest and quality. Null: those two. */
  criteria: Criteria.nullable(),
  /** Only with `criteria`. Null: to 20. */
  score: ScoreRange.nullable(),
  /** As `language` of a profile. Null: English. */
  language: language.nullable(),
  /** Null: nothing has to be reached. */
  gate: ProfileGate.nullable(),
  updatedAt: Instant.nullable(),
})
export type Preferences = z.infer<typeof Preferences>
