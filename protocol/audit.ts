import * as z from 'zod'
import { Instant, PageRequest, ProviderId } from './names.ts'

/** One change as it was made: `before` is null for something new, `after` null for something removed. Secrets never appear. */
export const AuditEntry = z.object({
  id: z.int(),
  at: Instant,
  what: z.enum([
    'provider',
    'model',
    'route',
    'preferences',
    'category',
    'revision',
    'prompt',
    'label',
    'test',
    'knowledge_base',
    'gateway',
    'alias',
  ]),
  /** The slug, task or run that it was about; of a model, `provider/model`. */
  target: z.string(),
  action: z.string(),
  before: z.json().nullable(),
  after: z.json().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** Which changes to list; what is absent does not matter. `since` counts in, `until` does not. */
export const AuditFilter = z.object({
  what: z.array(AuditEntry.shape.what).min(1).max(12).optional(),
  target: z.string().max(400).optional(),
  /** Of the provider itself, of its models, and of their tests. */
  provider: ProviderId.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  ...PageRequest.shape,
})
export type AuditFilter = z.infer<typeof AuditFilter>
