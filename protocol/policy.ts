import * as z from 'zod'
import { Problem } from './reasons.ts'

/** A folder's rules are kept in this file, below the folder that they are about. */
export const policyFile = '.llm-providers/policy.yaml'

const ProviderName = z.string().min(1).max(100).describe('The id of a provider, or its kind, such as ollama.')
const ModelPattern = z.string().min(1).max(300).describe('A model, or PROVIDER/MODEL. * stands for any characters.')
const LockedModel = z
  .string()
  .min(1)
  .max(300)
  .describe('PROVIDER/MODEL, or a provider alone: this task goes there, or nowhere.')
const dollars = z.number().positive().max(1e6)

/**
 * What a folder says of the models that may see it. It can only narrow what the user has: each rule that is there must allow a call,
 * and none of them chooses a model. An empty list allows nothing.
 */
export const WorkspacePolicy = z
  .strictObject({
    providers: z.array(ProviderName).max(100).optional().describe('Only these providers, by id or kind.'),
    models: z.array(ModelPattern).max(200).optional().describe('Only these models.'),
    local_only: z
      .array(z.string().min(1).max(500))
      .max(200)
      .optional()
      .describe(
        'What these paths name stays on this machine: * within a name, ** any folders; a folder stands for all that is in it. Text whose file is not known counts as any path.',
      ),
    route: z
      .strictObject({ categorization: LockedModel.optional(), scoring: LockedModel.optional() })
      .optional()
      .describe('The one model that may do a task.'),
    caps: z
      .strictObject({
        usd_per_run: dollars.optional().describe('US dollars that one run may cost.'),
        usd_per_day: dollars.optional().describe('US dollars that a provider may cost a day before a run here stops.'),
      })
      .optional()
      .describe('What runs may cost; a lower cap of your own stays.'),
  })
  .describe('Rules of LLM Providers for a folder. They only narrow what whoever opens it has set up.')
export type WorkspacePolicy = z.infer<typeof WorkspacePolicy>

/** Rules that count in a folder: its own, and those of folders around it. */
export const PolicyView = z.object({
  /** Absolute path. */
  file: z.string(),
  /** SHA-256 of the file: what a person has seen of it. Empty: it cannot be opened. */
  hash: z.string(),
  /** Null: it cannot be read, and nothing goes to any model until it can. */
  rules: WorkspacePolicy.nullable(),
  /** What is wrong with it, each with its line; empty where `rules` are there. */
  problems: z.array(Problem),
})
export type PolicyView = z.infer<typeof PolicyView>
