import * as z from 'zod'
import { CriteriaValues, CriterionValue } from './criteria.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { Instant, ModelId, PageRequest, ProviderId, RunId } from './names.ts'
import { RunRequest } from './runs.ts'

/** Where a workspace keeps what people said of items. */
export const goldenFile = '.llm-providers/golden.jsonl'

/** SHA-256 of an item's whole plain text, hex: what a label belongs to, wherever the item stands. */
export const InputHash = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits')

const tenPoints = z.int().min(0).max(10).nullable()

const judgement = {
  /** The first one fits best; empty: nothing fits; null: not said. */
  categories: z.array(z.string().trim().min(1).max(80)).max(4).nullable(),
  interest: tenPoints,
  quality: tenPoints,
  /** By name, answers to criteria of a profile of their own. Absent: none was said. */
  criteria: CriteriaValues.optional(),
}

/** What a person says of one item: a line of the golden set. */
export const Label = z.object({
  /** As the item was called where it was labelled. */
  id: z.string().min(1).max(4096),
  inputHash: InputHash,
  /** Where the item is from: a file's name, or words. */
  source: z.string().max(4096),
  /** Plain, cut to the profile's larger limit. `inputHash` is that of the whole text. */
  text: z.string().min(1).max(200_000),
  ...judgement,
  note: z.string().max(2000).optional(),
  at: Instant,
})
export type Label = z.infer<typeof Label>

/** What a model is shown of a label. */
export const PromptExample = Label.pick({
  inputHash: true,
  text: true,
  categories: true,
  interest: true,
  quality: true,
  /** Only for a profile with criteria, and only where all of them were answered. */
  criteria: true,
})
export type PromptExample = z.infer<typeof PromptExample>

/** Chosen when a run starts: more than `count`, since an item is never its own example. `mark` fences their texts. */
export const PromptExamples = z.object({
  count: z.int().min(1).max(20),
  mark: z.string(),
  items: z.array(PromptExample),
  /**
   * They are to be chosen by likeness, among all of `items`. `embed`: the model whose vectors say what is like what; null: none was
   * ready, and the first of `items` are shown in each call. Absent: they are always the first ones.
   */
  likeness: z.object({ embed: z.object({ provider: ProviderId, model: ModelId }).nullable() }).optional(),
})
export type PromptExamples = z.infer<typeof PromptExamples>

/** A label as it is shown. `score`: composite by the profile's weights, null where interest or quality was not said. `line` counts from 1. */
export const LabelView = Label.extend({ score: z.number().min(0).max(20).nullable(), line: z.int().positive() })
export type LabelView = z.infer<typeof LabelView>

/**
 * Replaces the label of the same `inputHash`, or adds one. Of categories, interest, quality and note, what is absent stays as it is;
 * null takes it back.
 */
export const LabelToSave = z.object({
  id: Label.shape.id,
  inputHash: InputHash,
  source: Label.shape.source.optional(),
  /** The item's text as it stands in its source. Absent: that of the label there is, or that of the source of `runId`. */
  text: z.string().min(1).max(16_000_000).optional(),
  /** The run whose result is corrected: its profile says which categories there are. */
  runId: RunId.optional(),
  categories: judgement.categories.optional(),
  interest: judgement.interest.optional(),
  quality: judgement.quality.optional(),
  /** Only those that change; null takes one back. */
  criteria: z.record(z.string().max(80), CriterionValue.nullable()).optional(),
  note: z.string().max(2000).nullable().optional(),
})
export type LabelToSave = z.infer<typeof LabelToSave>

export const LabelFilter = z.object({
  /** At least one of these names. The empty name stands for labels that say that nothing fits. */
  categories: z.array(z.string().max(200)).min(1).max(100).optional(),
  /** In id, source, text, categories or note; upper and lower case are the same. */
  search: z.string().min(1).max(200).optional(),
})
export type LabelFilter = z.infer<typeof LabelFilter>

/** The golden set of a workspace folder that its user trusts, and the profile whose weights count (as in a run). */
export const labelPlace = { workspaceFolder: z.string().min(1).max(4096), profile: RunRequest.shape.profile }

export const LabelPageRequest = z.object({ ...labelPlace, filter: LabelFilter.optional(), ...PageRequest.shape })
export type LabelPageRequest = z.infer<typeof LabelPageRequest>

/** A line that cannot be read; it stays in the file as it is. */
export const LabelProblem = z.object({
  line: z.int().positive(),
  message: z.string(),
  localizable: LocalizableMessage.optional(),
})
export type LabelProblem = z.infer<typeof LabelProblem>

export const LabelPage = z.object({
  rows: z.array(LabelView),
  next: z.string().nullable(),
  /** Labels that the filter finds. */
  total: z.int(),
  path: z.string(),
  /** The first hundred of them. */
  problems: z.array(LabelProblem),
})
export type LabelPage = z.infer<typeof LabelPage>

/** What became of the rows of a file of results that a person has corrected. */
export const LabelImport = z.object({
  added: z.int(),
  changed: z.int(),
  /** Said the same already, or stand in a file of results as the run left them. */
  same: z.int(),
  left: z.int(),
  /** Of what was left out, the first hundred. `line` is the row's number where lines have none. */
  problems: z.array(LabelProblem),
})
export type LabelImport = z.infer<typeof LabelImport>
