import * as z from 'zod'
import { LocalizableMessage } from './localizableMessage.ts'

/** Why something of a repository of GitHub could not be read or written. */
export const githubFacts = [
  /**
   * token_refused: the token is not accepted; forbidden: it may not do that; not_found: no such repository for whoever asks; moved: it, or
   * the issue, has another address, which is not followed; limited: too many requests, for `retryAfterMs`; failing: errors of its own;
   * not_github: what answers is something else; refused: it does not take what was asked.
   */
  z.object({
    code: z.literal('github_failed'),
    repo: z.string(),
    api: z.string(),
    problem: z.enum([
      'token_refused',
      'forbidden',
      'not_found',
      'moved',
      'limited',
      'failing',
      'unreachable',
      'timeout',
      'not_github',
      'refused',
    ]),
    /** Null: it is not said. */
    retryAfterMs: z.number().nonnegative().nullable(),
    detail: z.string().optional(),
    localizable: LocalizableMessage.optional(),
  }),
] as const
