import { commands, type Disposable, type LogOutputChannel, l10n, window } from 'vscode'
import type { Reason } from '../../protocol/reasons.ts'
import type { ServerLifetime, ServerState } from '../connection/serverLifetime.ts'
import { describeReason, reasonAction } from '../describe/language.ts'
import { type StandingErrors, withoutLinks } from './standingErrors.ts'

/** Shows what happened in message boxes, and writes it to the log. */
export interface Notifier {
  /** An expected failure: its sentence, and its one action as a button. Resolves when the person is done with it. */
  showFailure(reason: Reason): Promise<void>
  /** The same in other words and with other buttons; answers the one that was pressed. */
  showError(reason: Reason, sentence: string, ...choices: string[]): Promise<string | undefined>
  /** The provider is asked anew, or was changed: what was said of it before counts no more, and leaves the screen. */
  forget(provider: string): void
  /** Does the reason's one action, where its sentence was shown in other words. */
  runAction(reason: Reason): Promise<void>
  /** The buttons under a reason: its one action, and before it what takes the place of a model that has ended. */
  choicesFor(reason: Reason): { choices: string[]; act(chosen: string): Promise<void> }
  /** For the log only. */
  log(line: string): void
  /** Something that must not happen. The log has the whole of it. */
  reportBug(doing: string, error: unknown): Promise<void>
  /** The command needs the server, and it is not there. */
  showServerDown(state: ServerState): Promise<void>
  /** The server went while the command was waiting for it. */
  showServerLost(): Promise<void>
}

/** Says when a server begins that nothing will be saved, as beside a newer version: better than at the first change. */
export function announceReadOnly(
  { changes }: Pick<ServerLifetime, 'changes'>,
  notifier: Pick<Notifier, 'showFailure'>,
): Disposable {
  return changes.listen((state) => {
    const reason = state.kind === 'running' ? state.process.info.store.reason : undefined
    if (reason) void notifier.showFailure(reason)
  })
}

export function createNotifier(
  log: LogOutputChannel,
  standing: StandingErrors,
  runAction: (reason: Reason) => Promise<void>,
): Notifier {
  const showLog = () => commands.executeCommand<void>('llmProviders.showLog')
  const choicesFor = (reason: Reason) => choicesUnder(reason, runAction)
  function showError(reason: Reason, sentence: string, ...choices: string[]): Promise<string | undefined> {
    return standing.show(reason, () => window.showErrorMessage(withoutLinks(sentence), ...choices))
  }

  return {
    choicesFor,
    showError,
    forget: (provider) => standing.forget(provider),
    async showFailure(reason) {
      // The person who canceled knows it, and so does the one who was asked because of a gate.
      if (reason.code === 'cancelled' || reason.code === 'gate_unmet') return
      log.warn(
        `${reason.code}: ${reason.message}${'raw' in reason && reason.raw ? ` ${JSON.stringify(reason.raw)}` : ''}`,
      )
      const { choices, act } = choicesFor(reason)
      const chosen = await showError(reason, describeReason(reason), ...choices)
      if (chosen) await act(chosen)
    },
    runAction,
    log: (line) => log.info(line),
    async reportBug(doing, error) {
      log.error(`${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      const show = l10n.t('Show the log')
      const chosen = await window.showErrorMessage(l10n.t('Something went wrong inside LLM Providers.'), show)
      if (chosen) await showLog()
    },
    async showServerDown(state) {
      const [restart, show] = [l10n.t('Restart server'), l10n.t('Show the log')]
      const why = state.kind === 'failed' ? state.detail : l10n.t('it was stopped')
      const sentence = l10n.t('The background server is not running: {0}.', why)
      const chosen = await window.showErrorMessage(sentence, restart, show)
      if (chosen === restart) await commands.executeCommand('llmProviders.restartServer')
      if (chosen === show) await showLog()
    },
    async showServerLost() {
      const show = l10n.t('Show the log')
      const sentence = l10n.t('The background server ended while it was working on this. Nothing saved is lost.')
      const chosen = await window.showErrorMessage(sentence, show)
      if (chosen) await showLog()
    },
  }
}

function choicesUnder(
  reason: Reason,
  runAction: (reason: Reason) => Promise<void>,
): ReturnType<Notifier['choicesFor']> {
  const replacement = reason.code === 'model_deprecated' ? reason.replacement : null
  const use = replacement ? [l10n.t('Use {0}', replacement)] : []
  return {
    choices: [...use, reasonAction(reason)],
    async act(chosen) {
      if (!use.includes(chosen) || reason.code !== 'model_deprecated') return runAction(reason)
      const { provider, model } = reason
      await commands.executeCommand('llmProviders.useReplacement', { provider, model })
    },
  }
}
