import { commands, l10n, ProgressLocation, window } from 'vscode'
import type { ModelTestReport, ModelType, TestPlan } from '../../protocol/models.ts'
import type { Usage } from '../../protocol/results.ts'
import type { Api } from '../connection/api.ts'
import { describeTestCost, formatDuration, formatNumber, localizeOr, plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import type { NamedModel } from './namedModel.ts'

export interface TestParts {
  panels: Pick<Panels, 'openSettings'>
  notifier: Notifier
}

/** Says what would be sent, sends it only when the person agrees, and shows what came back. */
export async function testModel(api: Api, named: NamedModel, type: ModelType, parts: TestParts): Promise<void> {
  const plan = await api.request('model/describeTest', { ...named, type })
  if (!plan.ok) return parts.notifier.showFailure(plan.reason)
  // Only models that generate have something to measure beside their answer.
  const probe = type === 'generation' ? await api.request('model/describeTest', { ...named, type, probe: true }) : null
  if (probe && !probe.ok) return parts.notifier.showFailure(probe.reason)
  const [test, measure] = [l10n.t('Test'), measureTitle()]
  const detail = [
    l10n.t('{0}: {1}', test, planWords(plan.value)),
    ...(probe ? [l10n.t('{0}: {1}', measure, planWords(probe.value))] : []),
  ].join('\n\n')
  const question = l10n.t('Test the model {0} of "{1}"?', named.model, named.provider)
  const buttons = [test, ...(probe ? [measure] : [])]
  const chosen = await window.showInformationMessage(question, { modal: true, detail }, ...buttons)
  if (chosen) await sendTest(api, named, { type, probe: chosen === measure }, parts)
}

/** The same for the measurement alone, where it was asked for by name. */
export async function measureModel(api: Api, named: NamedModel, parts: TestParts): Promise<void> {
  const plan = await api.request('model/describeTest', { ...named, type: 'generation', probe: true })
  if (!plan.ok) return parts.notifier.showFailure(plan.reason)
  const measure = l10n.t('Measure')
  const question = l10n.t('Measure what {0} of "{1}" can do?', named.model, named.provider)
  const detail = planWords(plan.value)
  const chosen = await window.showInformationMessage(question, { modal: true, detail }, measure)
  if (chosen) await sendTest(api, named, { type: 'generation', probe: true }, parts)
}

export function measureTitle(): string {
  return l10n.t('Measure what it can do')
}

async function sendTest(
  api: Api,
  named: NamedModel,
  how: { type: ModelType; probe: boolean },
  { panels, notifier }: TestParts,
): Promise<void> {
  const title = l10n.t('Testing {0} of "{1}"', named.model, named.provider)
  const outcome = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    (_, token) => api.request('model/test', { ...named, ...how }, token),
  )
  notifier.log(`test of "${named.provider}/${named.model}": ${outcome.ok ? 'answered' : outcome.reason.code}`)
  if (!outcome.ok) return notifier.showFailure(outcome.reason)
  if (outcome.value.probe) return panels.openSettings('models', `${named.provider}/${named.model}`)
  if (outcome.value.embedding?.matches === false) {
    await window.showWarningMessage(reportWords(outcome.value))
    return
  }
  const use = l10n.t('Use it for a task')
  // What decides can do both tasks, too.
  const { type } = outcome.value
  const buttons = type === 'embedding' || type === 'ner' ? [] : [use]
  const chosen = await window.showInformationMessage(reportWords(outcome.value), ...buttons)
  if (chosen) await commands.executeCommand('llmProviders.useModel', named)
}

function planWords(plan: TestPlan): string {
  const { sent, localizable, calls, tokens } = plan
  const { input, output } = tokens
  return [
    localizeOr(localizable, sent),
    ...(calls > 0 ? [l10n.t('About {0} tokens in and at most {1} out.', count(input), count(output))] : []),
    describeTestCost(plan),
  ].join(' ')
}

/** `qwen3 of "ollama" answered in 1.2 s, 20 tokens in, 3 out.` and what there is to say of a vector. */
function reportWords({ provider, model, latencyMs, usage, embedding, names }: ModelTestReport): string {
  const answered = l10n.t(
    '{0} of "{1}" answered in {2}, {3}.',
    model,
    provider,
    formatDuration(latencyMs),
    usageWords(usage),
  )
  if (names) return `${answered} ${plural(names.length, 'It found {0} name.', 'It found {0} names.')}`
  if (!embedding) return answered
  const { dimensions, configured, matches, advice, localizable } = embedding
  const vector = plural(dimensions, 'Its vectors have {0} dimension', 'Its vectors have {0} dimensions')
  if (matches === null) return `${answered} ${vector}.`
  if (matches) return `${answered} ${l10n.t('{0}, as configured.', vector)}`
  const change = advice === null ? '' : localizeOr(localizable, advice)
  return `${answered} ${l10n.t('{0}, not the {1} that are configured. {2}', vector, configured ?? '', change)}`.trim()
}

function usageWords({ input, output }: Usage): string {
  if (input === null && output === null) return l10n.t('usage not reported')
  return l10n.t('{0} tokens in, {1} out', count(input ?? 0), count(output ?? 0))
}

function count(value: number): string {
  return formatNumber(value)
}
