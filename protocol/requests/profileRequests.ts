import * as z from 'zod'
import { Criteria, CriteriaValues, ScoreRange } from '../criteria.ts'
import { CategorySlug, Instant, ProviderId, Task } from '../names.ts'
import {
  Category,
  CategoryChange,
  CategoryChoice,
  CategoryEditDescription,
  CategoryEditRequest,
  CategoryEditResult,
  CategoryProposal,
  ItemLimits,
  MergeDescription,
  PlacedCategory,
  Preferences,
  Profile,
  ProfileExamples,
  ProfileNote,
  ProposalPlan,
  ReadyMadeCriteria,
  ReadyMadeProfile,
  Weight,
} from '../profile.ts'
import { Prompt, PromptDraft, PromptPart, PromptPreview, PromptText } from '../prompts.ts'
import { ScoreParts } from '../resultQueries.ts'
import { RunProfile, RunRequest } from '../runs.ts'
import { SourceFields, SourceSpec } from '../sources.ts'
import { none, nothing, type RequestRow, request } from './request.ts'

const profileChoice = { profile: RunRequest.shape.profile, workspaceFolder: RunRequest.shape.workspaceFolder }

const ProposalRequest = z.object({
  source: SourceSpec,
  fields: SourceFields.optional(),
  workspaceFolder: RunRequest.shape.workspaceFolder,
  override: RunRequest.shape.override,
  by: z.enum(['model', 'words']).default('model'),
  /** Of the source that are looked at, at most. */
  items: z.int().min(30).max(60).default(40),
})

const profileOrigin = RunProfile.pick({ origin: true, name: true })

