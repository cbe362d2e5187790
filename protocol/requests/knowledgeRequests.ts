import * as z from 'zod'
import {
  BuildPlan,
  BuiltKnowledgeBase,
  KnowledgeBase,
  KnowledgeBaseName,
  KnowledgeBaseToCreate,
  KnowledgeHits,
  KnowledgeSearch,
  ListedKnowledgeBase,
  SimilarItems,
  SimilarQuery,
} from '../knowledgeBases.ts'
import { none, nothing, type RequestRow, request } from './request.ts'

const named = z.object({ name: KnowledgeBaseName })
const embedding = z.object({ ...named.shape, embed: KnowledgeBaseToCreate.shape.embed })

/** Named sets of texts that are searched by meaning. */
export const knowledgeRequests = {
  /** Sends nothing. `already_exists`; `provider_unconfigured` or `provider_disabled` with the ones that there are. */
  'kb/create': request(KnowledgeBaseToCreate, KnowledgeBase),
  'kb/list': request(nothing, z.array(ListedKnowledgeBase)),
  /** What `kb/build` would send, to whom, and what it would cost. Sends nothing. */
  'kb/planBuild': request(named, BuildPlan),
  /**
   * Embeds what has no vector yet and forgets what is gone. What was paid for is kept when it ends early: the next build goes on there.
   * `vectors_changed`: the model makes vectors of another length than it did. `source_invalid`: nothing of its sources can be read.
   */
  'kb/build': request(named, BuiltKnowledgeBase),
  /** `kb_unbuilt`: there is nothing to search in yet. */
  'kb/search': request(KnowledgeSearch, KnowledgeHits),
  /** Items that are like one; of an item of the base nothing is sent. `kb_unbuilt`; `not_found`: it has no such item. */
  'kb/similar': request(SimilarQuery, SimilarItems),
  /** Another model for the vectors. `kb_locked`: there are vectors of the present one, which `confirm` throws away. */
  'kb/setEmbedding': request(z.object({ ...embedding.shape, confirm: z.boolean().optional() }), KnowledgeBase),
  /** With its vectors; sources stay as they are. */
  'kb/remove': request(named, none),
} as const satisfies Record<string, RequestRow>
