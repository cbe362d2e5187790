import type { ParsedParams } from '../../protocol/contract.ts'
import type { DecisionReport } from '../../protocol/decisions.ts'
import type { DecisionParameters } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import { findQuestionProblems } from '../domain/checkDecision.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import { decideWith } from '../providers/decide.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { Store } from '../store/store.ts'
import { mostDecisionTokens } from '../usage/mostTokens.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { type FolderRulesParts, refuseByRules } from './folderRules.ts'
import { findListed } from './modelViews.ts'
import { findOwnPrice } from './ownPrice.ts'
import { findRegistered } from './registeredModels.ts'

interface DecideByHandParts extends Pick<FolderRulesParts, 'policies'> {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'open' | 'denialOf'>
  health: Pick<HealthRecords, 'of'>
  tools: Pick<CheckTools, 'keys' | 'transport'>
  usage: Pick<UsageMeter, 'open' | 'flush'>
}

/** One call for a person's own questions; accounted for as a test, and held to the provider's daily cap. Nothing of it is kept. */
export async function decideByHand(
  parts: DecideByHandParts,
  { provider, model, input, questions, workspaceFolder }: ParsedParams<'model/decide'>,
  signal: AbortSignal,
): Promise<Outcome<DecisionReport>> {
  const problems = findQuestionProblems(questions)
  if (problems.length > 0) return fail({ code: 'questions_invalid', problems })
  const { store, directory, health, tools, usage } = parts
  const open = directory.open(provider)
  if (!open) return fail({ code: 'not_found', what: 'provider', id: provider })
  if (!open.ok) return open
  const refused = await refuseByRules(parts, { provider, model }, { workspaceFolder })
  if (refused) return refused
  const { adapter, config, endpoint, keyOwner } = open.value
  const key = await tools.keys.read(keyOwner)
  if (!key.ok) return key
  const listed = findListed(open.value, health.of(provider).models.models, model)
  const registered = store.read((database) => findRegistered(database, open.value, model))
  const found = registered?.probe?.decisions
  const pricing = listed?.type === 'decision' ? listed.pricing : undefined
  const { daily_cap_usd: dailyCapUsd } = config as { daily_cap_usd?: number }
  const ownPrice = store.read((database) => findOwnPrice(database, open.value, model))
  const priced = { model: { provider, model, endpoint }, type: 'decision', pricing, ownPrice } as const
  const meter = await usage.open({ ...priced, dailyCapUsd })
  if (!meter.ok) return meter
  const { timeout_seconds } = (registered?.parameters ?? {}) as DecisionParameters
  const request = {
    ...{ model, input, questions, dialect: found?.dialect, limits: { ...listed?.decisions, ...found?.limits } },
    parameters: timeout_seconds === undefined ? {} : { timeout_seconds },
  }
  const transport = endpoint === null ? noTransport : await tools.transport()
  const answered = await meter.value(
    {
      ...{ task: 'test', items: 0 },
      mostTokens: () => ({ input: mostDecisionTokens(request), output: 0 }),
      send: () => decideWith(adapter, { provider, config, key: key.value, transport, signal }, request),
    },
    signal,
  )
  void usage.flush()
  if (!answered.ok) return { ok: false, reason: answered.reason }
  const { answers, dialect, answeredBy, latencyMs, costUsd = null } = answered.value
  const told = { answers: [...answers], usage: answered.value.usage, latencyMs, costUsd }
  return succeed({ provider, model, answeredBy: answeredBy?.model ?? null, dialect, ...told })
}
