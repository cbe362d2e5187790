import * as z from 'zod'
import { LocalizableMessage } from './localizableMessage.ts'
import { ModelType } from './models.ts'
import { AliasName, KindId, ModelId, ProviderId } from './names.ts'
import { ProviderConfig } from './providers.ts'
import { Reason } from './reasons.ts'

/** Whose settings can be read; recognised by what a file holds, never by its name. */
export const importForms = [
  'continue',
  'litellm',
  'roo',
  'cline',
  'vscode',
  'llm-keys',
  'llm-aliases',
  'llm-models',
  'environment',
  'question-pack',
  'codebook',
] as const
export const ImportForm = z.enum(importForms)
export type ImportForm = z.infer<typeof ImportForm>

/** environment: the names of variables that are customary for keys and addresses of the known kinds; no value of a key is read. */
export const ImportSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string().min(1).max(4096) }),
  z.object({ kind: z.literal('environment') }),
])
export type ImportSource = z.infer<typeof ImportSource>

/**
 * Where a provider's key is. file: it stands there in plain text, under `name` (its path in the file); only its last four characters are
 * told. variable: an environment variable is named, whose value is read when it is used. elsewhere: its program keeps it where nobody else
 * can read it, so it has to be entered.
 */
export const ImportKey = z.discriminatedUnion('at', [
  z.object({
    at: z.literal('file'),
    file: z.string(),
    name: z.string(),
    line: z.int().positive(),
    ending: z.string().nullable(),
  }),
  z.object({ at: z.literal('variable'), variable: z.string(), isSet: z.boolean() }),
  z.object({ at: z.literal('elsewhere') }),
])
export type ImportKey = z.infer<typeof ImportKey>

/** `line` counts from 1; null: an environment variable says it. */
const entry = {
  id: z.string(),
  source: z.string(),
  line: z.int().positive().nullable(),
  /** exists: it is there already under the name that is told, and nothing of it is changed. */
  state: z.enum(['new', 'exists']),
}

/** One thing that would be made. `id` is the same whenever the same file is read beside the same data. */
export const ImportEntry = z.discriminatedUnion('what', [
  z.object({
    ...entry,
    what: z.literal('provider'),
    provider: ProviderId,
    kind: KindId,
    config: ProviderConfig,
    endpoint: z.string().nullable(),
    /** Null: the kind takes none, or none is named. */
    key: ImportKey.nullable(),
  }),
  z.object({
    ...entry,
    what: z.literal('model'),
    provider: ProviderId,
    model: ModelId,
    type: ModelType,
    parameters: z.record(z.string(), z.json()),
  }),
  z.object({ ...entry, what: z.literal('alias'), alias: AliasName, provider: ProviderId, model: ModelId }),
  z.object({
    ...entry,
    what: z.literal('profile'),
    name: z.string(),
    /** The file that would be written, in `.llm-providers` of the folder. */
    path: z.string(),
    categories: z.int().nonnegative(),
    criteria: z.int().nonnegative(),
    /** Categories with a floor below which a verdict waits for a person. */
    floors: z.int().nonnegative(),
    /** It asks for an accuracy of its models. */
    hasGate: z.boolean(),
    /** Golden cases, which would be written beside it for `label/import`; null: there are none. */
    cases: z.object({ path: z.string(), count: z.int().positive() }).nullable(),
  }),
])
export type ImportEntry = z.infer<typeof ImportEntry>

/** Something of a file that is not taken over, and why. */
export const ImportLeft = z.object({
  source: z.string(),
  line: z.int().positive().nullable(),
  /** Its name there. */
  name: z.string(),
  message: z.string(),
  localizable: LocalizableMessage.optional(),
})
export type ImportLeft = z.infer<typeof ImportLeft>

export const ImportPlan = z.object({
  forms: z.array(z.object({ source: z.string(), form: ImportForm })),
  entries: z.array(ImportEntry),
  left: z.array(ImportLeft),
  /** Of all of it: `import/apply` refuses (conflict) what is no longer so. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
})
export type ImportPlan = z.infer<typeof ImportPlan>

export const ImportResult = z.object({
  made: z.array(ImportEntry),
  failed: z.array(z.object({ entry: ImportEntry, reason: Reason })),
})
export type ImportResult = z.infer<typeof ImportResult>
