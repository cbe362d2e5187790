import * as z from 'zod'
import { type EditorModel, type EditorModelCall, ownVendor } from '../../protocol/languageModels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import type { CompletionOutcome, CompletionRequest, ProviderAdapter, ProviderCall } from './adapter.ts'
import { completionDeadlines } from './deadlines.ts'
import type { EditorModels } from './editorModels.ts'
import { keyFields } from './keyRules.ts'
import { quoteForMessage } from './redaction.ts'

const configSchema = z.strictObject({
  vendor: z.string().trim().min(1).max(100).optional().meta({
    title: 'Vendor',
    description: 'Only the models of this vendor, such as copilot. Empty: all that VS Code has.',
    placeholder: 'copilot',
  }),
  daily_cap_usd: keyFields.daily_cap_usd,
  price: keyFields.price,
})

type Config = z.infer<typeof configSchema>

/** No address of a network: by it, rules and people know that texts go out by way of the editor, to whoever brings the model. */
const endpoint = 'vscode://vscode.lm'

/** VS Code's own models, whoever brings them. */
export const vscodeLmAdapter: ProviderAdapter<Config> = {
  kind: 'vscode-lm',
  label: 'VS Code’s models',
  description:
    'Models that other extensions bring to VS Code, such as those of GitHub Copilot. VS Code asks whether they may be used, and your texts are sent to whoever brings them. Only inside the editor.',
  configSchema,
  key: { need: 'none', customaryVariable: null, obtainAt: null },
  defaultEndpoint: endpoint,
  asksEditor: true,
  // VS Code takes no schema: the prompt says the shape, and the answer is checked as always.
  capabilities: { embeddings: false, outputModes: ['text'], generationParameters: ['timeout_seconds'] },
  // Whoever brings them limits a person, not a program.
  mostConcurrency: 4,
  endpoint: () => endpoint,
  defaultModel: () => null,

  async check(call) {
    const listed = await listModels(call)
    if (!listed.ok) return listed
    return succeed({ version: null, models: listed.value, method: 'asked VS Code for its models (no cost)' })
  },

  listModels,

  complete: (call, request) => complete(call, request, [{ role: 'user', text: request.prompt }]),

  async stream(call, request) {
    const { turns, onText } = request.conversation
    const answered = await complete(call, request, [...turns, { role: 'user', text: request.prompt }])
    if (answered.ok) onText(answered.value.text)
    return answered
  },
}

async function listModels({
  provider,
  config,
  transport,
  signal,
}: ProviderCall<Config>): Promise<Outcome<ModelInfo[]>> {
  if (!transport.editor) return editorAbsent(provider)
  const listed = await transport.editor.list(provider, signal)
  if (!listed.ok) return listed
  const wanted = listed.value.models.filter(
    ({ vendor }) => vendor !== ownVendor && (config.vendor === undefined || vendor === config.vendor),
  )
  return succeed(wanted.map(toModelInfo))
}

function toModelInfo({ model, label, maxInputTokens }: EditorModel): ModelInfo {
  return {
    model,
    label,
    type: 'generation',
    ...(maxInputTokens === undefined ? {} : { contextTokens: maxInputTokens }),
  }
}

async function complete(
  { provider, transport, signal, deadlines }: ProviderCall<Config>,
  { model, system, parameters }: CompletionRequest,
  messages: EditorModelCall['messages'],
): Promise<CompletionOutcome> {
  if (!transport.editor) return editorAbsent(provider)
  if (signal.aborted) return fail({ code: 'cancelled' })
  const started = performance.now()
  const seconds = parameters?.timeout_seconds
  const afterMs = seconds === undefined ? (deadlines?.totalMs ?? completionDeadlines.firstByteMs) : seconds * 1000
  const call = { provider, model, messages: withSystem(system, messages) }
  const answered = await inTime(transport.editor, call, { signal, afterMs })
  if (!answered.ok) return { ok: false, reason: withoutKeys(answered.reason) }
  const { text } = answered.value
  if (text.trim() === '') {
    return fail({ code: 'invalid_response', provider, problem: 'empty', detail: 'the answer holds no text' })
  }
  // VS Code does not say what an answer took.
  const usage = { input: null, output: null, cached: null }
  return succeed({ text, usage, latencyMs: performance.now() - started })
}

/** There is no system role: what it would say begins the first message. */
function withSystem(system: string, messages: EditorModelCall['messages']): EditorModelCall['messages'] {
  if (system === '') return messages
  return messages.map(({ role, text }, index) => ({ role, text: index === 0 ? `${system}\n\n${text}` : text }))
}

async function inTime(
  editor: EditorModels,
  call: EditorModelCall,
  { signal, afterMs }: { signal: AbortSignal; afterMs: number },
): ReturnType<EditorModels['complete']> {
  const tooLate = AbortSignal.timeout(afterMs)
  const answered = await editor.complete(call, AbortSignal.any([signal, tooLate]))
  if (answered.ok || answered.reason.code !== 'cancelled' || signal.aborted || !tooLate.aborted) return answered
  return fail({ code: 'timeout', provider: call.provider, endpoint, phase: 'total', afterMs })
}

/** What an extension says of an error may quote a key of its own. */
function withoutKeys(reason: Reason): Reason {
  if (!('detail' in reason) || reason.detail === undefined) return reason
  return explainReason({ ...reason, detail: quoteForMessage(reason.detail, []) })
}

function editorAbsent(provider: string): Outcome<never> & { ok: false } {
  return fail({ code: 'editor_absent', provider, why: 'no_editor' })
}
