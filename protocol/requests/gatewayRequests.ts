import * as z from 'zod'
import { Gateway, GatewayKeys, GatewayPlan, GatewaySync, GatewayTest, RemovedGateway } from '../gateways.ts'
import { GatewayId, Instant, ModelId, ProviderId } from '../names.ts'
import { confirm, nothing, type RequestRow, request } from './request.ts'

const named = z.object({ gateway: GatewayId })
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
  .max(200)

/** LiteLLM proxies that have the active models marked `sync`. */
export const gatewayRequests = {
  'gateway/list': request(nothing, z.array(Gateway)),
  /**
   * Adds or changes; what is absent stays as it is, and `keyEnv: null` takes the variable away. Sends nothing. `url` is needed for a new
   * one. `already_exists`: with `create`, or where another gateway has that URL; `conflict`.
   */
  'gateway/save': request(
    z.object({
      ...named.shape,
      url: z.string().max(2048).optional(),
      keyEnv: variableName.nullable().optional(),
      keys: GatewayKeys.optional(),
      allowPlainHttp: z.boolean().optional(),
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
    }),
    Gateway,
  ),
  /**
   * Removes its entries with our mark, then the gateway. Where that fails, its reason, and both stay; with `confirm` the gateway goes all
   * the same, and what is left there is counted.
   */
  'gateway/remove': request(z.object({ ...named.shape, ...confirm }), RemovedGateway),
  /** What a sync would do. Reads the gateway's list, and changes nothing anywhere. */
  'gateway/plan': request(named, GatewayPlan),
  /**
   * Makes, replaces and removes entries with our mark until they are the active models marked `sync`. What failed of it stands in the
   * steps. Keys that would leave as values, and to which nobody has agreed: `gateway_keys_unconfirmed`, and nothing is sent; `confirm`
   * agrees, for the providers that it names and for good.
   */
  'gateway/sync': request(z.object({ ...named.shape, ...confirm }), GatewaySync),
  /**
   * Asks `/health/readiness` and reads the list, for nothing. With a model, one real call of it through the gateway, too, which costs
   * what a test of it costs.
   */
  'gateway/test': request(
    z.object({ ...named.shape, target: z.object({ provider: ProviderId, model: ModelId }).optional() }),
    GatewayTest,
  ),
} as const satisfies Record<string, RequestRow>
