import * as z from 'zod'
import { ModelType } from '../models.ts'
import { KindId, ModelId, ProviderId } from '../names.ts'
import { ProviderConfig } from '../providers.ts'

/** Parameters of a model: a wrong one is reported with its path, `parameters.dimensions`, as an Outcome. */
export const ModelParameters = z.record(z.string(), z.json())

/** How a model is to be tested. `type` and `parameters` are those of its registration, unless they are said. */
export const modelTest = {
  type: ModelType.optional(),
  parameters: ModelParameters.optional(),
  /** Generation only: measure what the endpoint really does, by a few small calls. */
  probe: z.boolean().optional(),
}
export const savedTest = { provider: ProviderId, model: ModelId.optional(), ...modelTest }
/** `keyOf`: the saved provider whose stored key is used, where it was entered for the origin that these values lead to. */
export const unsavedTest = {
  kind: KindId,
  config: ProviderConfig,
  model: ModelId.optional(),
  keyOf: ProviderId.optional(),
  ...modelTest,
}
