import * as z from 'zod'
import { Price } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import { formOf } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'
import { localizable } from '../../shared/message.ts'
import { baseUrlField, isLoopback } from './endpointRules.ts'

/** Fields of every kind that takes a key. The key itself is in none of them. */
export const keyFields = {
  key_env: z
    .string()
    .regex(...formOf(/^[A-Za-z_][A-Za-z0-9_]*$/, localizable('the name of an environment variable is needed')))
    .max(200)
    .optional()
    .meta({
      title: 'Key from variable',
      description: 'Name of the environment variable that holds the key.',
      format: 'variable',
      group: 'key',
    }),
  /** Set by the product together with `key_env`: the variable was named for this origin and is sent to no other. */
  key_origin: z.string().max(2048).optional().meta({ internal: true }),
  daily_cap_usd: z.number().positive().max(1_000_000).optional().meta({
    title: 'Daily cap in US dollars',
    description: 'Runs stop before a day (UTC) costs more. Only for models with a known price.',
    group: 'advanced',
  }),
  price: Price.optional().meta({
    title: 'Price',
    description: 'US dollars for a million tokens, where you know better than any list; 0 for what is free.',
    group: 'advanced',
  }),
  allow_plain_http: z.boolean().default(false).meta({
    title: 'Allow plain http',
    description: 'Send the key unencrypted to another machine. Anyone on the network can read it.',
    group: 'advanced',
  }),
}

/** Our own servers accept headers of 16 KB in all; no real key comes near. */
const longestKey = 4096

/**
 * A key as it may go into a header: trimmed, or refused in words that do not reveal it. Variables may hold the quotation marks of the
 * file that they come from.
 */
export function cleanKey(key: string): { ok: true; key: string } | { ok: false; problem: string } {
  const trimmed = cleanPastedKey(key).key
  if (trimmed === '') return { ok: false, problem: 'the key is empty' }
  if (trimmed.length > longestKey) return { ok: false, problem: 'the key is too long to be one' }
  if (/[\r\n]/.test(trimmed)) return { ok: false, problem: 'the key holds a line break' }
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    return { ok: false, problem: 'the key holds spaces, control characters or letters that keys do not have' }
  }
  return { ok: true, key: trimmed }
}

export interface KeyQuestion {
  provider: string
  need: 'required' | 'optional' | 'none'
  endpoint: string
  config: unknown
  key: string | null
}

/** The key to send to the endpoint, null for none, or why nothing may be sent. */
export function admitKey({ provider, need, endpoint, config, key }: KeyQuestion): Outcome<string | null> {
  const settings = config as z.infer<z.ZodObject<typeof keyFields>>
  if (need === 'none') return succeed(null)
  if (key === null) {
    if (need === 'optional') return succeed(null)
    const source = settings.key_env ? 'environment' : 'secret_store'
    return fail({ code: 'secret_missing', provider, source, ...(settings.key_env && { variable: settings.key_env }) })
  }
  const clean = cleanKey(key)
  if (!clean.ok) return fail({ code: 'policy_denied', provider, rule: 'invalid_key', detail: clean.problem })
  if (endpoint.startsWith('http:') && !isLoopback(endpoint) && !settings.allow_plain_http) {
    const detail = 'the key would travel over plain http to another machine'
    return fail({ code: 'policy_denied', provider, rule: 'plain_http_with_key', detail })
  }
  return succeed(clean.key)
}

/** The settings of a hosted service: its well-known address, which a gateway of one's own may replace, and the key's. */
export function hostedConfig(defaultEndpoint: string, where = 'Where the API is, version included.') {
  return z.strictObject({
    base_url: baseUrlField('inside')
      .default(defaultEndpoint)
      .meta({
        title: 'Base URL',
        description: `${where} Change it only for a gateway of your own.`,
      }),
    ...keyFields,
  })
}
