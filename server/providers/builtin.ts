import * as z from 'zod'
import { assertNever } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { CompiledProfile, Work } from '../domain/work.ts'
import type { ProviderAdapter, ProviderCall } from './adapter.ts'
import { type CategoryIndex, indexCategories } from './builtinCategories.ts'
import { type CriteriaIndex, indexCriteria } from './builtinCriteria.ts'
import { indexScores, type ScoreIndex } from './builtinScores.ts'

const BuiltinConfig = z.strictObject({})

const models = [{ model: 'keywords', label: localizable('Keyword matching').text, type: 'generation' as const }]

/**
 * The embedded default: works on a bare machine, asks nobody, and is a baseline to beat. It compares words, and says so.
 * The same work always gets the same answer.
 */
export const builtinAdapter: ProviderAdapter<z.infer<typeof BuiltinConfig>> = {
  kind: 'builtin',
  label: 'Built-in keyword matching (no model)',
  description:
    'Compares the words of an item with category names, descriptions and interests. No model, no network, no key: it does not understand what it reads.',
  configSchema: BuiltinConfig,
  key: { need: 'none', customaryVariable: null, obtainAt: null },
  defaultEndpoint: null,
  capabilities: { embeddings: false, outputModes: ['json'] },
  endpoint: () => null,
  defaultModel: () => 'keywords',
  check: async (call) =>
    succeed({ version: null, models: await modelsOf(call), method: 'nothing to ask: it is part of this program' }),
  listModels: async (call) => succeed(await modelsOf(call)),
  async complete(call, { model, work }) {
    const { provider, signal } = call
    if (model !== 'keywords' && (await modelsOf(call)).some((listed) => listed.model === model))
      return fail({ code: 'ask_unsupported', provider, model, ask: 'text', why: 'model' })
    if (model !== 'keywords') return fail({ code: 'model_missing', provider, model, alternatives: ['keywords'] })
    if (signal.aborted) return fail({ code: 'cancelled' })
    const started = performance.now()
    const text = JSON.stringify({ verdicts: judge(work) })
    // No model ran, so no tokens were used; that is known, not unsaid.
    return succeed({ text, usage: { input: 0, output: 0, cached: 0 }, latencyMs: performance.now() - started })
  },
}

async function modelsOf({ learned }: Pick<ProviderCall<unknown>, 'learned'>): Promise<ModelInfo[]> {
  return [...models, ...((await learned?.list()) ?? [])]
}

function judge(work: Work): object[] {
  switch (work.task) {
    case 'categorization': {
      const index = indexOnce(categoryIndexes, work.profile, indexCategories)
      return work.items.map(({ key, text }) => ({ key, ...index.judge(text) }))
    }
    case 'scoring': {
      if (work.profile.rubric) {
        const index = indexOnce(criteriaIndexes, work.profile, indexCriteria)
        return work.items.map(({ key, text }) => ({ key, ...index.judge(text) }))
      }
      const index = indexOnce(scoreIndexes, work.profile, indexScores)
      return work.items.map(({ key, text }) => ({ key, ...index.judge(text) }))
    }
    default:
      return assertNever(work)
  }
}

const categoryIndexes = new WeakMap<CompiledProfile, CategoryIndex>()
const scoreIndexes = new WeakMap<CompiledProfile, ScoreIndex>()
const criteriaIndexes = new WeakMap<CompiledProfile, CriteriaIndex>()

/** A run judges many calls with one profile: its index is built with the first and goes when the profile goes. */
function indexOnce<Index>(
  indexes: WeakMap<CompiledProfile, Index>,
  profile: CompiledProfile,
  build: (profile: CompiledProfile) => Index,
): Index {
  const known = indexes.get(profile)
  if (known) return known
  const built = build(profile)
  indexes.set(profile, built)
  return built
}
