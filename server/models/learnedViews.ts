import type { ModelTestReport, RegisteredModel } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import { countNewLabels, isLearnableName, type LearnedModels, labelsPath } from './learnedModels.ts'
import type { ModelSources } from './modelViews.ts'

export interface LearnedParts {
  learned: LearnedModels
  golden(): Promise<Pick<GoldenStore, 'read'>>
  modelSources: ModelSources
  checks: Pick<ProviderChecks, 'check'>
}

type Named = Pick<RegisteredModel, 'provider' | 'model'>

/** Whether the name is one that only something learned has. */
export function isLearnedHere(
  { provider, model }: Named,
  { modelSources }: { modelSources: Pick<ModelSources, 'openProvider'> },
): boolean {
  return isLearnableName(model) && modelSources.openProvider(provider)?.adapter.kind === 'builtin'
}

/** With how good it is, and how many labels are new since. */
export async function withLearned(row: RegisteredModel, parts: LearnedParts): Promise<RegisteredModel> {
  if (!isLearnedHere(row, parts)) return row
  const read = await parts.learned.read(row.model)
  if (read === undefined) return row
  if (read === null) return { ...row, unreadable: damagedWords(row) }
  const { file, facts } = read
  const path = facts.from.kind === 'labels' ? labelsPath(facts.from) : null
  const labels = path === null ? null : await (await parts.golden()).read(path)
  if (!labels?.ok) return { ...row, learned: facts }
  return { ...row, learned: { ...facts, newLabels: countNewLabels(file, labels.value.labels) } }
}

function damagedWords({ provider, model }: Named): string {
  return explainReason({ code: 'learned_unfit', provider, model, why: 'damaged', names: [] }).message
}

/** Nothing is called to find out whether it works: its file is read. Undefined: it was not learned here. */
export async function testLearned(named: Named, parts: LearnedParts): Promise<Outcome<ModelTestReport> | undefined> {
  if (!isLearnedHere(named, parts)) return undefined
  const { provider, model } = named
  const read = await parts.learned.read(model)
  if (read === undefined) return undefined
  if (read === null) return fail({ code: 'learned_unfit', provider, model, why: 'damaged', names: [] })
  return succeed({
    ...{ provider, model, type: 'decision', latencyMs: 0, usage: { input: 0, output: 0, cached: 0 } },
    ...withMessage('sent', localizable('nothing: it was learned here, and its file is as it was written')),
    ...{ embedding: null, probe: null, registered: false },
  })
}

/** Its routes say from now on that it is missing. */
export async function forgetLearned({ provider, model }: Named, { learned, checks }: LearnedParts): Promise<void> {
  await learned.remove(model)
  await checks.check(provider, new AbortController().signal)
}
