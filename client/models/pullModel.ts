import { type CancellationToken, commands, l10n, type Progress, ProgressLocation, window } from 'vscode'
import type { Result } from '../../protocol/contract.ts'
import type { PullProgress } from '../../protocol/models.ts'
import type { Api } from '../connection/api.ts'
import type { Signal } from '../connection/signal.ts'
import { formatBytes } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { askText } from '../forms/askText.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { NamedModel } from './namedModel.ts'

export interface PullParts {
  pulls: Signal<PullProgress>
  notifier: Notifier
}

/** Brings a model to its provider's machine, with its bytes as progress. What arrived before a cancel is not lost. */
export async function pullModel(api: Api, provider: string, parts: PullParts, named?: string): Promise<void> {
  const model = named ?? (await askName(provider))
  if (!model) return
  const outcome = await pullWithProgress(api, { provider, model }, parts.pulls)
  parts.notifier.log(`pull of "${model}" to "${provider}": ${outcome.ok ? 'done' : outcome.reason.code}`)
  if (outcome.ok) {
    const use = l10n.t('Use it for a task')
    const size = outcome.value.sizeBytes ? ` (${formatBytes(outcome.value.sizeBytes)})` : ''
    const sentence = l10n.t('"{0}" has the model {1} now{2}.', provider, outcome.value.model, size)
    const chosen = await window.showInformationMessage(sentence, use)
    if (chosen) await commands.executeCommand('llmProviders.useModel', { provider, model: outcome.value.model })
    return
  }
  if (outcome.reason.code !== 'cancelled') return parts.notifier.showFailure(outcome.reason)
  const again = l10n.t('Pull again')
  const sentence = l10n.t('Stopped pulling {0}. What has arrived is kept: pulling again resumes there.', model)
  if (await window.showInformationMessage(sentence, again)) await pullModel(api, provider, parts, model)
}

function pullWithProgress(api: Api, wanted: NamedModel, pulls: Signal<PullProgress>): Promise<Result<'model/pull'>> {
  const options = {
    location: ProgressLocation.Notification,
    title: l10n.t('Pulling {0} to "{1}"', wanted.model, wanted.provider),
    cancellable: true,
  }
  const work = async (progress: Progress<{ message?: string; increment?: number }>, token: CancellationToken) => {
    let shown = 0
    const listening = pulls.listen((news) => {
      if (news.provider !== wanted.provider || news.model !== wanted.model) return
      // A total grows while layers are still being found, and a bar does not go back.
      const increment = Math.max(0, percentOf(news) - shown)
      shown += increment
      progress.report({ message: pullWords(news), increment })
    })
    try {
      return await api.request('model/pull', wanted, token)
    } finally {
      listening.dispose()
    }
  }
  return Promise.resolve(window.withProgress(options, work))
}

function percentOf({ completedBytes, totalBytes }: PullProgress): number {
  return completedBytes === null || !totalBytes ? 0 : (100 * completedBytes) / totalBytes
}

/** "1.2 GB of 4.7 GB", else what the server says that it is doing. */
function pullWords({ completedBytes, totalBytes, status }: PullProgress): string {
  if (completedBytes === null || !totalBytes || completedBytes >= totalBytes) return onOneLine(status)
  return l10n.t('{0} of {1}', formatBytes(completedBytes), formatBytes(totalBytes))
}

async function askName(provider: string): Promise<string | undefined> {
  return await askText({
    title: l10n.t('Pull model'),
    prompt: l10n.t('The model’s name in the library of "{0}"', provider),
    ignoreFocusOut: true,
    validateInput: (name) => (name.trim() === '' || name.length > 256 ? l10n.t('A name is needed.') : null),
  })
}
