import {
  type CancellationToken,
  type ChatRequest,
  type ChatResponseStream,
  chat,
  Disposable,
  LanguageModelTextPart,
  type LanguageModelTool,
  LanguageModelToolResult,
  l10n,
  lm,
  MarkdownString,
  type PreparedToolInvocation,
} from 'vscode'
import type { LlmProvidersApi, Result } from '../../api/llm-providers.js'
import type { Task } from '../../protocol/names.ts'
import { mayCost, needsConsent } from '../../shared/describe/estimate.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { estimateLines } from '../runs/estimateText.ts'
import { textRequest } from './extensionApi.ts'

interface ToolParts {
  lifetime: Pick<ServerLifetime, 'connect'>
  /** Asks nobody before it judges: VS Code has asked by what `prepareInvocation` says. */
  confirmed: Pick<LlmProvidersApi, 'categorize' | 'score' | 'results'>
  /** For a person who has typed the question: asks before what is large, or goes over the internet for the first time. */
  typed: Pick<LlmProvidersApi, 'categorize' | 'score'>
}

interface TextInput {
  text: string
}

interface ResultsInput {
  runId?: string
  limit?: number
  cursor?: string
}

/** A model that wants more sends it in pieces. */
const longestText = 100_000
const mostRows = 100
const runsShown = 10
const usualRows = 20

/**
 * The tools of VS Code's language models, under the names that the manifest contributes, and the participant `@judge`. What may cost is
 * confirmed by the person first, with the estimate; nothing works in a workspace that is not trusted.
 */
export function offerTools(parts: ToolParts): Disposable {
  const participant = chat.createChatParticipant('llm-providers.judge', (request, _context, stream, token) =>
    answerPerson(parts.typed, request, stream, token),
  )
  return Disposable.from(
    lm.registerTool('llm-providers_categorize', judgeTool(parts, 'categorization')),
    lm.registerTool('llm-providers_score', judgeTool(parts, 'scoring')),
    lm.registerTool('llm-providers_results', resultsTool(parts)),
    participant,
  )
}

function judgeTool({ lifetime, confirmed }: ToolParts, task: Task): LanguageModelTool<TextInput> {
  return {
    async prepareInvocation({ input }, token) {
      const invocationMessage = l10n.t('Judging a text with LLM Providers')
      const lines = await costLines(lifetime, task, checkedText(input), token)
      return lines === null ? { invocationMessage } : { invocationMessage, confirmationMessages: questionOf(lines) }
    },
    async invoke({ input }, token) {
      const text = checkedText(input)
      const judge = task === 'categorization' ? confirmed.categorize : confirmed.score
      return asResult(await judge(text, { name: 'tool', token }))
    },
  }
}

function questionOf(lines: readonly string[]): NonNullable<PreparedToolInvocation['confirmationMessages']> {
  return {
    title: l10n.t('Judge a text with LLM Providers?'),
    message: new MarkdownString().appendText(lines.join('\n')),
  }
}

/** What a person is to know before it is judged; null: it costs nothing, and goes nowhere new. */
async function costLines(
  lifetime: ToolParts['lifetime'],
  task: Task,
  text: string,
  token: CancellationToken,
): Promise<string[] | null> {
  const api = await lifetime.connect()
  const estimate = await api?.request('run/estimate', textRequest([task], 'tool', text), token)
  // The call itself says better what is wrong with it.
  if (!estimate?.ok) return null
  const { value } = estimate
  return mayCost(value) || needsConsent(value) ? estimateLines(value) : null
}

function resultsTool({ lifetime, confirmed }: ToolParts): LanguageModelTool<ResultsInput> {
  return {
    prepareInvocation: () => ({ invocationMessage: l10n.t('Reading results of LLM Providers') }),
    async invoke({ input: { runId, limit = usualRows, cursor } }, token) {
      const rows = Math.max(1, Math.min(mostRows, Math.floor(Number(limit)) || usualRows))
      if (runId !== undefined)
        return asResult(await confirmed.results(String(runId), { limit: rows, ...(cursor ? { cursor } : {}) }))
      const api = await lifetime.connect()
      const runs = await api?.request('run/list', { limit: runsShown, cursor: null }, token)
      const found = runs?.ok ? runs.value.rows : []
      return asResult({
        runs: found.map(({ runId, state, source, counts, tasks, startedAt }) => ({
          ...{ runId, state, source, tasks, startedAt },
          counts: { total: counts.total, ok: counts.ok, failed: counts.failed },
        })),
      })
    },
  }
}

/** A model may send anything; what it is told of it, it can mend. */
function checkedText(input: TextInput | undefined): string {
  const text = input?.text
  if (typeof text !== 'string' || text.trim() === '')
    throw new Error('"text" is missing: the text that is to be judged.')
  if (text.length > longestText)
    throw new Error(`"text" has ${text.length} characters; ${longestText} can be judged at once.`)
  return text
}

function asResult(value: unknown): LanguageModelToolResult {
  return new LanguageModelToolResult([new LanguageModelTextPart(JSON.stringify(value, null, 1))])
}

/** `@judge TEXT` by both tasks, `/categorize` and `/score` by one. */
async function answerPerson(
  api: ToolParts['typed'],
  { prompt, command }: Pick<ChatRequest, 'prompt' | 'command'>,
  stream: Pick<ChatResponseStream, 'markdown' | 'progress'>,
  token: CancellationToken,
): Promise<void> {
  if (prompt.trim() === '') {
    stream.markdown(l10n.t('Write the text that is to be judged behind @judge.'))
    return
  }
  const options = { name: '@judge', token }
  try {
    stream.progress(l10n.t('Judging a text with LLM Providers'))
    const told: string[] = []
    if (command !== 'score') told.push(categoriesText(await api.categorize(checkedText({ text: prompt }), options)))
    if (command !== 'categorize') told.push(scoreText(await api.score(checkedText({ text: prompt }), options)))
    stream.markdown(new MarkdownString().appendText(told.join('\n\n')))
  } catch (error) {
    stream.markdown(new MarkdownString().appendText(error instanceof Error ? error.message : String(error)))
  }
}

function categoriesText({ categories, confidence, error }: Result): string {
  if (error) return error.message
  const names = categories?.join(', ') || l10n.t('no category')
  return confidence === null
    ? l10n.t('Categories: {0}', names)
    : l10n.t('Categories: {0} ({1} % sure)', names, Math.round(confidence * 100))
}

function scoreText({ score, reasoning, error }: Result): string {
  if (error) return error.message
  const said = score === null ? l10n.t('no score') : score.toFixed(1)
  return [l10n.t('Score: {0}', said), ...(reasoning ? [reasoning] : [])].join('\n\n')
}
