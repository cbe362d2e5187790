import { randomUUID } from 'node:crypto'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Explanation, ExplanationPlan, ItemRequest } from '../../protocol/resultQueries.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { cutText } from '../domain/cutText.ts'
import { type ExplainedVerdict, explanationPrompt } from '../domain/explanationPrompt.ts'
import type { Work } from '../domain/work.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { nothingUsed } from '../journal/journalLines.ts'
import { findSourceTexts } from '../labels/judgedTexts.ts'
import { readItem } from '../results/findItem.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { findDefault } from '../store/modelTable.ts'
import { type ConnectModelParts, connectModel } from './connectModel.ts'
import { type FolderRulesParts, refuseByRules, textsOfRun } from './folderRules.ts'

interface ExplainParts extends ConnectModelParts, Pick<FolderRulesParts, 'policies'> {
  directory: ConnectModelParts['directory'] & Pick<Directory, 'resolve' | 'denialOf'>
  runs(): Promise<Pick<ResultQueries, 'withResults'>>
}

/** Two or three sentences; a model that writes on is cut off. */
const mostAnswerTokens = 400
const mostAnswerCharacters = 2000
/** Only a model that writes can say anything of it. */
const writes = 'generation' as const

/** What `run/explain` would send, and to whom. Sends nothing. */
export async function planExplanation(
  parts: ExplainParts,
  item: ItemRequest,
  signal: AbortSignal,
): Promise<Outcome<ExplanationPlan>> {
  const prepared = await prepare(parts, item, signal)
  return prepared.ok ? succeed(prepared.value.plan) : prepared
}

/** Asks the default model for generation about one result that has no reasons. The result stays as it is. */
export async function explainResult(
  parts: ExplainParts,
  item: ItemRequest,
  signal: AbortSignal,
): Promise<Outcome<Explanation>> {
  const prepared = await prepare(parts, item, signal)
  if (!prepared.ok) return prepared
  const { route, plan, work, system, prompt } = prepared.value
  const spending = new JournaledSpending(0, nothingUsed)
  const client = await connectModel(parts, { route, request: {}, spending })
  if (!client.ok) return client
  const { provider, model } = route
  const answer = await client.value.complete(
    {
      ...{ model, system, prompt, work, mode: 'text', thinking: false, maxOutputTokens: mostAnswerTokens },
      output: { name: 'explanation', schema: { type: 'string' } },
    },
    signal,
  )
  if (!answer.ok) return { ok: false, reason: answer.reason }
  const { text, usage, costUsd, answeredBy, latencyMs } = answer.value
  const said = cutText(text.trim(), mostAnswerCharacters)
  if (said === '') return fail({ code: 'invalid_response', provider, problem: 'empty', detail: 'the answer is empty' })
  const { characters, isCut, ...asked } = plan
  return succeed({
    ...asked,
    text: said,
    usage,
    costUsd: costUsd ?? null,
    answeredBy: answeredBy?.model ?? null,
    latencyMs,
  })
}

interface Prepared {
  route: ResolvedRoute
  plan: ExplanationPlan
  work: Work
  system: string
  prompt: string
}

async function prepare(parts: ExplainParts, item: ItemRequest, signal: AbortSignal): Promise<Outcome<Prepared>> {
  const found = await findJudged(parts, item, signal)
  if (!found.ok) return found
  const { verdict, text, profile } = found.value
  const task = verdict.categories === null ? 'scoring' : 'categorization'
  const chosen = parts.store.read((database) => findDefault(database, writes))
  if (!chosen) return fail({ code: 'no_default_model', type: writes })
  const { provider, model } = chosen
  const resolved = parts.directory.resolve(task, { provider, model })
  if (!resolved.ok) return { ok: false, reason: resolved.reason }
  const route = resolved.value
  const refused = await refuseByRules(parts, { provider, model: route.model }, textsOfRun(parts.store, item.runId))
  if (refused) return refused
  const open = parts.directory.open(provider)
  if (open?.ok && !open.value.adapter.capabilities.outputModes.includes('text')) {
    return fail({ code: 'no_default_model', type: writes, unfit: { provider, model } })
  }
  const { limits } = profile
  const cut = cutText(text, Math.max(limits.categorizeChars, limits.scoreChars))
  const work: Work = { task, items: [{ key: 'k1', text: cut, inputHash: item.inputHash }], profile }
  const mark = randomUUID().slice(-12)
  const plan = { provider, model, endpoint: route.endpoint, characters: cut.length, isCut: cut.length < text.length }
  return succeed({ route, plan, work, ...explanationPrompt({ verdict, text: cut, profile }, mark) })
}

/** The verdict as the model gave it, and the text as its source has it now. */
async function findJudged({ runs }: ExplainParts, { runId, ...wanted }: ItemRequest, signal: AbortSignal) {
  return await (await runs()).withResults(
    runId,
    async (opened) => {
      const found = await readItem({ ...opened, columns: opened.judged }, wanted, signal)
      if (!found.ok) return found
      const source = opened.header.inputs[0]?.path ?? runId
      const gone = localizable('this item is no longer in it')
      if (found.value === null)
        return fail({ code: 'source_invalid', source, problem: 'no_items', ...withMessage('detail', gone) })
      const profile = compileProfile(opened.header.profile)
      if (!profile.ok) return profile
      const texts = await findSourceTexts(diskFiles, opened.header.request, new Set([wanted.inputHash]))
      const text = texts.get(wanted.inputHash)?.text
      if (text === undefined)
        return fail({ code: 'source_invalid', source, problem: 'no_items', ...withMessage('detail', gone) })
      const verdict: ExplainedVerdict = found.value.result
      return succeed({ verdict, text, profile: profile.value })
    },
    signal,
  )
}
