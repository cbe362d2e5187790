import * as z from 'zod'
import { CategorySlug, Instant, ProviderId, Task } from '../names.ts'
import {
  Category,
  CategoryChange,
  CategoryChoice,
  ItemLimits,
  MergeDescription,
  Preferences,
  Profile,
  ProfileExamples,
  ReadyMadeProfile,
} from '../profile.ts'
import { Prompt, PromptDraft, PromptPart, PromptPreview, PromptText } from '../prompts.ts'
import { RunProfile, RunRequest } from '../runs.ts'
import { none, nothing, type RequestRow, request } from './request.ts'

const profileChoice = { profile: RunRequest.shape.profile, workspaceFolder: RunRequest.shape.workspaceFolder }

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
  'category/remove': request(z.object({ slug: CategorySlug, confirm: z.boolean().optional() }), none),
  /** Moves the children of `from` under `into` and removes `from`. */
  'category/merge': request(z.object({ from: CategorySlug, into: CategorySlug }), Category),
  /** What `category/merge` would do. Fails as it would. */
  'category/describeMerge': request(z.object({ from: CategorySlug, into: CategorySlug }), MergeDescription),

  /** The ready-made profiles. */
  'profile/list': request(nothing, z.array(ReadyMadeProfile)),
  /**
   * Reads what somebody wrote or pasted: a profile as YAML or JSON, or a list of categories, one a line, `name` or `name: description`,
   * a child indented. Fails with `profile_invalid`, where every problem has its line; `name` is what that calls the text.
   */
  'profile/check': request(
    z.object({ text: z.string().max(1_000_000), name: z.string().max(4096).optional() }),
    z.object({ profile: Profile, form: z.enum(['profile', 'list']) }),
  ),
  /** The profile that a run would work with. Fails with `profile_invalid` where a run would. */
  'profile/read': request(
    z.object(profileChoice),
    z.object({ profile: Profile, from: RunProfile.pick({ origin: true, name: true }) }),
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
      /** Absent: a sample of ours. */
      item: z.object({ id: z.string().max(4096).optional(), text: z.string().max(1_000_000) }).optional(),
      draft: PromptDraft.optional(),
      ...profileChoice,
    }),
    PromptPreview,
  ),
} as const satisfies Record<string, RequestRow>
