import {
  CancellationError,
  type CancellationToken,
  type Disposable,
  EventEmitter,
  type LanguageModelChatInformation,
  LanguageModelChatMessageRole,
  type LanguageModelChatProvider,
  type LanguageModelChatRequestMessage,
  LanguageModelError,
  type LanguageModelResponsePart,
  LanguageModelTextPart,
  l10n,
  lm,
  type Progress,
  workspace,
} from 'vscode'
import { type ChatCall, type ChatModel, ownVendor } from '../../protocol/languageModels.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import { describeReason, formatUsd } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'

/** What is read from a model of which nobody says how much it takes. */
const usualWindow = 8192
const usualAnswer = 4096
/** Of most texts; nobody has every tokenizer. */
const charactersPerToken = 4

interface OfferParts {
  lifetime: Pick<ServerLifetime, 'connect'>
  signals: Pick<ServerSignals, 'data' | 'chats'>
  notifier: Pick<Notifier, 'showFailure'>
}

/** Gives our models to VS Code: its picker, its chat, and other extensions, each of which VS Code asks a person about. */
export function offerModels({ lifetime, signals, notifier }: OfferParts): Disposable {
  const changed = new EventEmitter<void>()
  const listening = [
    signals.data.listen(({ what }) => {
      if (what.some((kind) => kind === 'providers' || kind === 'models' || kind === 'routes')) changed.fire()
    }),
    workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
  ]
  let calls = 0

  async function listModels(): Promise<LanguageModelChatInformation[]> {
    if (!workspace.isTrusted) return []
    const api = await lifetime.connect()
    const listed = api && (await api.request('chat/models', {}))
    return listed?.ok ? listed.value.models.map(describeModel) : []
  }

  async function respond(
    id: string,
    messages: readonly LanguageModelChatRequestMessage[],
    progress: Progress<LanguageModelResponsePart>,
    token: CancellationToken,
  ): Promise<void> {
    const api = workspace.isTrusted ? await lifetime.connect() : null
    if (api === null) throw LanguageModelError.NotFound(l10n.t('The server of LLM Providers does not run.'))
    calls += 1
    const callId = String(calls)
    let said = ''
    const report = (text: string): void => {
      said += text
      if (text !== '') progress.report(new LanguageModelTextPart(text))
    }
    const pieces = signals.chats.listen((delta) => delta.callId === callId && report(delta.text))
    try {
      const answered = await api.request('chat/complete', { callId, id, messages: textsOf(messages) }, token)
      if (!answered.ok) throw errorOf(answered.reason, notifier)
      // A model that does not stream has said nothing yet.
      if (said === '') report(answered.value.text)
    } finally {
      pieces.dispose()
    }
  }

  const provider: LanguageModelChatProvider = {
    onDidChangeLanguageModelChatInformation: changed.event,
    provideLanguageModelChatInformation: listModels,
    provideLanguageModelChatResponse: (model, messages, _, progress, token) =>
      respond(model.id, messages, progress, token),
    provideTokenCount: async (_, text) => {
      const length = typeof text === 'string' ? text.length : textOf(text).length
      return Math.ceil(length / charactersPerToken)
    },
  }
  const registered = lm.registerLanguageModelChatProvider(ownVendor, provider)
  return { dispose: () => [registered, changed, ...listening].forEach((each) => void each.dispose()) }
}

function describeModel(offered: ChatModel): LanguageModelChatInformation {
  const { id, provider, model, contextTokens, maxOutputTokens, reason } = offered
  const output = maxOutputTokens ?? usualAnswer
  const window = contextTokens ?? usualWindow
  return {
    id,
    name: nameOf(offered),
    family: model,
    version: '1',
    detail: reason === null ? costOf(offered) : describeReason(reason),
    tooltip: `${provider} / ${model}`,
    maxInputTokens: Math.ceil(Math.max(window - output, window / 2)),
    maxOutputTokens: output,
    capabilities: { toolCalling: false, imageInput: false },
  }
}

function nameOf({ id, what, provider, model }: ChatModel): string {
  switch (what) {
    case 'task':
      return id === 'task:scoring' ? l10n.t('Model of scoring') : l10n.t('Model of categorization')
    case 'alias':
      return id.slice('alias:'.length)
    case 'model':
      return `${model} (${provider})`
    default:
      return assertNever(what)
  }
}

function costOf({ price }: ChatModel): string {
  if (price === null) return l10n.t('price unknown')
  if (price.input === 0 && price.output === 0) return l10n.t('free')
  return l10n.t('{0} in, {1} out for a million tokens', formatUsd(price.input), formatUsd(price.output))
}

function textsOf(messages: readonly LanguageModelChatRequestMessage[]): ChatCall['messages'] {
  return messages.map((message) => ({
    role: message.role === LanguageModelChatMessageRole.Assistant ? 'assistant' : 'user',
    text: textOf(message),
  }))
}

function textOf({ content }: LanguageModelChatRequestMessage): string {
  return content.map((part) => (part instanceof LanguageModelTextPart ? part.value : '')).join('')
}

/** Whoever asked gets the sentence; the person gets it with the one action that helps, such as the box for a key. */
function errorOf(reason: Reason, notifier: Pick<Notifier, 'showFailure'>): Error {
  if (reason.code === 'cancelled') return new CancellationError()
  void notifier.showFailure(reason)
  const sentence = describeReason(reason)
  switch (reason.code) {
    case 'secret_missing':
    case 'auth_failed':
    case 'policy_denied':
      return LanguageModelError.NoPermissions(sentence)
    case 'quota_exceeded':
    case 'rate_limited':
    case 'spend_cap':
      return LanguageModelError.Blocked(sentence)
    case 'not_found':
    case 'model_missing':
      return LanguageModelError.NotFound(sentence)
    default:
      return new Error(sentence)
  }
}