/** What the tasks know: interests, categories, and the prompts. */
export const profileRequests = {
  'preferences/read': request(nothing, Preferences),
  'preferences/save': request(
    z.object({
      interests: z.string().max(10_000).optional(),
      anti_interests: z.string().max(10_000).optional(),
      active_llm_provider: ProviderId.nullable().optional(),
      /** Replaced whole. */
      limits: ItemLimits.optional(),
      /** Replaced whole; null: none. */
      examples: ProfileExamples.nullable().optional(),
      /** Replaced whole; null: its defaults. */
      category_choice: CategoryChoice.nullable().optional(),
      /**
       * Replaced whole; null: interest and quality, and `score` goes with them unless it is said. Fails with `profile_invalid`, by path,
       * where a profile file would, and while the system text of the scoring is a person's own: that asks for interest and quality.
       */
      criteria: Preferences.shape.criteria.optional(),
      score: Preferences.shape.score.optional(),
      language: Preferences.shape.language.optional(),
      /** Replaced whole. */
      gate: Preferences.shape.gate.optional(),
      /** Refuses (conflict) when they have changed since; null: when there are any by now. */
      ifUpdatedAt: Instant.nullable().optional(),
    }),
    Preferences,
  ),
  'category/list': request(nothing, z.array(Category)),
  /** Without `slug`: creates, with a slug made from the name. */
  'category/save': request(CategoryChange, Category),
  /** Several changes that are made together or, when one of them is refused, not at all. */
  'category/saveAll': request(z.object({ changes: z.array(CategoryChange).min(1).max(400) }), z.array(Category)),
  /** Replaces the list, adds to it, removes or merges several, or undoes that. */
  'category/edit': request(CategoryEditRequest, CategoryEditResult),
  /** What `category/edit` would do. Fails as it would. */
  'category/describeEdit': request(CategoryEditRequest, CategoryEditDescription),
  'category/remove': request(z.object({ slug: CategorySlug, confirm: z.boolean().optional() }), none),
  /** Moves the children of `from` under `into` and removes `from`. */
  'category/merge': request(z.object({ from: CategorySlug, into: CategorySlug }), Category),
  /** What `category/merge` would do. Fails as it would. */
  'category/describeMerge': request(z.object({ from: CategorySlug, into: CategorySlug }), MergeDescription),

  /** The ready-made profiles. */
  'profile/list': request(nothing, z.array(ReadyMadeProfile)),
  /** The ready-made criteria. */
  'profile/criteria': request(nothing, z.array(ReadyMadeCriteria)),
  /**
   * Reads criteria as somebody wrote them, YAML or JSON: a list of them, the name of ready-made ones, or a profile of which only its
   * criteria and score are taken. Fails with `profile_invalid`, where every problem has its line.
   */
  'profile/checkCriteria': request(
    z.object({ text: z.string().max(1_000_000), name: z.string().max(4096).optional() }),
    z.object({ criteria: Criteria, score: ScoreRange.nullable() }),
  ),
  /**
   * What an item would score that has these answers and categories of these weights, as a run works it out; nothing is read or stored.
   * Fails with `profile_invalid` where criteria cannot be used or a value (`values.NAME`) is no answer to its criterion.
   */
  'profile/score': request(
    z.object({
      /** Null: interest and quality. */
      criteria: Criteria.nullable(),
      /** Null: to 20. */
      score: ScoreRange.nullable(),
      weights: z.array(Weight).max(4),
      /** What is missing does not count. */
      values: CriteriaValues,
      /** 0 to 10; only without criteria. Absent: not known, and then there is no score. */
      interest: z.number().min(0).max(10).nullable().default(null),
      quality: z.number().min(0).max(10).nullable().default(null),
    }),
    z.object({
      /** Null: nothing counts, or interest or quality is missing. */
      score: z.number().nullable(),
      /** The mean of the multipliers of the categories. */
      factor: z.number(),
      isBlocked: z.boolean(),
      /** Absent: it is made of interest and quality, or of nothing. */
      scoreParts: ScoreParts.optional(),
    }),
  ),
  /**
   * Reads what somebody wrote or pasted: a profile as YAML or JSON, or a list of categories, one a line, `name` or `name: description`,
   * a child indented. Fails with `profile_invalid`, where every problem has its line; `name` is what that calls the text.
   */
  'profile/check': request(
    z.object({ text: z.string().max(1_000_000), name: z.string().max(4096).optional() }),
    z.object({ profile: Profile, form: z.enum(['profile', 'list']) }),
  ),
  /**
   * What is known of the categories of a folder's profile, as it is written: results and labels that have them, and what may be better.
   * Fails as `profile/check` does, and with `labels_failed` where the labels cannot be read.
   */
  'profile/advise': request(
    z.object({
      workspaceFolder: z.string().min(1).max(4096),
      text: z.string().max(1_000_000),
      name: z.string().max(4096).optional(),
    }),
    z.object({
      /** That were looked at. */
      results: z.int().nonnegative(),
      categories: z.array(PlacedCategory),
      notes: z.array(ProfileNote),
    }),
  ),
  /**
   * The profile that a run would work with. Fails with `profile_invalid` where a run would. `isChosen`: a person had a say in it, by a file,
   * by `profile/choose`, or by having changed the stored one; otherwise it is worth asking before a first run.
   */
  'profile/read': request(
    z.object(profileChoice),
    z.object({ profile: Profile, from: profileOrigin, isChosen: z.boolean() }),
  ),
  /**
   * Categories for a source, proposed from a sample of it by the model of the categorization's route; where that one only decides, by the
   * default model for generation; by `builtin`, from the words that items share. `no_default_model`: there is none that writes, and `by:
   * 'words'` needs none. Hidden categories of the profile that counts are never proposed. Nothing is kept.
   */
  'profile/propose': request(ProposalRequest, CategoryProposal),
  /** What `profile/propose` would send, to whom, and what it would cost. Sends nothing; fails as it would before it asks. */
  'profile/planProposal': request(ProposalRequest, ProposalPlan),
  /**
   * Keeps the profile that counts in a trusted folder from now on: as its `.llm-providers/profile.yaml`, or as the stored profile, which
   * counts in every folder without a file. Where a file is there, or somebody has changed the stored profile, it fails with
   * `already_exists` unless `overwrite`; with `output_invalid` where the file cannot be written, leads out of the folder, or would
   * overrule what is to be stored.
   */
  'profile/choose': request(
    z.object({
      /** Absent: no trusted folder is open. Then it is the stored profile, whatever `keep` says, and counts as chosen where none is. */
      workspaceFolder: z.string().min(1).max(4096).optional(),
      /** Absent: the stored one as it is. */
      profile: Profile.optional(),
      keep: z.enum(['workspace', 'stored']).default('workspace'),
      overwrite: z.boolean().optional(),
    }),
    z.object({ from: profileOrigin, wasOverwritten: z.boolean() }),
  ),

  /** Every text of the stored profile. */
  'prompt/list': request(nothing, z.array(Prompt)),
  /** `ifUpdatedAt` refuses (conflict) when the text has changed since; null: when it is the product's own no more. */
  'prompt/save': request(
    z.object({ task: Task, part: PromptPart, text: PromptText, ifUpdatedAt: Instant.nullable().optional() }),
    Prompt,
  ),
  /** Back to the product's own text; without a part, both of the task. */
  'prompt/reset': request(z.object({ task: Task, part: PromptPart.optional() }), z.array(Prompt)),
  /** What a run would send for one item, to the letter but for the random mark. Sends nothing. */
  'prompt/preview': request(
    z.object({
      task: Task,
      /** What one call asks for both tasks, as a run does where both go to one model. Absent: what is asked for this task alone. */
      together: z.boolean().optional(),
      /** Absent: a sample of ours. */
      item: z.object({ id: z.string().max(4096).optional(), text: z.string().max(1_000_000) }).optional(),
      draft: PromptDraft.optional(),
      ...profileChoice,
    }),
    PromptPreview,
  ),
} as const satisfies Record<string, RequestRow>
