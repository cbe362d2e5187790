import {
  CancellationError,
  type CancellationToken,
  type ExtensionContext,
  type LanguageModelChat,
  LanguageModelChatMessage,
  LanguageModelError,
  l10n,
  lm,
  workspace,
} from 'vscode'
import {
  type EditorModel,
  type EditorModelAnswer,
  type EditorModelCall,
  ownVendor,
} from '../../protocol/languageModels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { isRecord } from '../../shared/isRecord.ts'
import type { EditorModelAnswers } from '../connection/serverConnection.ts'

/** Answers the server's questions about the models that VS Code has. */
export function answerServer(access: ExtensionContext['languageModelAccessInformation']): EditorModelAnswers {
  /** While a person is asked about a model, no second call makes VS Code ask again. */
  const asking = new Map<string, Promise<unknown>>()

  async function complete(call: EditorModelCall, token: CancellationToken): Promise<Outcome<EditorModelAnswer>> {
    const { provider, model } = call
    if (!workspace.isTrusted) return fail({ code: 'editor_absent', provider, why: 'untrusted' })
    const found = await foreignModels()
    const chosen = found.find((candidate) => nameOf(candidate) === model)
    if (!chosen) return fail({ code: 'model_missing', provider, model, alternatives: found.slice(0, 20).map(nameOf) })
    await asking.get(model)
    if (token.isCancellationRequested) return fail({ code: 'cancelled' })
    // It would only ask once more what was refused.
    if (access.canSendRequest(chosen) === false) return fail({ code: 'consent_missing', provider, model })
    const sent = ask(chosen, call, token)
    if (access.canSendRequest(chosen) === undefined) {
      const asked = sent.finally(() => asking.delete(model))
      asking.set(model, asked)
    }
    return await sent
  }

  return {
    async list({ provider }) {
      if (!workspace.isTrusted) return fail({ code: 'editor_absent', provider, why: 'untrusted' })
      return succeed({ models: (await foreignModels()).map(describe) })
    },
    complete,
  }
}

/** Those that this extension gives to VS Code are left out: a call would go in a circle. */
async function foreignModels(): Promise<LanguageModelChat[]> {
  const models = await lm.selectChatModels()
  return models.filter(({ vendor }) => vendor !== ownVendor)
}

function nameOf({ vendor, id }: LanguageModelChat): string {
  return `${vendor}/${id}`.slice(0, 256)
}

function describe(model: LanguageModelChat): EditorModel {
  const { name, vendor, family, maxInputTokens } = model
  return {
    model: nameOf(model),
    label: (name || model.id).slice(0, 200),
    vendor: vendor.slice(0, 200),
    family: family.slice(0, 200),
    ...(Number.isInteger(maxInputTokens) && maxInputTokens > 0 ? { maxInputTokens } : {}),
  }
}

async function ask(
  chosen: LanguageModelChat,
  { provider, model, messages }: EditorModelCall,
  token: CancellationToken,
): Promise<Outcome<EditorModelAnswer>> {
  const said = messages.map(({ role, text }) =>
    role === 'user' ? LanguageModelChatMessage.User(text) : LanguageModelChatMessage.Assistant(text),
  )
  const justification = l10n.t('LLM Providers sends it the texts that are judged, because a task is routed to it.')
  try {
    const { text } = await chosen.sendRequest(said, { justification }, token)
    let whole = ''
    for await (const piece of text) whole += piece
    return token.isCancellationRequested ? fail({ code: 'cancelled' }) : succeed({ text: whole })
  } catch (error) {
    if (token.isCancellationRequested || error instanceof CancellationError) return fail({ code: 'cancelled' })
    return fail(factsOf(error, { provider, model }))
  }
}

/** By the codes that VS Code documents; whoever brings a model has words of its own for the rest. */
function factsOf(error: unknown, model: { provider: string; model: string }): ReasonFacts {
  const code = error instanceof LanguageModelError ? error.code : ''
  const raw = { code: code || null }
  switch (code) {
    case LanguageModelError.NoPermissions.name:
      return { code: 'consent_missing', ...model }
    case LanguageModelError.NotFound.name:
      return { code: 'model_missing', ...model, alternatives: [] }
    case LanguageModelError.Blocked.name:
      return { code: 'quota_exceeded', provider: model.provider, detail: messageOf(error), raw }
  }
  const cause = error instanceof Error ? error.cause : undefined
  const said = isRecord(cause) && typeof cause.code === 'string' ? cause.code : null
  if (said !== null && refusals.has(said)) return { code: 'content_filtered', ...model, detail: messageOf(error) }
  const { provider } = model
  return { code: 'overloaded', provider, retryAfterMs: null, detail: messageOf(error), raw: { code: said } }
}

/** What those who bring models call a refusal of what was asked. */
const refusals: ReadonlySet<string> = new Set(['off_topic', 'content_filter', 'content_filtered'])

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500)
}
