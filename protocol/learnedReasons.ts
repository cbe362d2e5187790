import * as z from 'zod'
import { ModelId, ProviderId } from './names.ts'

const model = { provider: ProviderId, model: ModelId }

/** Why nothing can be learned, or what was learned cannot be used. */
export const learnedFacts = [
  /**
   * Nothing was learned, and what was learned before stays. name: it is no name for a model here; source: nobody has said from what;
   * too_few: of `needed` examples there are `examples`; one_category: all of them have the same; no_floor: not even its surest answers agree
   * as often as was wanted: all together `agreement`, the surest that were looked at `best` at least.
   */
  z.object({
    code: z.literal('learn_failed'),
    model: z.string(),
    problem: z.enum(['name', 'source', 'too_few', 'one_category', 'no_floor']),
    examples: z.int().nonnegative().optional(),
    needed: z.int().positive().optional(),
    /** That cannot be used: their categories are none of the profile, or their texts are gone. */
    leftOut: z.int().nonnegative().optional(),
    wanted: z.number().optional(),
    agreement: z.number().min(0).max(1).optional(),
    best: z.number().min(0).max(1).optional(),
  }),
  /**
   * categories: it was learned for others than the profile has; `names` are up to ten of those that only one of the two has. scoring: it
   * knows categories alone. damaged: its file is not as it was written.
   */
  z.object({
    code: z.literal('learned_unfit'),
    ...model,
    why: z.enum(['categories', 'scoring', 'damaged']),
    names: z.array(z.string()).max(10),
  }),
  /**
   * It cannot decide in place of the model of a cascade. no_probabilities: it tells none, by itself or by a read-out; same_model: it is that
   * model.
   */
  z.object({ code: z.literal('proxy_unfit'), ...model, why: z.enum(['no_probabilities', 'same_model']) }),
] as const
