import { l10n, ProgressLocation, window } from 'vscode'
import type { BuildPlan, KnowledgeBase } from '../../protocol/knowledgeBases.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Api } from '../connection/api.ts'
import { describeReason, formatNumber, formatUsd, plural } from '../describe/language.ts'

/**
 * Makes the knowledge base of a run's items that similar items are looked up in, or goes on with it. Null: it is built, or the person
 * left; else why it is not, in a sentence.
 */
export async function buildSimilar(api: Api, runId: string): Promise<string | null> {
  const base = await findOrCreate(api, runId)
  if (typeof base === 'string') return base
  if (!base.ok) return describeReason(base.reason)
  const { name } = base.value
  const plan = await api.request('kb/planBuild', { name })
  if (!plan.ok) return describeReason(plan.reason)
  if (plan.value.missing > 0 && !(await isWanted(plan.value))) return null
  const title = l10n.t('Embedding the items of the run')
  const built = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_, token) => await api.request('kb/build', { name }, token),
  )
  return built.ok || built.reason.code === 'cancelled' ? null : describeReason(built.reason)
}

async function findOrCreate(api: Api, runId: string): Promise<Outcome<KnowledgeBase> | string> {
  const bases = await api.request('kb/list', {})
  if (!bases.ok) return bases
  const isOfRun = (base: KnowledgeBase) =>
    base.sources.some((source) => source.kind === 'run' && source.runId === runId)
  const known = bases.value.find(isOfRun)
  if (known) return { ok: true, value: known }
  const model = await findEmbeddingModel(api)
  if (model === null)
    return l10n.t('No enabled provider has a model that makes embeddings. Add one, and give it the type "embedding".')
  return await api.request('kb/create', {
    name: `run-${runId}`,
    sources: [{ kind: 'run', runId }],
    embed: { provider: model.provider, model: model.model },
  })
}

/** The default one, else the first that is active. */
async function findEmbeddingModel(api: Api): Promise<RegisteredModel | null> {
  const [models, providers] = await Promise.all([
    api.request('model/list', { type: 'embedding' }),
    api.request('provider/list', {}),
  ])
  if (!models.ok || !providers.ok) return null
  const enabled = new Set(providers.value.filter((view) => view.enabled).map(({ provider }) => provider))
  const usable = models.value.rows.filter(({ status, provider }) => status === 'active' && enabled.has(provider))
  return usable.find(({ isDefault }) => isDefault) ?? usable[0] ?? null
}

async function isWanted({ missing, provider, model, endpoint, inputTokens, costUsd }: BuildPlan): Promise<boolean> {
  const texts = plural(missing, '{0} text', '{0} texts')
  const to =
    endpoint === null ? l10n.t('{0} / {1}', provider, model) : l10n.t('{0} / {1} at {2}', provider, model, endpoint)
  const cost = costUsd === null ? l10n.t('The price is not known.') : l10n.t('It costs about {0}.', formatUsd(costUsd))
  const build = l10n.t('Embed')
  const chosen = await window.showInformationMessage(
    l10n.t('Find similar items by embeddings?'),
    {
      modal: true,
      detail: `${l10n.t('{0}, about {1} tokens, go to {2}.', texts, formatNumber(inputTokens), to)} ${cost}`,
    },
    build,
  )
  return chosen === build
}
