import * as z from 'zod'
import { CategorySlug, ProviderId } from '../names.ts'
import { Category, CategoryChange, Preferences } from '../profile.ts'
import { none, nothing, type RequestRow, request } from './request.ts'

/** What the tasks know: interests and categories. */
export const profileRequests = {
  'preferences/read': request(nothing, Preferences),
  'preferences/save': request(
    z.object({
      interests: z.string().max(10_000).optional(),
      anti_interests: z.string().max(10_000).optional(),
      active_llm_provider: ProviderId.nullable().optional(),
    }),
    Preferences,
  ),
  'category/list': request(nothing, z.array(Category)),
  /** Without `slug`: creates, with a slug made from the name. */
  'category/save': request(CategoryChange, Category),
  'category/remove': request(z.object({ slug: CategorySlug, confirm: z.boolean().optional() }), none),
  /** Moves the children of `from` under `into` and removes `from`. */
  'category/merge': request(z.object({ from: CategorySlug, into: CategorySlug }), Category),
} as const satisfies Record<string, RequestRow>
