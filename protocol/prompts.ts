import * as z from 'zod'
import { Criteria, ScoreRange } from './criteria.ts'
import { givenName, Instant, Task } from './names.ts'
import { Problem } from './reasons.ts'

/** The prompt's system part, sent once a call, and the part that goes with the items of each call. */
export const promptParts = ['system', 'user'] as const
export const PromptPart = z.enum(promptParts)
export type PromptPart = z.infer<typeof PromptPart>

/** Long enough for many examples; what is longer is a file by mistake. */
export const PromptText = z.string().max(20_000)

/** The texts of a profile that are not the product's own; absent: as the product has it. */
const changedParts = z.strictObject({ system: PromptText.optional(), user: PromptText.optional() })
export const ChangedPrompts = z.strictObject({
  categorization: changedParts.optional(),
  scoring: changedParts.optional(),
})
export type ChangedPrompts = z.infer<typeof ChangedPrompts>

/** `{name}` in a text. A required one has to be there: without it a call could not work, or an item could give orders. */
export const Placeholder = z.object({ name: z.string(), isRequired: z.boolean(), about: z.string() })
export type Placeholder = z.infer<typeof Placeholder>

/** One text of the stored profile. */
export const Prompt = z.object({
  task: Task,
  part: PromptPart,
  text: z.string(),
  /** The product's own text, for showing what differs and for going back. */
  defaultText: z.string(),
  isDefault: z.boolean(),
  /** The `promptHash` that results of this task have now: of both its texts, their layout and the schema. */
  hash: z.string(),
  placeholders: z.array(Placeholder),
  /** Empty unless the stored text cannot be used (a run would be refused), as after an update that asks for more of it. */
  problems: z.array(Problem),
  /** Null: never changed, or reset. */
  updatedAt: Instant.nullable(),
})
export type Prompt = z.infer<typeof Prompt>

/** Texts that are not saved yet, in place of the stored ones. */
export const PromptDraft = z.strictObject({
  system: PromptText.optional(),
  user: PromptText.optional(),
  interests: z.string().max(10_000).optional(),
  anti_interests: z.string().max(10_000).optional(),
  /** Null: interest and quality, whatever is stored. */
  criteria: Criteria.nullable().optional(),
  score: ScoreRange.nullable().optional(),
  /** Null: English. */
  language: givenName.max(40).nullable().optional(),
})
export type PromptDraft = z.infer<typeof PromptDraft>

/** One call as it would be made. */
export const PromptPreview = z.object({
  task: Task,
  /** The profile that it was made of. */
  from: z.object({ origin: z.enum(['workspace', 'stored', 'file', 'preset']), name: z.string().nullable() }),
  /** It is the call for both tasks. Absent: that for the task alone, also where the other was wanted and a prompt was edited. */
  together: z.literal(true).optional(),
  system: z.string(),
  user: z.string(),
  /** The JSON schema that goes with it where the model can be held to one. */
  schema: z.record(z.string(), z.json()),
  promptHash: z.string(),
  /** Of system, user and schema together, in UTF-16 units. */
  characters: z.int(),
  /** Roughly: characters / 4. */
  inputTokens: z.int(),
  /** The item's text as plain text, before it is cut; and whether it was cut to the profile's limit. */
  item: z.object({ characters: z.int(), isCut: z.boolean() }),
})
export type PromptPreview = z.infer<typeof PromptPreview>
