import * as z from 'zod'
import { LocalizableMessage } from './localizableMessage.ts'
import { GatewayId, ModelId, ProviderId } from './names.ts'

const gateway = { gateway: GatewayId }
/** What the proxy said, where the code alone does not tell the cause. */
const detail = { detail: z.string().optional(), localizable: LocalizableMessage.optional() }

/** Why a gateway, or an entry of it, is not as it should be. */
export const gatewayFacts = [
  /**
   * Nothing can be done at the gateway. no_database: it keeps no models, as its readiness says; store_off: it has a database, and is not
   * told to keep models there; not_a_gateway: what answers is no LiteLLM proxy, such as a web page; key_refused: the admin key is not
   * accepted, or may not manage models; failing: it answers with errors of its own; refused: it does not take what was asked.
   */
  z.object({
    code: z.literal('gateway_unusable'),
    ...gateway,
    url: z.string(),
    problem: z.enum([
      'no_database',
      'store_off',
      'not_a_gateway',
      'key_refused',
      'unreachable',
      'timeout',
      'failing',
      'refused',
    ]),
    ...detail,
  }),
  /**
   * About one model there. not_stored: the proxy said that it was, and it is not; stored_despite_error: the other way round, so all is
   * well; not_removed: it said that it was, and it is still there; taken: an entry that is not ours has its id; the others: the gateway
   * cannot pass on calls of that kind, of that type of model, to an address of this machine, or with headers of its own.
   */
  z.object({
    code: z.literal('gateway_entry'),
    ...gateway,
    provider: ProviderId,
    model: ModelId,
    problem: z.enum([
      'not_stored',
      'stored_despite_error',
      'not_removed',
      'taken',
      'kind_unsupported',
      'type_unsupported',
      'own_machine',
      'headers_unsupported',
    ]),
    ...detail,
  }),
  /** The keys of these providers would be sent to the gateway, and nobody has agreed to that yet. Nothing was sent. */
  z.object({
    code: z.literal('gateway_keys_unconfirmed'),
    ...gateway,
    url: z.string(),
    providers: z.array(ProviderId).min(1),
  }),
  /** Another process is at it. */
  z.object({ code: z.literal('gateway_busy'), ...gateway }),
] as const
