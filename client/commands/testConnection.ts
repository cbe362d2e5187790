import { commands, l10n, ProgressLocation, window } from 'vscode'
import type { ConnectionReport } from '../../protocol/providers.ts'
import type { Api } from '../connection/api.ts'
import { betterKindSentence, countModels, formatDuration, pullOfferSentence, translated } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { type Choice, pick } from '../forms/pick.ts'
import { measureModel, measureTitle } from '../models/testModel.ts'

/** Asks a saved provider whether it is there, with progress and cancel, and shows what was measured or why not. */
export async function testConnection(
  api: Api,
  provider: string,
  parts: { panels: Pick<Panels, 'openSettings'>; notifier: Notifier },
): Promise<void> {
  const { notifier } = parts
  notifier.forget(provider)
  const outcome = await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: l10n.t('Testing the connection to "{0}"', provider),
      cancellable: true,
    },
    (_, token) => api.request('provider/test', { provider }, token),
  )
  notifier.log(
    `test of "${provider}": ${outcome.ok ? `answered in ${outcome.value.latencyMs} ms` : outcome.reason.code}`,
  )
  if (!outcome.ok) return notifier.showFailure(outcome.reason)
  const report = outcome.value
  const missing = report.wanted.filter(({ found }) => !found).map(({ model }) => model)
  if (missing.length === 0) {
    const use = l10n.t('Use it for a task')
    const measurable = measurableModels(report)
    const buttons = [use, ...(measurable.length > 0 ? [measureTitle()] : [])]
    const chosen = await window.showInformationMessage(describeReport(report), ...buttons)
    if (chosen === measureTitle()) {
      const model = await pick(measureTitle(), l10n.t('Which model of "{0}"?', provider), measurable)
      if (model) await measureModel(api, { provider, model }, parts)
    } else if (chosen) await commands.executeCommand('llmProviders.setRoute', undefined, provider)
    return
  }
  const choose = l10n.t('Choose a model')
  const sentence = l10n.t('{0} It does not have {1}, which a task uses.', describeReport(report), missing.join(', '))
  const chosen = await window.showWarningMessage(sentence, choose)
  if (chosen) await commands.executeCommand('llmProviders.setRoute', undefined, provider)
}

/** What generates and is called somewhere; what tasks use comes first. */
function measurableModels(report: ConnectionReport): Choice<string>[] {
  if (report.endpoint === null) return []
  const isWanted = ({ model }: { model: string }) => report.wanted.some((wanted) => wanted.model === model)
  const generating = report.models.filter(({ type }) => type !== 'embedding')
  return [...generating.filter(isWanted), ...generating.filter((model) => !isWanted(model))].map((info) => ({
    label: info.label ?? info.model,
    ...(info.label ? { description: info.model } : {}),
    value: info.model,
  }))
}

/** `"ollama" answered in 12 ms: version 0.9.1, 3 models (llama3.2, qwen3, …). Listed the models (no cost).` */
function describeReport(report: ConnectionReport): string {
  const names = report.models.slice(0, 3).map(({ model }) => model)
  const more = report.models.length > names.length ? ', …' : ''
  const models = `${countModels(report.models.length)}${names.length > 0 ? ` (${names.join(', ')}${more})` : ''}`
  const facts = [...(report.version ? [l10n.t('version {0}', report.version)] : []), models].join(', ')
  const sentence = l10n.t(
    '"{0}" answered in {1}: {2}. How it was asked: {3}.',
    report.provider,
    formatDuration(report.latencyMs),
    facts,
    translated(report.method),
  )
  return [sentence, ...(report.betterKind ? [betterKindSentence(report)] : []), pullOfferSentence(report)]
    .filter((each) => each !== '')
    .join(' ')
}
